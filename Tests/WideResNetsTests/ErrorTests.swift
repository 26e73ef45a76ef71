// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WideResNets

@Suite("Errors of the library")
struct ErrorTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

    /// The text of each Swift file outside of the program, by its path in `Sources`.
    private static func libraryFiles() throws -> [String: String] {
        var files: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        where path.hasSuffix(".swift") && !path.hasPrefix("Program/wrn/") {
            files[path] = try String(
                contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
        }
        return files
    }

    @Test("localizedDescription is the sentence and no number")
    func sentences() throws {
        let nowhere = "/nowhere/at/all"
        let attempts: [() throws -> Void] = [
            { _ = try Classifier(contentsOf: nowhere) },
            { _ = try DataSource(nowhere).load(.train) },
            { _ = try RunRecord(readingFrom: nowhere) },
            { _ = try RunDirectory.open(at: nowhere) },
            { _ = try Safetensors.read(contentsOf: nowhere) },
            { _ = try Zoo.network(named: "wrn-27-10") },
            { _ = try PixelImage(decoding: [1, 2, 3], file: "x.jpg") },
            { _ = try WeightsHub(environment: ["HOME": "/"]).resolve(nowhere) },
        ]
        for attempt in attempts {
            let error = try #require(throws: (any Error).self, performing: attempt)
            #expect(error.localizedDescription == "\(error)")
            #expect(error.localizedDescription.count > 20)
        }
    }

    @Test("every public error of the sources has a sentence for Foundation")
    func all() throws {
        let conformances = try String(
            contentsOf: Self.sources.appendingPathComponent(
                "Program/WideResNets/LocalizedErrors.swift"),
            encoding: .utf8)
        var count = 0
        for (_, text) in try Self.libraryFiles() {
            for match in text.matches(of: /public (?:struct|enum|class) (\w+): (?:\w+, )*Error\b/) {
                count += 1
                #expect(
                    conformances.contains("extension \(match.output.1): LocalizedError"),
                    "\(match.output.1)")
            }
        }
        #expect(count >= 10)
    }

    @Test("no sentence of the library names an option or a command of the program")
    func options() throws {
        for (path, text) in try Self.libraryFiles()
        // The report of a run is about the program's commands.
        where path != "Learning/WRNReport/Sections/RunSections.swift" {
            for line in text.components(separatedBy: "\n") {
                let code = line.trimmingCharacters(in: .whitespaces)
                guard !code.hasPrefix("//"), let start = code.firstIndex(of: "\"") else { continue }
                let words = code[start...]
                #expect(!words.contains(/[ '\/(]--[a-z]/), "\(path): \(code)")
                #expect(!words.contains(/'wrn [a-z]/), "\(path): \(code)")
            }
        }
    }
}
