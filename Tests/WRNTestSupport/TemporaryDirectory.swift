// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Calls `body` with the path of a new, empty directory, which is removed afterwards with all that
/// is in it.
package func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("wrn-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try body(directory)
}

/// The names in a directory, hidden ones included.
package func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
}

/// The bytes of a file.
package func contents(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The path of a fixture beside these sources.
package func fixture(_ name: String, source: String = #filePath) -> String {
    URL(fileURLWithPath: source).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(name)").path
}
