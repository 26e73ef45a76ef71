// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WideResNets

@Suite("The examples of the documentation")
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A block of code on a page, and the comment before it.
    private struct Block {
        let page: String
        let mark: String
        let lines: [String]
    }

    /// The README, the pages and the catalogue of DocC.
    private static func pages() throws -> [String: [String]] {
        var pages: [String: [String]] = [:]
        for folder in ["Documentation", "Sources/Program/WideResNets/WideResNets.docc"] {
            let names = try FileManager.default.contentsOfDirectory(
                atPath: root.appendingPathComponent(folder).path)
            for name in names where name.hasSuffix(".md") {
                pages["\(folder)/\(name)"] = try lines("\(folder)/\(name)")
            }
        }
        pages["README.md"] = try lines("README.md")
        return pages
    }

    private static func lines(_ path: String) throws -> [String] {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            .components(separatedBy: "\n")
    }

    /// All blocks of Swift.
    private static func blocks() throws -> [Block] {
        try pages().sorted { $0.key < $1.key }.flatMap { page, lines in
            lines.indices.filter { lines[$0] == "```swift" }.map { start in
                let end = lines[(start + 1)...].firstIndex(of: "```") ?? lines.endIndex
                return Block(
                    page: page, mark: start > 0 ? lines[start - 1] : "",
                    lines: Array(lines[start + 1..<end]))
            }
        }
    }

    /// What is compiled, by name, without its indentation.
    private static func compiled() throws -> [String: [String]] {
        let lines = try lines("Tests/DocumentationExamples/Examples.swift")
        var examples: [String: [String]] = [:]
        for (index, line) in lines.enumerated() where line.hasPrefix("    // example ") {
            examples[String(line.dropFirst(15))] = lines[(index + 1)...]
                .prefix { $0 != "    // end" }
                .map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : $0 }
        }
        return examples
    }

    @Test("each block of Swift is one that is compiled, line by line")
    func compiledAsWritten() throws {
        let compiled = try Self.compiled()
        var shown: Set<String> = []
        let others = [
            "<!-- not compiled: a manifest -->", "<!-- not compiled: Apple's frameworks -->",
        ]
        for block in try Self.blocks() where !others.contains(block.mark) {
            let name = block.mark.wholeMatch(of: /<!-- example ([-a-z]+) -->/)?.output.1
            guard let name else {
                Issue.record("\(block.page): a block of Swift without a mark: \(block.lines)")
                continue
            }
            var lines = block.lines
            if lines.first == "import WideResNets" { lines.removeFirst(2) }
            #expect(lines == compiled[String(name)], "\(block.page): \(name)")
            shown.insert(String(name))
        }
        #expect(shown == Set(compiled.keys), "on no page: \(Set(compiled.keys).subtracting(shown))")
    }

    @Test("the documentation's first page leads to every public type")
    func topics() throws {
        let listed = try Self.lines("Documentation/PublicFace.md").compactMap {
            $0.prefixMatch(of: /\| `(\w+)` \| (?!WRNServing)/).map { String($0.output.1) }
        }
        let page = try Self.lines(
            "Sources/Program/WideResNets/WideResNets.docc/WideResNets.md")
        let topics = page.compactMap {
            $0.wholeMatch(of: /- ``(\w+)``/).map { String($0.output.1) }
        }
        #expect(topics.count > 50)
        #expect(topics.sorted() == listed.sorted())
    }

    @Test("no Swift stands in an indented block, which nothing compiles")
    func noneIndented() throws {
        for (page, lines) in try Self.pages() {
            var isFenced = false
            for line in lines {
                if line.hasPrefix("```") { isFenced.toggle() }
                let isSwift =
                    line.hasPrefix("    ")
                    && line.contains(/^ {4}(let .* = |var .* = |try |import WideResNets)/)
                #expect(isFenced || !isSwift, "\(page): \(line)")
            }
        }
    }

    @Test("all of them run, on a folder of photographs")
    func run() throws {
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        for (label, name) in ["cat", "dog"].enumerated() {
            let folder = place.appendingPathComponent("photos/\(name)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<10 {
                let pixels = (0..<40 * 36 * 3).map {
                    UInt8(truncatingIfNeeded: label * 120 + ($0 &* 7 &+ index) % 90)
                }
                let picture = PixelImage(height: 40, width: 36, channels: 3, pixels: pixels)
                try Data(picture.png()).write(to: folder.appendingPathComponent("\(index).png"))
            }
        }
        let trained = try run("training", in: place)
        #expect(trained.output.contains("accuracy: "))
        #expect(trained.output.contains(/image 0 shows: (cat|dog)/))
        #expect(try RunRecord(readingFrom: place.path + "/runs/first").state == .finished)
        for (name, words) in [
            ("photographs", "photos/cat/9.png"), ("concurrency", "photos/cat/9.png"),
            ("fine-tuning", ""), ("run", "wrn-10-1 finished"),
            ("evaluation", "..."), ("features", "64"), ("explain", "8 8"),
            ("variant", "wrn-28-10-rawshortcut"),
            ("errors", "inference.missing"), ("network", "wrn-28-10 36479194"),
            ("resuming", "finished"),
            ("recipe", "Much accuracy"), ("weights", "wrn-10-1"), ("app", "letter.txt"),
            ("export", "model.onnx"), ("export-integers", "small.onnx"),
        ] {
            let result = try run(name, in: place)
            #expect(result.code == 0, "\(name): \(result.problem)")
            #expect(words.isEmpty || result.output.contains(words), "\(name): \(result.output)")
        }
        #expect(try RunRecord(readingFrom: place.path + "/runs/mine").state == .finished)
        // A model that is always right has no temperature: one picture of each class is wrong.
        for (name, other) in [("cat", "dog"), ("dog", "cat")] {
            for split in ["train", "val"] {
                let folder = place.appendingPathComponent("more photos/\(split)/\(name)")
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: true)
                for index in 0..<6 {
                    let source = "photos/\(index == 0 ? other : name)/\(index).png"
                    try FileManager.default.copyItem(
                        at: place.appendingPathComponent(source),
                        to: folder.appendingPathComponent("\(index).png"))
                }
            }
        }
        let calibrated = try run("calibration", in: place)
        #expect(calibrated.code == 0, "\(calibrated.problem)")
        #expect(calibrated.output.contains(/\n(cat|dog|unknown)\n/))
        // Weights from elsewhere need a network; without one the sentence states it.
        let hub = try run("hub", in: place, ["HF_HUB_OFFLINE": "1"])
        #expect(hub.code == 1)
        #expect(hub.problem.contains("HF_HUB_OFFLINE"), "\(hub.problem)")
    }

    private func run(
        _ name: String, in place: URL, _ environment: [String: String] = [:]
    ) throws -> (code: Int32, output: String, problem: String) {
        let process = Process()
        process.executableURL = try Self.executable()
        process.arguments = [name]
        process.currentDirectoryURL = place
        process.environment = environment.merging(["HOME": place.path]) { $1 }
        let files = ["output", "problem"].map { place.appendingPathComponent($0) }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
        return (process.terminationStatus, texts[0], texts[1])
    }

    /// The examples' program, beside the tests' own bundle.
    private static func executable() throws -> URL {
        #if canImport(Darwin)
            // There another program has loaded the bundle.
            var info = Dl_info()
            let isKnown = dladdr(#dsohandle, &info) != 0
            let start = String(cString: try #require(isKnown ? info.dli_fname : nil))
        #else
            let start = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe")
        #endif
        var directory = URL(fileURLWithPath: start).deletingLastPathComponent()
        while directory.path != "/" {
            let candidate = directory.appendingPathComponent("DocumentationExamples")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            directory.deleteLastPathComponent()
        }
        return try #require(nil, "no program DocumentationExamples beside \(start)")
    }
}
