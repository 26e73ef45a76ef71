// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNKernels
import WRNPlan
import WRNZoo

@Suite("wrn bench")
struct BenchTests {
    /// What a program reads of a benchmark.
    private struct Report: Decodable {
        let network: String
        let classes: Int
        let batch: Int
        let input: String
        let mode: String
        let threads: Int
        let instructionSet: String
        let precision: String
        let repeats: Int
        let warmUpRuns: Int
        let runSeconds: [Double]
        let seconds: Spread
        let imagesPerSecond: Spread
        let multiplyAdds: Int
        let effectiveGigaflopsPerSecond: Double
        let peakResidentByteCount: Int?
        let plannedByteCount: Int
        let version: String
    }

    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
    }

    private let arguments = [
        "bench", "wrn-10-1", "--input", "1x8x8", "--classes", "5", "--batch", "3", "--threads",
        "2", "--repeats", "4",
    ]

    private func run(_ more: String...) throws -> Program.Result {
        try Program.run(arguments + more, in: workplace.path)
    }

    @Test("steps in shards are measured by one worker, too, who loses and sends nothing")
    func shards() throws {
        struct Sharded: Decodable {
            let batch: Int
            let workers: Int
            let shards: Int
            let runSeconds: [Double]
            let singleRunSeconds: [Double]
            let efficiency: Double
            let sentByteCount: Int
        }
        let arguments = [
            "bench", "wrn-10-1", "--input", "1x8x8", "--classes", "5", "--batch", "4",
            "--threads", "1", "--repeats", "3", "--train", "--shards", "2",
        ]
        let json = try Program.run(arguments + ["--json"], in: workplace.path)
        #expect(json.code == 0, "\(json.problem)")
        let report = try decoded(Sharded.self, from: json.output)
        #expect((report.batch, report.workers, report.shards) == (4, 1, 2))
        #expect(report.sentByteCount == 0)
        let ratios = zip(report.singleRunSeconds, report.runSeconds).map { $0 / $1 }
        #expect(ratios.count == 3)
        #expect(report.efficiency == ratios.sorted()[1])
        let text = try Program.run(arguments, in: workplace.path)
        #expect(text.output.contains(", 1 thread, 1 worker, 2 shards of 2 images\n"))
    }

    @Test(
        "shards that cannot be are refused",
        arguments: [
            (["--shards", "2"], "--shards are of training steps; add --train"),
            (["--train", "--shards", "3"], "--shards must be 1, 2, 4, 8, 16, 32 or 64, not 3"),
            (["--train", "--shards", "2"], "--batch 3 cannot be cut into 2 shards"),
        ])
    func refusedShards(options: [String], sentence: String) throws {
        let result = try Program.run(arguments + options, in: workplace.path)
        #expect(result.code == 2)
        #expect(result.problem.contains(sentence), "\(result.problem)")
    }

    @Test("JSON holds everything, and its figures fit together", arguments: [false, true])
    func json(trains: Bool) throws {
        let result = try trains ? run("--json", "--train") : run("--json")
        #expect(result.code == 0, "\(result.problem)")
        let report = try decoded(Report.self, from: result.output)
        let graph = try WideResNet(name: "wrn-10-1", classes: 5, inputChannels: 1)
            .graph(height: 8, width: 8)
        let plan = try PlanDescription(
            graph: graph, batch: 3, mode: trains ? .training : .inference,
            options: ExecutionOptions(threads: 2))
        #expect(report.network == "wrn-10-1")
        #expect((report.classes, report.batch, report.threads) == (5, 3, 2))
        #expect(report.input == "1x8x8")
        #expect(report.mode == (trains ? "training" : "inference"))
        #expect(report.instructionSet == plan.instructionSet)
        #expect(report.precision == "float32")
        #expect(report.version == "0.1.0-dev")
        #expect(report.repeats == 4)
        #expect(report.runSeconds.count == 4)
        #expect(report.warmUpRuns >= 1)
        #expect(report.seconds == Spread(report.runSeconds))
        #expect(report.imagesPerSecond == report.seconds.quotient(of: 3))
        #expect(report.multiplyAdds == plan.multiplyAdds)
        #expect(
            report.effectiveGigaflopsPerSecond
                == plan.effectiveGigaflops(seconds: report.seconds.median))
        #expect(report.plannedByteCount == plan.memory.totalByteCount)
        #expect(try #require(report.peakResidentByteCount) > report.plannedByteCount)
    }

    @Test("the text has the figures and fits 80 columns")
    func text() throws {
        let output = try run("--train").output
        #expect(
            output.hasPrefix(
                "wrn-10-1: 1x8x8 images, training in batches of 3\nfloat32 on "))
        for figure in [
            /\nspeed +[0-9.,]+ images\/s\n/, /\neffective +[0-9.,]+ GFLOP\/s, from/,
            /\nmemory +[0-9.]+ MB at the peak of the process\n/,
            /\n  planned +[0-9.]+ [kM]B for the network\n/,
        ] {
            #expect(output.contains(figure))
        }
        #expect(output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("all usable instructions can be chosen", arguments: InstructionSet.usable)
    func instructionSets(set: InstructionSet) throws {
        let result = try run("--json", "--instruction-set", set.rawValue)
        let report = try decoded(Report.self, from: result.output)
        #expect(report.instructionSet == set.rawValue)
    }

    @Test(
        "bfloat16 by its short and its long name, in inference and training",
        arguments: ["bf16", "bfloat16"], [[], ["--train"]])
    func bfloat16(name: String, mode: [String]) throws {
        let result = try Program.run(
            arguments + mode + ["--json", "--precision", name], in: workplace.path)
        let report = try decoded(Report.self, from: result.output)
        #expect(report.precision == "bfloat16")
    }

    @Test("what this machine cannot hold is one sentence, at once")
    func tooLarge() throws {
        let result = try workplace.run(
            "bench", "wrn-16-4", "--batch", "4096", "--input", "3x8192x8192")
        #expect(result.code == 1)
        #expect(result.output.isEmpty)
        #expect(
            result.problem.hasPrefix(
                "wrn: error: a batch of 4096 images of 3x8192x8192 needs "))
        #expect(result.problem.hasSuffix("choose a smaller batch or a smaller network\n"))
        #expect(result.problem.split(separator: "\n").count == 1)
    }

    @Test("instructions that the processor lacks are one sentence")
    func lacking() throws {
        let missing = try #require(
            InstructionSet.allCases.first { !InstructionSet.usable.contains($0) })
        for command in ["bench", "plan"] {
            let result = try workplace.run(
                command, "wrn-10-1", "--instruction-set", missing.rawValue)
            #expect(result.code == 1)
            #expect(
                result.problem.hasPrefix(
                    "wrn: error: this processor cannot run \(missing.rawValue) kernels; it can run "
                ))
        }
    }
}
