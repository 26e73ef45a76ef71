// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The files of a directory and of those in it, which are counted or removed; no link is followed.
package struct DirectoryTree<Failure: FileFailure> {
    /// What a directory holds.
    package struct Size: Hashable, Sendable {
        /// The number of files, links included.
        package fileprivate(set) var files = 0
        /// The bytes that their removal frees: those of files without another name elsewhere.
        package fileprivate(set) var byteCount = 0
    }

    /// The directory.
    package let path: String
    /// The depth beyond which a tree is refused.
    private static var maximumDepth: Int { 64 }

    /// Names a directory.
    package init(_ path: String) {
        self.path = path
    }

    /// Counts the files and their bytes.
    ///
    /// - Throws: `Failure` for a directory that cannot be read, and for a link or a file in its
    ///   place.
    package func size() throws(Failure) -> Size {
        var size = Size()
        try visit(removing: false, last: [], &size)
        return size
    }

    /// Removes the files, and then the directory.
    ///
    /// - Parameter last: The names of files directly in the directory that are removed after all
    ///   others, in this order, so that what is left after an interruption is still recognised.
    /// - Returns: What was removed.
    /// - Throws: `Failure` when the system refuses; what is removed by then stays removed.
    package func remove(last: [String]) throws(Failure) -> Size {
        var size = Size()
        try visit(removing: true, last: last, &size)
        guard rmdir(path) == 0 else { throw failure(path) }
        return size
    }

    private func visit(removing: Bool, last: [String], _ size: inout Size) throws(Failure) {
        let root = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard root >= 0 else { throw failure(path) }
        try visit(root, path, depth: 0, removing: removing, last: last, &size)
    }

    /// Visits an open directory, which is closed at the end.
    private func visit(
        _ descriptor: Int32, _ place: String, depth: Int, removing: Bool, last: [String],
        _ size: inout Size
    ) throws(Failure) {
        guard depth < Self.maximumDepth else {
            close(descriptor)
            errno = ELOOP
            throw failure(place)
        }
        guard let stream = fdopendir(descriptor) else {
            let failure = failure(place)
            close(descriptor)
            throw failure
        }
        defer { closedir(stream) }
        let names = Self.names(in: stream)
        let ordered =
            names.filter { !last.contains($0) }.sorted() + last.filter(names.contains)
        for name in ordered {
            let file = place + "/" + name
            var status = stat()
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw failure(file)
            }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                if removing, unlinkat(descriptor, name, 0) != 0 { throw failure(file) }
                size.files += 1
                if status.st_nlink == 1 { size.byteCount += Int(status.st_size) }
                continue
            }
            // A link that takes the directory's place meanwhile is not followed.
            let inner = openat(
                descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard inner >= 0 else { throw failure(file) }
            try visit(inner, file, depth: depth + 1, removing: removing, last: [], &size)
            if removing, unlinkat(descriptor, name, AT_REMOVEDIR) != 0 { throw failure(file) }
        }
    }

    /// The names in a directory besides its own and its parent's.
    private static func names(in stream: DirectoryStream) -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(
                    to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)
                ) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func failure(_ file: String) -> Failure {
        Failure(FileFault(writing: file, "cannot read or remove", .last))
    }
}

#if canImport(Darwin)
    private typealias DirectoryStream = UnsafeMutablePointer<DIR>
#else
    private typealias DirectoryStream = OpaquePointer
#endif
