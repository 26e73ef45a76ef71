// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension AtomicFile {
    /// Removes the temporary files that killed processes left in `directory`, and returns how many there were.
    ///
    /// Files that a living process is writing are locked and stay. What cannot be read or removed is passed over: leftovers take
    /// space but do no harm.
    @discardableResult
    public static func removeAbandonedFiles(in directory: String) -> Int {
        names(in: directory)
            .filter { $0.hasPrefix(temporaryPrefix) && $0.hasSuffix(temporarySuffix) }
            .count { removeIfAbandoned(directory + "/" + $0) }
    }

    private static func removeIfAbandoned(_ path: String) -> Bool {
        // Not through links, and without waiting for a pipe: anyone may have put something of this name here.
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
