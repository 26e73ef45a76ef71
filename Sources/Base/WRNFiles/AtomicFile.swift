// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes files that are, for every observer and at every instant, either the old one or the new
/// one.
///
/// The bytes go to a temporary file in the same directory, which is synchronised, renamed over the
/// target, and made durable by synchronising the directory. A failure before the renaming removes
/// the temporary file and leaves the old one untouched. A process that is killed leaves at most a
/// file whose name begins with ``temporaryPrefix``, never half of the target;
/// ``removeAbandonedFiles(in:)`` removes it. Where the path is a symbolic link, the link itself is
/// replaced.
package enum AtomicFile<Failure: FileFailure> {
    /// The prefix of temporary files' names; readers ignore such files.
    package static var temporaryPrefix: String { ".wrn-" }

    static var temporarySuffix: String { ".tmp" }

    /// Writes `bytes` to the file at `path`, in place of an older one.
    ///
    /// - Throws: `Failure` when the system refuses, of the code `cannotWrite` or `diskFull`.
    package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        try write(to: path) { (file) throws(Failure) in try file.write(bytes) }
    }

    /// Writes the UTF-8 bytes of `text` to the file at `path`, in place of an older one.
    ///
    /// - Throws: `Failure` when the system refuses, of the code `cannotWrite` or `diskFull`.
    package static func write(_ text: String, to path: String) throws(Failure) {
        try write(Array(text.utf8), to: path)
    }

    /// Writes what `body` appends to the file at `path`; when `body` throws, nothing changes.
    package static func write(
        to path: String, _ body: (TemporaryFile<Failure>) throws(Failure) -> Void
    ) throws(Failure) {
        let file = try TemporaryFile<Failure>(beside: path)
        do throws(Failure) {
            try body(file)
            try file.replaceTarget()
        } catch {
            file.remove()
            throw error
        }
        try file.finish()
    }
}

extension AtomicFile {
    /// Writes `bytes` to a new file at `path`, which appears when it is whole; where something is
    /// there already, nothing changes.
    ///
    /// - Returns: Whether the file is new.
    /// - Throws: `Failure` when the system refuses, of the code `cannotWrite` or `diskFull`.
    package static func create(_ bytes: [UInt8], at path: String) throws(Failure) -> Bool {
        let file = try TemporaryFile<Failure>(beside: path)
        do throws(Failure) {
            try file.write(bytes)
            guard try file.takeTarget() else {
                file.remove()
                return false
            }
        } catch {
            file.remove()
            throw error
        }
        try file.finish()
        return true
    }
}

extension AtomicFile {
    /// Removes the temporary files that killed processes left in `directory`, and returns how many
    /// there were.
    ///
    /// Files that a living process is writing are locked and stay. What cannot be read or removed
    /// is ignored: remains of others take space and are otherwise harmless.
    @discardableResult
    package static func removeAbandonedFiles(in directory: String) -> Int {
        names(in: directory)
            .filter { $0.hasPrefix(temporaryPrefix) && $0.hasSuffix(temporarySuffix) }
            .count { removeIfAbandoned(directory + "/" + $0) }
    }

    private static func removeIfAbandoned(_ path: String) -> Bool {
        // Not through links, and without waiting for a pipe: anyone may have put something of this
        // name here.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        return unlink(path) == 0
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    let capacity = MemoryLayout.size(ofValue: name.pointee)
                    return name.withMemoryRebound(to: CChar.self, capacity: capacity) {
                        String(cString: $0)
                    }
                })
        }
        return names
    }
}
