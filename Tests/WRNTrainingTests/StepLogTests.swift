// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("The logged steps of a run")
struct StepLogTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func trainer(_ run: RunDirectory, every steps: Int?) throws -> Trainer {
        try Trainer(
            run, train: tiny.train, validation: tiny.test, device: tiny.tested.device(threads: 1),
            environment: nil, stepInterval: steps)
    }

    private func lines(_ name: String) throws -> [StepRecord] {
        try String(decoding: temporary.bytes(name + "/steps.jsonl"), as: UTF8.self)
            .split(separator: "\n").map {
                try RunJSON.value(StepRecord.self, from: $0.utf8, file: "steps.jsonl")
            }
    }

    private func run(_ name: String) -> String { temporary.path + "/" + name }

    @Test("are every Nth step with its own loss and rate, and cost the run nothing")
    func every() throws {
        var losses: [Double] = []
        var rates: [Double] = []
        let logged = try RunDirectory.create(at: run("a"), tiny.configuration())
        try trainer(logged, every: 4).train(report: { event in
            guard case .step(let progress) = event else { return }
            losses.append(progress.loss)
            rates.append(progress.learningRate)
        })
        let steps = try lines("a")
        #expect(steps.map(\.step) == [4, 8, 12])
        #expect(steps.map(\.loss) == [3, 7, 11].map { losses[$0] })
        #expect(steps.map(\.learningRate) == [3, 7, 11].map { rates[$0] })
        try tiny.finish(at: run("b"))
        #expect(!temporary.contents.contains("b/steps.jsonl"))
        #expect(
            try temporary.bytes("a/model.safetensors") == temporary.bytes("b/model.safetensors"))
    }

    @Test("go on exactly after a stop, and drop what the run takes back", arguments: 1...14)
    func resume(stop: Int) throws {
        let whole = try RunDirectory.create(at: run("whole"), tiny.configuration())
        try trainer(whole, every: 3).train()
        do {
            let first = try RunDirectory.create(at: run("a"), tiny.configuration())
            var steps = 0
            try trainer(first, every: 3).train(
                report: { if case .step = $0 { steps += 1 } }, until: { steps == stop })
        }
        // As after a kill: lines of steps behind the checkpoint, and half a line.
        let file = run("a") + "/steps.jsonl"
        if stop >= 3 {
            let line = #"{"learning_rate":1,"loss":9,"step":15,"time":1}"#
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data((line + "\n" + line.dropLast(9)).utf8))
            try handle.close()
        }
        try trainer(RunDirectory.open(at: run("a")), every: 3).train()
        func figures(_ name: String) throws -> [[Double]] {
            try lines(name).map { [Double($0.step), $0.loss, $0.learningRate] }
        }
        #expect(try figures("a") == figures("whole"))
        #expect(try lines("whole").map(\.step) == [3, 6, 9, 12, 15])
    }
}
