// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A directory of a test's own, removed with everything in it when the test is over.
final class TemporaryDirectory {
    let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("wrn-training-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Everything in it, as sorted relative paths; files of events without the time and the host in
    /// their names.
    var contents: [String] {
        names.map { name in
            name.firstRange(of: "events.out.tfevents").map { String(name[..<$0.upperBound]) }
                ?? name
        }.sorted()
    }

    /// Everything in it, as it is called.
    var names: [String] { FileManager.default.subpaths(atPath: path) ?? [] }

    func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func copy(_ name: String, to other: String) throws {
        try? FileManager.default.removeItem(atPath: path + "/" + other)
        try FileManager.default.copyItem(atPath: path + "/" + name, toPath: path + "/" + other)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }
}
