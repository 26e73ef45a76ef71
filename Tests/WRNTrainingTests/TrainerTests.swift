// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNInference
import WRNModel
import WRNPlan
import WRNRuns
import WRNTensor
import WRNTestSupport
import WRNTraining

@Suite("Training")
struct TrainerTests {
    let temporary: TemporaryDirectory

    init() throws {
        temporary = try TemporaryDirectory()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func expectSameFiles(_ first: String, _ second: String) throws {
        for name in ["model.safetensors", "best.safetensors", TinyRun.lastCheckpoint] {
            #expect(
                try temporary.bytes(first + "/" + name) == temporary.bytes(second + "/" + name),
                "\(name)")
        }
    }

    @Test(
        "Gives the same bytes on 1, 2 and 3 threads, and again",
        arguments: [TestedDevice.cpu, .bfloat16])
    func isDeterministic(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("a"))
        try tiny.finish(at: path("b"), threads: 2)
        try tiny.finish(at: path("c"), threads: 3)
        try tiny.finish(at: path("d"))
        for other in ["b", "c", "d"] { try expectSameFiles("a", other) }
    }

    @Test("Computes in the precision of the run, whatever that of the device")
    func precision() throws {
        let tiny = try TinyRun()
        for (name, ofRun, ofDevice) in [
            ("a", Precision.float32, Precision.float32), ("b", .float32, .bfloat16),
            ("c", .bfloat16, .bfloat16), ("d", .bfloat16, .float32),
        ] {
            let run = try RunDirectory.create(
                at: path(name), tiny.configuration(precision: ofRun))
            try Trainer(
                run, train: tiny.train, validation: tiny.test,
                device: .cpu(threads: 1, precision: ofDevice)
            ).train()
        }
        try expectSameFiles("a", "b")
        try expectSameFiles("c", "d")
        #expect(
            try temporary.bytes("a/model.safetensors") != temporary.bytes("c/model.safetensors"))
        let losses = try ["a", "c"].map { try RunDirectory.open(at: path($0)).records() }
        for (one, other) in zip(losses[0], losses[1]) {
            #expect(abs(other.trainLoss / one.trainLoss - 1) < 0.05)
            let loss = try #require(one.validationLoss)
            #expect(try abs(#require(other.validationLoss) / loss - 1) < 0.05)
        }
    }

    @Test("Depends on the seed, and on nothing else", arguments: TestedDevice.allCases)
    func dependsOnSeed(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("again"))
        try tiny.finish(at: path("a"))
        let base = try tiny.configuration()
        let other = TrainingConfiguration(
            model: base.model, data: base.data, epochs: base.epochs, batch: base.batch, seed: 8,
            optimizer: base.optimizer, schedule: base.schedule, augmentation: base.augmentation,
            precision: base.precision)
        try tiny.trainer(RunDirectory.create(at: path("b"), other)).train()
        try expectSameFiles("a", "again")
        #expect(
            try temporary.bytes("a/model.safetensors") != temporary.bytes("b/model.safetensors"))
    }

    @Test(
        "Learns to tell separable images apart, and keeps that in the model's file",
        arguments: TestedDevice.allCases)
    func learns(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        let run = try RunDirectory.create(
            at: path("a"), tiny.configuration(network: "wrn-10-0.5", epochs: 12))
        try tiny.trainer(run, threads: 2).train()
        let records = try run.records()
        #expect(records.map(\.epoch) == Array(1...12))
        #expect(records.map(\.step) == (1...12).map { 5 * $0 })
        let last = try #require(records.last)
        let accuracy = try #require(last.validationAccuracy)
        #expect(accuracy >= 0.95)
        #expect(last.trainLoss < records[0].trainLoss)
        let evaluation = try Classifier(contentsOf: path("a"), device: device.device())
            .evaluate(tiny.test)
        #expect(evaluation.accuracy == accuracy)
        #expect(try abs(evaluation.loss - #require(last.validationLoss)) < 1e-6)
    }

    @Test(
        "Reports each step, evaluation and epoch, and counts in order",
        arguments: TestedDevice.allCases)
    func reports(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        let run = try RunDirectory.create(at: path("a"), tiny.configuration(epochs: 2))
        var steps: [Int] = []
        var epochs: [Int] = []
        var evaluated = 0
        try tiny.trainer(run).train { event in
            switch event {
            case .step(let progress):
                steps.append(progress.step)
                #expect(progress.batchesPerEpoch == 5 && progress.epochs == 2)
                #expect((0...1).contains(progress.accuracy) && progress.meanLoss > 0)
            case .evaluation(_, let done, let count):
                evaluated = done
                #expect(count == 30)
            case .epoch(let record): epochs.append(record.epoch)
            case .leftOut: Issue.record("arrays have no broken files")
            case .saved: Issue.record("nothing is saved in the middle of an epoch")
            }
        }
        #expect(steps == Array(1...10))
        #expect(epochs == [1, 2])
        #expect(evaluated == 30)
    }

    @Test(
        "Ends with a sentence when the loss is no number, and keeps what was saved",
        arguments: TestedDevice.allCases)
    func diverges(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        let run = try RunDirectory.create(
            at: path("a"), tiny.configuration(learningRate: 1e30))
        let trainer = try tiny.trainer(run)
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.code == .diverged)
        #expect(error?.message.contains("lower learning rate, for example 1e+29") == true)
        #expect(
            temporary.stableContents == [
                "a", "a/checkpoints", "a/config.json", "a/processes.jsonl",
            ])
    }

    @Test(
        "Finds nothing to do in a finished run",
        arguments: TestedDevice.allCases)
    func finished(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("a"))
        let before = try temporary.bytes("a/model.safetensors")
        let outcome = try tiny.trainer(RunDirectory.open(at: path("a"))).train { _ in
            Issue.record("a finished run reports nothing")
        }
        #expect(outcome == .finished)
        #expect(try temporary.bytes("a/model.safetensors") == before)
    }

    @Test("Refuses labels that name no class before anything is counted by them")
    func otherLabels() throws {
        let tiny = try TinyRun()
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        for label in [-1, 3] {
            var labels = tiny.train.labels
            labels[5] = label
            let own = OwnImages(tiny.train, labels: labels)
            let error = #expect(throws: TrainingError.self) {
                _ = try Trainer(
                    run, train: own, validation: tiny.test, device: .cpu(threads: 1))
            }
            #expect(error?.code == .dataMismatch)
            #expect(error?.message.hasPrefix("bands: image 5: expected a label") == true)
            #expect(error?.message.contains("found \(label);") == true)
        }
    }

    @Test("Trains on a user's own set as on the array that it shows, and stops with its task")
    func ownSet() async throws {
        let tiny = try TinyRun()
        try tiny.finish(at: path("a"))
        let run = try RunDirectory.create(at: path("b"), tiny.configuration())
        try Trainer(
            run, train: OwnImages(tiny.train), validation: OwnImages(tiny.test),
            device: .cpu(threads: 1)
        ).train()
        try expectSameFiles("a", "b")
        let (place, configuration) = (path("c"), try tiny.configuration())
        let (train, validation) = (tiny.train, tiny.test)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            let run = try RunDirectory.create(at: place, configuration)
            return try Trainer(
                run, train: train, validation: validation, device: .cpu(threads: 1)
            ).train()
        }
        task.cancel()
        #expect(try await task.value == .stopped(step: 0))
    }

    @Test("Has the reference's losses on the processor, and nearly its weights")
    func agreesWithReference() throws {
        var losses: [[Double]] = []
        var weights: [[String: Tensor]] = []
        for device in [TestedDevice.cpu, .reference] {
            let tiny = try TinyRun(on: device)
            let run = try RunDirectory.create(at: path(device.rawValue), tiny.configuration())
            var steps: [Double] = []
            try tiny.trainer(run).train { event in
                if case .step(let progress) = event { steps.append(progress.loss) }
            }
            losses.append(steps)
            weights.append(
                try Model(readingFrom: run.modelFile) { try $0.graph() }.tensors)
        }
        #expect(losses[0].count == 15 && losses[1].count == 15)
        for (step, (found, wanted)) in zip(losses[0], losses[1]).enumerated() {
            #expect(abs(found / wanted - 1) < 1e-3, "step \(step): \(found), not \(wanted)")
        }
        for (name, wanted) in weights[1] {
            let found = try #require(weights[0][name]).elements
            let largest = wanted.elements.map(abs).max() ?? 0
            let error = zip(found, wanted.elements).map { abs($0 - $1) }.max() ?? 0
            #expect(error < 1e-2 * max(largest, 1e-2), "\(name): \(error) of \(largest)")
        }
    }
}
