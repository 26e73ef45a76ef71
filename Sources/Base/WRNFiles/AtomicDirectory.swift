// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes directories that appear whole: packages of files that belong together.
///
/// The files go to a directory of another name beside the target, which is renamed when all are
/// there. An older package of the name is exchanged for the new one in one step where the file
/// system can do that, and removed afterwards. A failure removes the new directory and leaves the
/// old one untouched; a process that is killed leaves at most a directory whose name begins with
/// ``AtomicFile/temporaryPrefix`` beside the target.
package enum AtomicDirectory<Failure: FileFailure> {
    /// Writes the files that `body` puts into the directory whose path it is given; when `body`
    /// throws, nothing changes.
    ///
    /// - Parameters:
    ///   - path: The directory's path; a slash at its end changes nothing.
    ///   - marker: A file that directories of this kind hold. An existing directory without it is
    ///     not replaced, since whatever it holds would be lost.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, or `Failure` of the code `cannotWrite` or `diskFull` when the
    ///   system refuses or something else stands at the path.
    package static func write<Result>(
        to path: String, replacingThoseWith marker: String,
        _ body: (_ directory: String) throws -> Result
    ) throws -> Result {
        let target = try Target(path)
        try target.requireReplaceable(marker: marker)
        let new = try target.makeDirectory()
        let result: Result
        do {
            result = try body(new)
            guard synchronize(new) else { throw target.failure("synchronise") }
            try target.put(new)
        } catch {
            remove(new)
            throw error
        }
        // Without it a power loss could bring the old name back.
        guard synchronize(target.parent) else { throw target.failure("synchronise the parent of") }
        return result
    }

    /// Finds out whether ``write(to:replacingThoseWith:_:)`` could begin, before long work for it.
    ///
    /// - Throws: `Failure` when the system refuses or something else stands at the path.
    package static func check(_ path: String, replacingThoseWith marker: String) throws(Failure) {
        let target = try Target(path)
        try target.requireReplaceable(marker: marker)
        remove(try target.makeDirectory())
    }

    /// Makes a directory inside one that is being written.
    package static func makeDirectory(_ path: String) throws(Failure) {
        guard mkdir(path, 0o777) == 0 else {
            throw Failure(FileFault(writing: path, "cannot create the directory", SystemError.last))
        }
    }

    /// Whether the directory's entries are on the disk, or its file system has no such guarantee.
    private static func synchronize(_ directory: String) -> Bool {
        let handle = retryingInterrupts { open(directory, O_RDONLY | O_CLOEXEC) }
        guard handle >= 0 else { return true }
        defer { close(handle) }
        return retryingInterrupts { fsync(handle) } == 0 || errno != EIO
    }

    private static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path that a new directory takes.
    private struct Target {
        let path: String
        let parent: String

        init(_ given: String) throws(Failure) {
            var path = given[...]
            while path.count > 1, path.hasSuffix("/") { path.removeLast() }
            let slash = path.lastIndex(of: "/")
            let name = slash.map { path[path.index(after: $0)...] } ?? path
            guard !name.isEmpty, name != ".", name != "..", !path.utf8.contains(0) else {
                throw Failure(
                    FileFault(
                        code: .cannotWrite, file: given.isEmpty ? "\"\"" : given, byteOffset: nil,
                        sentence: "expected the path of a new directory, found one that ends in no "
                            + "name; name a directory in a directory"))
            }
            self.path = String(path)
            parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        }

        func requireReplaceable(marker: String) throws(Failure) {
            var status = stat()
            guard stat(path, &status) == 0 else { return }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw Failure(
                    FileFault(
                        code: .cannotWrite, file: path, byteOffset: nil,
                        sentence: "expected a package to replace or nothing, found a file; "
                            + "remove it or choose another path"))
            }
            guard stat(path + "/" + marker, &status) == 0 || isEmpty else {
                throw Failure(
                    FileFault(
                        code: .cannotWrite, file: path, byteOffset: nil,
                        sentence: "expected a package to replace or nothing, found a directory "
                            + "without \(marker); choose another path"))
            }
        }

        private var isEmpty: Bool {
            (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false
        }

        /// A directory beside the target, with a name of its own.
        func makeDirectory() throws(Failure) -> String {
            let token = String(UInt64.random(in: .min ... .max), radix: 16)
            let new =
                parent + "/" + AtomicFile<Failure>.temporaryPrefix + token
                + AtomicFile<Failure>.temporarySuffix
            guard mkdir(new, 0o777) == 0 else {
                throw failure("create a directory in \(parent) for")
            }
            return new
        }

        /// Gives the new directory the target's name.
        func put(_ new: String) throws(Failure) {
            var status = stat()
            guard lstat(path, &status) == 0 else {
                guard rename(new, path) == 0 else { throw failure("rename a directory to") }
                return
            }
            if AtomicDirectory.exchange(new, path) {
                AtomicDirectory.remove(new)
                return
            }
            // The file system cannot exchange two names: for an instant there is none.
            let old = new + ".old"
            guard rename(path, old) == 0 else { throw failure("move the old directory from") }
            guard rename(new, path) == 0 else {
                let error = failure("rename a directory to")
                _ = rename(old, path)
                throw error
            }
            AtomicDirectory.remove(old)
        }

        func failure(_ action: String) -> Failure {
            Failure(FileFault(writing: path, "cannot \(action) the directory", SystemError.last))
        }
    }

    /// Whether the two names were exchanged in one step.
    private static func exchange(_ first: String, _ second: String) -> Bool {
        #if canImport(Darwin)
            return renamex_np(first, second, UInt32(RENAME_SWAP)) == 0
        #else
            // The C library has a name for the system call, which its headers show only to
            // programs that ask for GNU's extensions.
            typealias Rename =
                @convention(c) (
                    Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
                ) -> Int32
            guard let symbol = dlsym(nil, "renameat2") else { return false }
            let exchange: UInt32 = 1 << 1
            return unsafeBitCast(symbol, to: Rename.self)(
                AT_FDCWD, first, AT_FDCWD, second, exchange) == 0
        #endif
    }
}
