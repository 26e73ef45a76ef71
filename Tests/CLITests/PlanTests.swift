// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNKernels
import WRNPlan
import WRNTensor
import WRNZoo

@Suite("wrn plan")
struct PlanTests {
    private struct Report: Decodable {
        let network: String
        let classes: Int
        let plan: PlanDescription
        let multiplyAdds: Int
        let predictedSeconds: Double
        let predictedSecondsInFloat32: Double
        let predictedSecondsInBfloat16: Double
        let measuredSeconds: Double?
        let effectiveGigaflopsPerSecond: Double?
        let version: String
    }

    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
    }

    private let arguments = [
        "plan", "wrn-10-2", "--input", "3x16x16", "--batch", "4", "--dropout", "0.3", "--threads",
        "2",
    ]

    private func plan(_ mode: PlanMode) throws -> PlanDescription {
        let graph = try WideResNet(name: "wrn-10-2", dropout: 0.3).graph(height: 16, width: 16)
        return try PlanDescription(
            graph: graph, batch: 4, mode: mode, options: ExecutionOptions(threads: 2))
    }

    private func run(_ more: [String], columns: Int = 80) throws -> Program.Result {
        let result = try Program.run(
            arguments + more, in: workplace.path, environment: ["COLUMNS": "\(columns)"])
        #expect(result.code == 0, "\(result.problem)")
        return result
    }

    @Test("several workers are predicted from the plan of a shard")
    func workers() throws {
        struct Workers: Decodable {
            struct Prediction: Decodable {
                let workers: Int
                let shards: Int
                let bitsPerSecond: Double
                let seconds: Double
                let singleSeconds: Double
            }
            let plan: PlanDescription
            let workers: Prediction
            let workerEfficiency: Double
        }
        let options = ["--train", "--workers", "2", "--shards", "4", "--bandwidth", "250Mbit"]
        let report = try decoded(Workers.self, from: try run(options + ["--json"]).output)
        #expect(report.plan.batch == 1)
        #expect((report.workers.workers, report.workers.shards) == (2, 4))
        #expect(report.workers.bitsPerSecond == 2.5e8)
        let efficiency = report.workers.singleSeconds / report.workers.seconds / 2
        #expect(abs(report.workerEfficiency - efficiency) < 1e-12)
        let text = try run(options).output
        #expect(
            text.contains(
                "\n2 workers, 4 shards of 1 image, 250 Mbit/s in each direction, from predicted "
                    + "times\n"))
        #expect(text.contains("\nefficiency  "))
    }

    @Test(
        "options of workers that do not suit each other are refused",
        arguments: [
            (["--workers", "2"], "--workers share training steps; add --train"),
            (["--train", "--shards", "2"], "--shards is of a step of several workers"),
            (["--train", "--workers", "3"], "--workers must be 1, 2, 4, 8, 16, 32 or 64, not 3"),
            (["--train", "--workers", "4", "--shards", "2"], "2 is none of 4"),
            (["--train", "--workers", "8"], "--batch 4 cannot be cut into 8 shards"),
            (["--train", "--workers", "2", "--bandwidth", "10"], "expected a rate in kbit, Mbit"),
        ])
    func refusedWorkers(options: [String], sentence: String) throws {
        let result = try Program.run(arguments + options, in: workplace.path)
        #expect(result.code == 2)
        #expect(result.problem.contains(sentence), "\(result.problem)")
    }

    @Test("JSON is the library's description", arguments: PlanMode.allCases)
    func json(mode: PlanMode) throws {
        let output = try run(["--json"] + (mode == .training ? ["--train"] : [])).output
        let report = try decoded(Report.self, from: output)
        let plan = try plan(mode)
        #expect(report.plan == plan)
        #expect((report.network, report.classes) == ("wrn-10-2", 10))
        #expect(report.multiplyAdds == plan.multiplyAdds)
        #expect(report.predictedSeconds == plan.predictedSeconds)
        #expect(report.predictedSecondsInFloat32 == plan.predictedSeconds)
        let halved = try PlanDescription(
            graph: WideResNet(name: "wrn-10-2", dropout: 0.3).graph(height: 16, width: 16),
            batch: 4, mode: mode, options: ExecutionOptions(threads: 2, precision: .bfloat16))
        #expect(report.predictedSecondsInBfloat16 == halved.predictedSeconds)
        #expect(halved.predictedSeconds < plan.predictedSeconds)
        #expect(report.measuredSeconds == nil)
        #expect(report.version == "0.1.0-dev")
    }

    @Test("measured, each step has its time")
    func measured() throws {
        let output = try run(["--json", "--measure", "--train"]).output
        let report = try decoded(Report.self, from: output)
        #expect(report.plan.steps.allSatisfy { $0.measuredSeconds != nil })
        #expect((report.plan.measuredRuns ?? 0) >= 5)
        let seconds = try #require(report.measuredSeconds)
        #expect(seconds == report.plan.measuredSeconds)
        #expect(
            report.effectiveGigaflopsPerSecond == report.plan.effectiveGigaflops(seconds: seconds))
    }

    @Test(
        "the table fits the terminal, and a wide one shows everything",
        arguments: [[], ["--train"], ["--measure"], ["--train", "--measure"]])
    func width(_ options: [String]) throws {
        let mode: PlanMode = options.contains("--train") ? .training : .inference
        for columns in [80, 120, 250] {
            let lines = try run(options, columns: columns).output.split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= columns })
            let header = try #require(lines.first { $0.contains("node") })
            let words = header.split(separator: " ")
            #expect(["#", "node", "work", "shape", "pred"].allSatisfy { words.contains($0) })
            if options.contains("--measure") {
                #expect(["ms", "%", "GFLOP/s"].allSatisfy { words.contains($0) })
            } else {
                #expect(words.contains("fused"))
            }
            let numbered = lines.filter { $0.first == " " || $0.first?.isNumber == true }
            #expect(numbered.count >= (try plan(mode).steps.count))
            guard columns == 250 else { continue }
            #expect(
                ["kernel", "fused", "algorithm", "cut", "offset", "bytes", "GMAC"]
                    .allSatisfy { words.contains($0) })
            #expect(!lines.contains { $0.hasPrefix("wider terminals") })
        }
    }

    @Test("a pipe gets all columns")
    func piped() throws {
        let output = try Program.run(arguments + ["--train"], in: workplace.path).output
        let header = try #require(output.split(separator: "\n").first { $0.contains("node") })
        let words = header.split(separator: " ")
        #expect(
            ["kernel", "fused", "algorithm", "cut", "shape", "offset", "bytes", "GMAC"]
                .allSatisfy { words.contains($0) }, "\(header)")
        #expect(!output.contains("wider terminals"))
    }

    @Test("a deep network's table fits 80 columns, too")
    func deep() throws {
        let output = try workplace.run(
            "plan", "wrn-40-10", "--batch", "128", "--train", environment: ["COLUMNS": "80"]
        ).output
        let lines = output.split(separator: "\n")
        #expect(lines.count > 150)
        #expect(lines.map(\.count).max() ?? 0 <= 80)
    }

    @Test("a plan in bfloat16 states whether there is a tile unit, and why not")
    func tileUnit() throws {
        let bfloat16 = ["--precision", "bfloat16"]
        let report = try decoded(Report.self, from: try run(bfloat16 + ["--json"]).output)
        let lines = try run(bfloat16).output.split(separator: "\n")
        let note = try #require(lines.first { $0.hasPrefix("tile unit: ") })
        #expect(note.hasPrefix("tile unit: none, as ") == (report.plan.tiles != .usable))
        let vectors = try #require(lines.first { $0.hasPrefix("vectors: ") })
        #expect(vectors.contains("VDPBF16PS") == (report.plan.bfloat16PairRate > 0))
        let hasTiles = report.plan.steps.contains { $0.algorithm == .tiles }
        #expect(hasTiles == (report.plan.tiles == .usable))
        #expect(!(try run([]).output.contains("tile unit")))
    }

    @Test("the totals are those of the plan")
    func totals() throws {
        let output = try run(["--train"]).output
        let memory = try plan(.training).memory
        func grouped(_ count: Int) -> String {
            count.formatted(.number.locale(Locale(identifier: "en_US")))
        }
        let words = output.split(separator: "\n").map { $0.split(separator: " ") }
        for (name, count) in [
            ("arena", memory.arenaByteCount), ("weights", memory.weightByteCount),
            ("workspaces", memory.workspaceByteCount), ("memory", memory.totalByteCount),
        ] {
            #expect(
                words.contains { $0.map(String.init) == [name, grouped(count), "bytes"] }, "\(name)"
            )
        }
    }
}
