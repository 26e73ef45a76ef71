// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNGraph
import WRNZoo

@Suite("wrn summary")
struct SummaryTests {
    @Test(
        "shows the paper's network as it always did",
        arguments: ["wrn-28-10", "wrn-16-2", "wrn-50-2", "resnet-20", "preact-resnet-11"])
    func golden(_ name: String) throws {
        let result = try Workplace().run("summary", name, environment: ["COLUMNS": "80"])
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
        // The engine's memory is its own affair; its tests pin it.
        let lines = result.output.components(separatedBy: "\n")
        let first = try #require(lines.firstIndex { $0.hasPrefix("memory to ") })
        let labels = lines[first...].map {
            $0.trimmingCharacters(in: .whitespaces).components(separatedBy: "  ")[0]
        }
        #expect(
            labels == [
                "memory to classify", "activations", "weights", "memory to train", "activations",
                "gradients", "optimizer", "",
            ])
        try expectSnapshot(
            lines[..<first].joined(separator: "\n") + "\n",
            named: "summary-\(name)")
    }

    @Test("WRN-28-10 has 36,479,194 parameters")
    func count() throws {
        let output = try Workplace().run("summary", "WRN-28-10").output
        #expect(output.contains(/\nparameters +36,479,194 +all trainable\n/))
    }

    @Test(
        "fits 80 columns",
        arguments: [
            ["wrn-70-16"], ["wrn-106-1024", "--input", "3x224x224", "--batch", "65536"],
            ["wrn-16-1.5", "--input", "1024x4096x4096", "--classes", "1000000"],
        ])
    func width(_ arguments: [String]) throws {
        let workplace = try Workplace()
        let result = try Program.run(
            ["summary"] + arguments, in: workplace.path, environment: ["COLUMNS": "80"])
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

    @Test("a pipe gets all columns, and a terminal's width as many as fit")
    func piped() throws {
        func header(_ environment: [String: String]) throws -> [Substring] {
            let output = try Workplace().run("summary", "wrn-28-10", environment: environment)
                .output
            return try #require(
                output.split(separator: "\n").first { $0.hasPrefix("layer ") }
            ).split(separator: " ")
        }
        #expect(
            try header([:]) == [
                "layer", "kernel", "input", "output", "parameters", "%", "multiply-adds",
                "trainable",
            ])
        #expect(try !header(["COLUMNS": "80"]).contains("trainable"))
    }

    @Test("the classes, the input, the batch and dropout change what they should")
    func options() throws {
        let workplace = try Workplace()
        let output = try workplace.run(
            "summary", "wrn-16-1", "--classes", "100", "--input", "1x28x28", "--dropout", "0.3",
            environment: ["COLUMNS": "80"]
        ).output
        #expect(output.hasPrefix("wrn-16-1: 1x28x28 images, 100 classes, dropout 0.3\n"))
        #expect(output.contains(/\nfc +64x1x1 +100x1x1 +6,500 +3\.60 +6,400\n/))
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
        let training = try #require(memory["training"] as? [String: Any])
        let parts = training.filter { $0.key != "total_byte_count" }.values.map {
            $0 as? Int ?? .min
        }
        #expect(parts.count == 8)
        #expect(parts.reduce(0, +) == memory["training_byte_count"] as? Int)
        #expect(
            (memory["training_byte_count"] as? Int ?? 0)
                > memory["inference_byte_count"] as? Int ?? .max)
    }

    @Test("the tree ends where it should", arguments: [(1, 8), (2, 14), (3, 41), (4, 60)])
    func depth(_ depth: Int, rows: Int) throws {
        let output = try Workplace().run("summary", "wrn-16-2", "--depth", "\(depth)").output
        let table = output.components(separatedBy: "\n\n")[1]
        #expect(table.split(separator: "\n").count == rows)
        #expect(table.contains("group1  "))
        #expect(table.contains("  block1") == (depth > 1))
        #expect(table.contains("    conv1") == (depth > 2))
        #expect(table.contains("    relu1") == (depth > 3))
    }

    @Test("columns are chosen, or as many as fit")
    func columns() throws {
        let workplace = try Workplace()
        func header(_ arguments: [String], columns: String = "80") throws -> [Substring] {
            let result = try Program.run(
                ["summary", "wrn-16-2"] + arguments, in: workplace.path,
                environment: ["COLUMNS": columns])
            #expect(result.problem.isEmpty)
            return result.output.components(separatedBy: "\n")[2].split(separator: " ")
        }
        let needed: [Substring] = ["layer", "kernel", "output", "parameters", "multiply-adds"]
        #expect(try header([], columns: "64") == needed)
        #expect(try header([], columns: "72").contains("%"))
        #expect(try header([]).contains("input"))
        #expect(try !header([]).contains("trainable"))
        let all: [Substring] = [
            "layer", "kernel", "input", "output", "parameters", "%", "multiply-adds", "trainable",
        ]
        #expect(try header([], columns: "120") == all)
        #expect(try header(["--columns", "all"]) == all)
        #expect(try header(["--columns", "share,kernel"]) == ["layer", "%", "kernel"])
    }

    @Test("torchsummary's layout is that package's own, byte for byte")
    func torchsummary() throws {
        let result = try Workplace().run(
            "summary", "wrn-28-10", "--input", "3x64x64", "--columns", "torchsummary")
        #expect(result.code == 0)
        try expectSnapshot(result.output, named: "summary-torchsummary-wrn-28-10-3x64x64")
    }

    @Test(
        "CSV has each number once, in plain digits", arguments: ["1", "2", "3", "4"],
        ["wrn-16-2", "resnet-20", "resnet-18"])
    func csv(_ depth: String, _ name: String) throws {
        let output = try Workplace().run(
            "summary", name, "--format", "csv", "--depth", depth, "--columns", "parameters,macs"
        ).output
        let rows = output.split(separator: "\n").map { $0.split(separator: ",") }
        #expect(rows[0] == ["layer", "parameters", "macs"])
        let network = try Zoo.network(named: name)
        let graph = try network.graph(
            height: network.usualImageSize, width: network.usualImageSize)
        let sums = (1...2).map { column in
            rows.dropFirst().map { Int($0[column]) ?? .min }.reduce(0, +)
        }
        #expect(sums == [graph.parameterCount, graph.multiplyAdds])
    }

    @Test("CSV quotes what has commas")
    func quotedCSV() throws {
        let output = try Workplace().run(
            "summary", "wrn-10-1-b3-table2", "--format", "csv", "--depth", "2"
        ).output
        #expect(output.contains("group0.block0,B(3),"))
        let other = try Workplace().run("summary", "wrn-10-1", "--format", "csv", "--depth", "1")
            .output
        #expect(other.contains("group0,\"1 x B(3,3)\","))
    }

    @Test("Markdown is a table whose last row is the sum")
    func markdown() throws {
        let output = try Workplace().run(
            "summary", "wrn-28-10", "--format", "markdown", "--depth", "1"
        ).output
        try expectSnapshot(output, named: "summary-markdown-wrn-28-10")
        #expect(Set(output.split(separator: "\n").map { $0.count { $0 == "|" } }) == [9])
    }

    @Test("a model's file and a run's directory say which network they hold")
    func files() throws {
        let workplace = try Workplace()
        try FileManager.default.createDirectory(
            atPath: workplace.path + "/my runs", withIntermediateDirectories: false)
        try workplace.writeModel("wrn-10-0.25", to: "my runs/model.safetensors")
        for path in ["my runs", "my runs/model.safetensors"] {
            let result = try workplace.run("summary", path)
            #expect(result.code == 0, "\(result.problem)")
            #expect(result.output.hasPrefix("wrn-10-0.25: 1x8x8 images, "))
            #expect(result.output.contains("from my runs/model.safetensors"))
        }
        let wrong = try workplace.run("summary", "my runs", "--classes", "3")
        #expect(wrong.code == 2)
        #expect(
            wrong.problem
                == "wrn: error: the file has the classes and the dropout; leave --classes and --dropout out\n"
        )
    }

    @Test(
        "what cannot be is refused in a sentence",
        arguments: [
            (
                ["wrn-16-2", "--columns", "kernel,flops"],
                "\"flops\" is no column; they are kernel, input, output, parameters, share, macs, "
                    + "trainable, all of them are called all, and torchsummary is a layout of its own"
            ),
            (["wrn-16-2", "--depth", "0"], "--depth must be in 1...4, not 0"),
            (
                ["wrn-16-2", "--json", "--format", "csv"],
                "--json and --format csv contradict each other"
            ),
            (
                ["wrn-16-2", "--columns", "torchsummary", "--format", "csv"],
                "--columns torchsummary is a layout of its own; leave the format out"
            ),
            (["runs/none"], "there is no file or directory \"runs/none\""),
            (["none.safetensors"], "there is no file or directory \"none.safetensors\""),
        ] as [([String], String)])
    func refusals(_ arguments: [String], _ sentence: String) throws {
        let workplace = try Workplace()
        let result = try Program.run(["summary"] + arguments, in: workplace.path)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.problem.contains(sentence), "\(result.problem)")
        #expect(!result.problem.contains("see 'wrn summary --help'; see"))
    }

    @Test("a reader that goes away is no failure")
    func closedPipe() throws {
        let workplace = try Workplace()
        let result = try Program.run(
            ["summary", "wrn-28-10"], in: workplace.path, closesOutput: true)
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
    }
}
