// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNGraph
import WRNZoo

@Suite("wrn summary")
struct SummaryTests {
    @Test(
        "shows the paper's network as it always did",
        arguments: ["wrn-28-10", "wrn-16-2", "wrn-50-2"])
    func golden(_ name: String) throws {
        let result = try Workplace().run("summary", name)
        #expect(result.code == 0)
        #expect(result.complaint.isEmpty)
        // The engine's memory is its own affair; its tests pin it.
        let lines = result.output.components(separatedBy: "\n")
        let memory = lines.filter { $0.hasPrefix("memory to ") }
        #expect(memory.map { $0.split(separator: " ")[2] } == ["classify", "train"])
        try expectSnapshot(
            lines.filter { !$0.hasPrefix("memory to ") }.joined(separator: "\n"),
            named: "summary-\(name)")
    }

    @Test("WRN-28-10 has 36,479,194 parameters")
    func count() throws {
        let output = try Workplace().run("summary", "WRN-28-10").output
        #expect(output.contains(/\nparameters +36,479,194\n/))
    }

    @Test(
        "fits 80 columns",
        arguments: [
            ["wrn-70-16"], ["wrn-106-1024", "--input", "3x224x224", "--batch", "65536"],
            ["wrn-16-1.5", "--input", "1024x4096x4096", "--classes", "1000000"],
        ])
    func width(_ arguments: [String]) throws {
        let workplace = try Workplace()
        let result = try Program.run(["summary"] + arguments, in: workplace.path)
        #expect(result.code == 0)
        let longest = result.output.split(separator: "\n").map(\.count).max() ?? 0
        #expect((40...80).contains(longest))
    }

    @Test("a narrow terminal shortens names and keeps numbers")
    func narrow() throws {
        let output = try Workplace().run("summary", "wrn-16-2", environment: ["COLUMNS": "64"])
            .output
        #expect(output.split(separator: "\n").map(\.count).max() == 64)
        #expect(output.contains("101,106,944"))
        #expect(output.contains(".."))
    }

    @Test("the classes, the input, the batch and dropout change what they should")
    func options() throws {
        let workplace = try Workplace()
        let output = try workplace.run(
            "summary", "wrn-16-1", "--classes", "100", "--input", "1x28x28", "--dropout", "0.3"
        ).output
        #expect(output.hasPrefix("wrn-16-1: 1x28x28 images, 100 classes, dropout 0.3\n"))
        #expect(output.contains(/\nfc +100x1x1 +6,500 +6,400\n/))
        let large = try workplace.run("summary", "wrn-16-1", "--batch", "128").output
        #expect(large.contains("for 128 images at once"))
    }

    @Test("JSON holds everything")
    func json() throws {
        let output = try Workplace().run("summary", "wrn-10-1", "--json", "--batch", "3").output
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        let network = try #require(object["network"] as? [String: Any])
        let memory = try #require(object["memory"] as? [String: Any])
        let graph = try WideResNet(name: "wrn-10-1").graph()
        #expect(object["name"] as? String == "wrn-10-1")
        #expect(object["classes"] as? Int == 10)
        #expect(network["parameters"] as? Int == graph.parameterCount)
        #expect(network["multiply_adds"] as? Int == graph.multiplyAdds)
        #expect(network["running_statistics"] as? Int == graph.statisticsCount)
        #expect(network["convolutions"] as? Int == 9)
        #expect((network["layers"] as? [Any])?.count == graph.nodes.count - 1)
        #expect((network["blocks"] as? [Any])?.count == 3)
        #expect(memory["batch"] as? Int == 3)
        #expect((memory["inference_byte_count"] as? Int ?? 0) > 4 * graph.parameterCount)
        #expect(
            (memory["training_byte_count"] as? Int ?? 0)
                > memory["inference_byte_count"] as? Int ?? .max)
    }

    @Test("a reader that goes away is no failure")
    func closedPipe() throws {
        let workplace = try Workplace()
        let result = try Program.run(
            ["summary", "wrn-28-10"], in: workplace.path, closesOutput: true)
        #expect(result.code == 0)
        #expect(result.complaint.isEmpty)
    }
}
