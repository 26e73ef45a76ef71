// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A new file beside a target, which replaces the target when it is complete.
///
/// Who creates one calls ``remove()`` after a failure, or ``replaceTarget()`` or ``takeTarget()``
/// and then ``finish()``.
package struct TemporaryFile<Failure: FileFailure> {
    private let target: String
    private let directory: String
    private let path: String
    private let descriptor: Int32

    /// Creates an empty file with a name of its own in the target's directory.
    package init(beside target: String) throws(Failure) {
        self.target = target
        let slash = target.lastIndex(of: "/")
        let name = slash.map { target[target.index(after: $0)...] } ?? target[...]
        directory = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
        guard !name.isEmpty, name != ".", name != "..", !target.utf8.contains(0) else {
            throw Failure(
                FileFault(
                    code: .cannotWrite, file: target.isEmpty ? "\"\"" : target, byteOffset: nil,
                    sentence: "expected the path of a file, found one that ends in no name; "
                        + "name a file in a directory"))
        }
        try Self.requireReplaceable(target, in: directory)
        var path = ""
        var descriptor: Int32 = -1
        var attempts = 0
        repeat {
            // Short whatever the target's name, so that it never exceeds the length that the file
            // system allows.
            let token = String(UInt64.random(in: .min ... .max), radix: 16)
            path =
                directory + "/" + AtomicFile<Failure>.temporaryPrefix + token
                + AtomicFile<Failure>.temporarySuffix
            descriptor = retryingInterrupts {
                open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            }
            attempts += 1
        } while descriptor < 0 && errno == EEXIST && attempts < 16
        self.path = path
        self.descriptor = descriptor
        guard descriptor >= 0 else {
            throw Self.cannotWrite(target, "create a file in \(directory)", SystemError.last)
        }
        // The lock ends with the process, and so distinguishes a file in use from an abandoned one.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    /// Refuses a target that is there and is no regular file, also behind links: a renaming would
    /// put an ordinary file in the place of a device or a pipe, from which others read.
    private static func requireReplaceable(
        _ target: String, in directory: String
    ) throws(Failure) {
        guard let (found, advice) = obstacle(at: target, in: directory) else { return }
        throw Failure(
            FileFault(
                code: .cannotWrite, file: target, byteOffset: nil,
                sentence: "expected a file to replace, found \(found); \(advice)"))
    }

    /// What stands at the target and cannot be replaced, and what to do about it.
    private static func obstacle(
        at target: String, in directory: String
    ) -> (found: String, advice: String)? {
        var status = stat()
        guard stat(target, &status) == 0 else { return nil }
        let advice = "name a file or a path where nothing is"
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            // The standard streams have names there, as links to whatever they are.
            guard isDeviceDirectory(directory) else { return nil }
            return ("a name of the system's devices", advice)
        case S_IFDIR: return ("a directory", "name a file in it")
        case S_IFIFO: return ("a pipe", advice)
        case S_IFSOCK: return ("a socket", advice)
        default: return ("a device", advice)
        }
    }

    private static func isDeviceDirectory(_ directory: String) -> Bool {
        var (own, devices) = (stat(), stat())
        return stat(directory, &own) == 0 && stat("/dev", &devices) == 0
            && own.st_dev == devices.st_dev && own.st_ino == devices.st_ino
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let wanted = min(bytes.count - done, 1 << 30)
            let rest = bytes.baseAddress?.advanced(by: done)
            #if canImport(Darwin)
                let count = retryingInterrupts { Darwin.write(descriptor, rest, wanted) }
            #elseif canImport(Musl)
                let count = retryingInterrupts { Musl.write(descriptor, rest, wanted) }
            #else
                let count = retryingInterrupts { Glibc.write(descriptor, rest, wanted) }
            #endif
            guard count > 0 else { throw failure("write to") }
            done += count
        }
    }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws(Failure) {
        var failure: Failure?
        bytes.withUnsafeBytes { buffer in
            do throws(Failure) { try write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Unlinks the name: the bytes stay until ``remove()``, invisible to others.
    package func removeName() { unlink(path) }

    /// Fills `buffer` with the bytes from `offset`, which were written before.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
        var done = 0
        while done < buffer.count {
            let rest = buffer.baseAddress?.advanced(by: done)
            let count = retryingInterrupts {
                pread(descriptor, rest, buffer.count - done, off_t(offset + done))
            }
            guard count > 0 else { throw failure("read back from") }
            done += count
        }
    }

    /// The file as it is so far, opened to be read: what is written is checked before it replaces
    /// the target.
    package func reopened() throws(Failure) -> OpenFile<Failure> { try OpenFile(path) }

    /// Forces the bytes to the disk and gives the file the target's name, in one step for every
    /// observer.
    package func replaceTarget() throws(Failure) {
        guard Self.synchronize(descriptor) else { throw failure("synchronise") }
        // Work of hours may lie between the first look at the target and this one.
        try Self.requireReplaceable(target, in: directory)
        guard rename(path, target) == 0 else { throw failure("rename a file to") }
    }

    /// Forces the bytes to the disk and gives the file the target's name, in one step for every
    /// observer, unless something has that name.
    ///
    /// - Returns: Whether the file has the name now.
    package func takeTarget() throws(Failure) -> Bool {
        guard Self.synchronize(descriptor) else { throw failure("synchronise") }
        // Unlike renaming, a second name never replaces what is there.
        if link(path, target) == 0 {
            unlink(path)
            return true
        }
        if errno == EEXIST { return false }
        // Some file systems, such as FAT, give a file one name only.
        guard [EPERM, ENOTSUP, EOPNOTSUPP, EMLINK, ENOSYS].contains(errno) else {
            throw failure("name")
        }
        var status = stat()
        guard lstat(target, &status) != 0 else { return false }
        guard rename(path, target) == 0 else { throw failure("rename a file to") }
        return true
    }

    /// Removes the file; the target stays unchanged.
    package func remove() {
        close(descriptor)
        unlink(path)
    }

    /// Forces the new name to the disk: without it a power loss could bring the old file back.
    package func finish() throws(Failure) {
        close(descriptor)
        let handle = retryingInterrupts { open(directory, O_RDONLY | O_CLOEXEC) }
        guard handle >= 0 else { return }
        defer { close(handle) }
        guard !Self.synchronize(handle), errno == EIO else { return }
        // Other errors mean that the file system offers no such thing, as some network file systems
        // do.
        throw Self.cannotWrite(target, "synchronise the directory of", SystemError.last)
    }

    private func failure(_ verb: String) -> Failure {
        Self.cannotWrite(target, "\(verb) the file", SystemError.last)
    }

    private static func cannotWrite(
        _ target: String, _ action: String, _ error: SystemError
    ) -> Failure {
        Failure(FileFault(writing: target, "cannot \(action)", error))
    }

    private static func synchronize(_ descriptor: Int32) -> Bool {
        #if canImport(Darwin)
            // On Darwin fsync leaves the bytes in the drive's cache; only some file systems have
            // the stronger call.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return true }
        #endif
        return retryingInterrupts { fsync(descriptor) } == 0
    }
}
