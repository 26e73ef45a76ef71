// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// A new, empty directory that is removed with its owner, and all that is in it.
package final class TemporaryDirectory {
    /// The directory's path.
    package let path: String

    /// Creates the directory.
    package init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The relative paths of everything in it, sorted.
    package var contents: [String] {
        (FileManager.default.subpaths(atPath: path) ?? []).sorted()
    }

    /// The bytes of a file.
    package func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }

    /// Writes a file, with the directories above it, and returns its path.
    @discardableResult
    package func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file.path
    }

    /// Writes a text to a file.
    package func write(_ text: String, to name: String) throws {
        try write(name, text.utf8)
    }

    /// Copies a file or a directory in place of another one.
    package func copy(_ name: String, to other: String) throws {
        try? FileManager.default.removeItem(atPath: path + "/" + other)
        try FileManager.default.copyItem(atPath: path + "/" + name, toPath: path + "/" + other)
    }

    /// Removes a file or a directory.
    package func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }
}

/// Calls `body` with the path of a new, empty directory, which is removed afterwards with all that
/// is in it.
package func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let directory = try TemporaryDirectory()
    return try withExtendedLifetime(directory) { try body(directory.path) }
}

/// Whether the file system of temporary directories keeps names as they are, and tells those apart
/// that differ in upper and lower case or in their Unicode form only; those of Apple's systems take
/// them for one.
package func keepsNamesApart() throws -> Bool {
    try withTemporaryDirectory { directory in
        let given = ["a", "A", "\u{E9}", "e\u{301}"]
        for name in given {
            try Data().write(to: URL(fileURLWithPath: directory + "/" + name))
        }
        let found = try names(in: directory).map { Array($0.utf8) }
        return Set(found) == Set(given.map { Array($0.utf8) })
    }
}

/// The names in a directory, hidden ones included.
package func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
}

/// The bytes of a file.
package func contents(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}
