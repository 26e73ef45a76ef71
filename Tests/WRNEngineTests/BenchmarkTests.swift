// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNEngine
@testable import WRNPlan

@Suite("Benchmarks")
struct BenchmarkTests {
    private func benchmark(_ mode: PlanMode, batch: Int = 2) throws -> PlanBenchmark {
        let network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 1).graph(height: 8, width: 8), seed: 3)
        return try PlanBenchmark(
            graph: network.graph, tensors: network.tensors, batch: batch, mode: mode,
            options: .init(threads: 1))
    }

    private func schedule(repeats: Int) -> BenchmarkSchedule {
        var schedule = BenchmarkSchedule(repeats: repeats)
        schedule.warmUpSeconds = 0
        return schedule
    }

    @Test("runs as often as asked, after the warm-up", arguments: PlanMode.allCases)
    func repeats(mode: PlanMode) throws {
        var seen: [(isWarmUp: Bool, runs: Int)] = []
        let result = try benchmark(mode).measure(schedule(repeats: 3)) { progress in
            seen.append((progress.isWarmUp, progress.runs))
        }
        #expect(result.runSeconds.count == 3)
        #expect(result.warmUpRuns == 1)
        #expect(result.runSeconds.allSatisfy { $0 > 0 })
        #expect(result.seconds == Spread(result.runSeconds))
        #expect(seen.map(\.isWarmUp) == [true, false, false, false])
        #expect(seen.map(\.runs) == [1, 1, 2, 3])
    }

    @Test(
        "measuring steps gives a time to each, and changes nothing else",
        arguments: PlanMode.allCases)
    func steps(mode: PlanMode) throws {
        let benchmark = try benchmark(mode)
        #expect(benchmark.plan.measuredSeconds == nil)
        var measured = try benchmark.measureSteps(schedule(repeats: 2))
        #expect(measured.measuredRuns == 2)
        #expect(measured.steps.allSatisfy { ($0.measuredSeconds ?? -1) >= 0 })
        #expect((measured.measuredSeconds ?? 0) > 0)
        #expect(measured.steps.contains { $0.effectiveGigaflops != nil })
        for index in measured.steps.indices { measured.steps[index].measuredSeconds = nil }
        measured.measuredRuns = nil
        #expect(measured == benchmark.plan)
    }

    @Test("a run with a clock computes what one without does")
    func sameResult() throws {
        let network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 1, dropout: 0.3).graph(height: 8, width: 8), seed: 5)
        let sessions = try (0..<2).map { _ in
            try InferenceSession(graph: network.graph, tensors: network.tensors, batch: 3)
        }
        let expected = try sessions[0].logits(for: network.images, count: 3)
        let program = sessions[1].program
        var seconds: [Double] = []
        program.loadInput(network.images[...], count: 3)
        program.run(BoundProgram.Run(images: 3), recording: &seconds)
        #expect(program.output(count: 3) == expected)
        #expect(seconds.count == program.memory.program.steps.count)
    }

    @Test("the plan's memory is the session's", arguments: PlanMode.allCases)
    func memory(mode: PlanMode) throws {
        let benchmark = try benchmark(mode)
        #expect(benchmark.plannedByteCount == benchmark.plan.memory.totalByteCount)
    }

    @Test("stops before the next run when it is told to", arguments: [0, 1, 3])
    func cancelled(after runs: Int) throws {
        var count = 0
        #expect(throws: CancellationError.self) {
            _ = try benchmark(.inference).measure(
                schedule(repeats: 5), progress: { _ in count += 1 },
                isCancelled: { count >= runs })
        }
        #expect(count == runs)
    }

    @Test("without a number of runs the time decides, but for a few")
    func timeDecides() throws {
        var schedule = BenchmarkSchedule()
        schedule.seconds = 12
        var clock = 0.0
        let byTime = try schedule.run(
            {
                clock += 1
                return 1.0
            }, seconds: { $0 }, progress: { _ in }, isCancelled: { false })
        #expect(byTime.warmUpRuns == 1)
        #expect(byTime.measurements.count == 12)
        #expect(clock == 13)
        let slow = try schedule.run(
            { 100.0 }, seconds: { $0 }, progress: { _ in }, isCancelled: { false })
        #expect(slow.measurements.count == 5)
        let quick = try schedule.run(
            { 1e-3 }, seconds: { $0 }, progress: { _ in }, isCancelled: { false })
        #expect(quick.warmUpRuns == 500)
        #expect((11_999...12_001).contains(quick.measurements.count))
        schedule.seconds = 1e9
        let endless = try schedule.run(
            { 1.0 }, seconds: { $0 }, progress: { _ in }, isCancelled: { false })
        #expect(endless.measurements.count == 1_000_000)
    }

    @Test("weights are not asked for when the session does not fit into the machine")
    func tooLarge() throws {
        let graph = try WideResNet(name: "wrn-10-1").graph(height: 65_536, width: 65_536)
        var asked = false
        func tensors() -> [String: Tensor] {
            asked = true
            return [:]
        }
        let error = try #require(throws: PlanError.self) {
            _ = try PlanBenchmark(
                graph: graph, tensors: tensors(), batch: 4096, mode: .inference)
        }
        #expect(error.description.contains("choose a smaller batch or a smaller network"))
        #expect(!asked)
    }

    @Test("order statistics, and those of what is divided by them")
    func spread() throws {
        let spread = try #require(Spread([4, 1, 3, 2, 5, 10]))
        #expect(spread.median == 3.5)
        #expect((spread.minimum, spread.maximum) == (1, 10))
        #expect((spread.firstQuartile, spread.thirdQuartile) == (2.25, 4.75))
        let speed = spread.quotient(of: 20)
        #expect((speed.minimum, speed.maximum) == (2, 20))
        #expect(speed.median == 20 / 3.5)
        #expect((speed.firstQuartile, speed.thirdQuartile) == (20 / 4.75, 20 / 2.25))
        #expect(Spread([]) == nil)
        #expect(Spread([7])?.thirdQuartile == 7)
    }
}
