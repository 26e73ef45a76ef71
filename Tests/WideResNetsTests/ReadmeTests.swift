// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WideResNets

@Suite("The README's library example")
struct ReadmeTests {
    private func lines(_ path: String) throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            .components(separatedBy: "\n")
    }

    private func part(_ lines: [String], after start: String, before end: String) throws -> [String]
    {
        let first = try #require(lines.firstIndex(of: start))
        let last = try #require(lines[first...].firstIndex(of: end))
        return Array(lines[first + 1..<last])
    }

    @Test("is the function that this target compiles")
    func isCompiled() throws {
        let readme = try part(
            lines("README.md"), after: "<!-- example -->", before: "<!-- end of example -->")
        let example = try lines("Tests/WideResNetsTests/Example.swift")
            .map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : $0 }
        let choices = try part(
            example, after: "// The choices begin.", before: "// The choices end.")
        let body = try part(
            example, after: "// The example begins.", before: "// The example ends.")
        #expect(readme == ["```swift", "import WideResNets", ""] + choices + body + ["```"])
    }

    @Test("runs")
    func runs() throws {
        #expect(Example.choices().source.description == "fashion-mnist")
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        try writeIDX(images: 70, split: "train", to: directory)
        try writeIDX(images: 20, split: "t10k", to: directory)
        let run = directory.appendingPathComponent("runs/first").path
        try Example.run(DataSource(directory.path), run)
        #expect(try Classifier(contentsOf: run).description.architecture == "wrn-10-1")
    }

    /// Writes grey images of 8 x 8 pixels, each as bright as its class, as the IDX format has them.
    private func writeIDX(images count: Int, split: String, to directory: URL) throws {
        let pixels = (0..<count).flatMap { [UInt8](repeating: UInt8($0 % 10 * 25), count: 64) }
        try Data([0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 8, 0, 0, 0, 8] + pixels)
            .write(to: directory.appendingPathComponent("\(split)-images-idx3-ubyte"))
        try Data([0, 0, 8, 1, 0, 0, 0, UInt8(count)] + (0..<count).map { UInt8($0 % 10) })
            .write(to: directory.appendingPathComponent("\(split)-labels-idx1-ubyte"))
    }
}
