// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn compare")
struct CompareTests {
    @Test("shows networks side by side, within 80 columns")
    func golden() throws {
        let result = try Workplace().run(
            "compare", "wrn-40-4", "wrn-28-10", "preact-resnet-1001", "resnet-110",
            environment: ["COLUMNS": "80"])
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
        let lines = result.output.components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        // The engine's memory is its own affair; its tests pin it.
        let memory = lines.filter { $0.hasPrefix("to classify") || $0.hasPrefix("to train") }
        #expect(memory.count == 4)
        try expectSnapshot(
            lines.filter { !memory.contains($0) }.joined(separator: "\n"), named: "compare")
    }

    @Test("a pipe and a wide terminal hold all in one table, and a narrow one each alone")
    func widths() throws {
        let workplace = try Workplace()
        let names = ["wrn-40-4", "wrn-28-10", "resnet-110", "preact-resnet-1001", "wrn-16-8"]
        func tables(_ columns: String?) throws -> Int {
            let output = try Program.run(
                ["compare"] + names, in: workplace.path,
                environment: columns.map { ["COLUMNS": $0] } ?? [:]
            ).output
            return output.components(separatedBy: "\n").count { $0.hasPrefix("parameters") }
        }
        #expect(try tables("200") == 1)
        #expect(try tables("40") == 5)
        #expect(try tables(nil) == 1)
    }

    @Test("measures on request")
    func measures() throws {
        let result = try Workplace().run(
            "compare", "wrn-10-0.5", "resnet-8", "--input", "3x8x8", "--batch", "2", "--threads",
            "1", "--measure", "--json")
        #expect(result.code == 0)
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let networks = try #require(object["networks"] as? [[String: Any]])
        #expect(networks.count == 2)
        for network in networks {
            #expect((network["inference_images_per_second"] as? Double ?? 0) > 0)
            #expect((network["training_images_per_second"] as? Double ?? 0) > 0)
        }
    }

    @Test("one name that is none is a usage error")
    func refusal() throws {
        let result = try Workplace().run("compare", "wrn-28-10", "wrn-27-10")
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.problem.contains("depth 27 is not a Wide ResNet's"))
    }
}
