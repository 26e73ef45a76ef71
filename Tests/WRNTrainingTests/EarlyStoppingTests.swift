// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("Early stopping")
struct EarlyStoppingTests {
    typealias Rule = TrainingConfiguration.EarlyStopping

    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func records(
        loss: [Double] = [], accuracy: [Double] = [], balanced: [Double] = []
    ) -> [EpochRecord] {
        let count = max(loss.count, accuracy.count, balanced.count)
        return (0..<count).map { index in
            func value(_ list: [Double]) -> Double { list.isEmpty ? 0.5 : list[index] }
            return EpochRecord(
                epoch: index + 1, step: index + 1, learningRate: 1, trainLoss: 1, trainAccuracy: 0,
                validationLoss: value(loss), validationAccuracy: value(accuracy),
                imagesPerSecond: 1, seconds: 1, waitSeconds: nil, loaderImagesPerSecond: nil,
                brokenFiles: nil, validationBalancedAccuracy: value(balanced))
        }
    }

    /// The epoch after which a run with these records ends; nil where it goes on.
    private func end(_ rule: Rule, _ records: [EpochRecord]) -> Int? {
        (0...records.count).first { rule.isOver(after: records.prefix($0)) }
    }

    @Test("Ends after as many epochs without improvement as Keras and Lightning permit")
    func counts() {
        let losses = records(loss: [1, 0.8, 0.9, 0.85, 0.7, 0.7, 0.71, 0.72])
        #expect(end(Rule(.loss, patience: 1), losses) == 3)
        #expect(end(Rule(.loss, patience: 2), losses) == 4)
        // The fifth epoch improves; an equal loss does not.
        #expect(end(Rule(.loss, patience: 3), losses) == 8)
        #expect(end(Rule(.loss, patience: 4), losses) == nil)
        let accuracies = records(accuracy: [0.5, 0.6, 0.6, 0.61, 0.59])
        #expect(end(Rule(.accuracy, patience: 1), accuracies) == 3)
        #expect(end(Rule(.accuracy, patience: 2), accuracies) == nil)
        let recalls = records(accuracy: [0.5, 0.6, 0.7], balanced: [0.5, 0.4, 0.3])
        #expect(end(Rule(.balancedAccuracy, patience: 2), recalls) == 3)
        #expect(end(Rule(.accuracy, patience: 1), recalls) == nil)
    }

    @Test("A change counts from the last improvement, so that small ones add up")
    func leastChange() {
        let slow = records(accuracy: [0.5, 0.504, 0.508, 0.512, 0.516])
        // 0.512 is the first more than 0.01 above 0.5.
        #expect(end(Rule(.accuracy, patience: 2, minimumChange: 0.01), slow) == 3)
        #expect(end(Rule(.accuracy, patience: 3, minimumChange: 0.01), slow) == nil)
        #expect(end(Rule(.accuracy, patience: 1, minimumChange: 0), slow) == nil)
    }

    @Test("The best epoch is that of the rule's metric, the first of equal ones")
    func best() {
        let all = records(
            loss: [0.3, 0.2, 0.2], accuracy: [0.9, 0.8, 0.9], balanced: [0.1, 0.1, 0.2])
        #expect(EpochRecord.best(of: all, by: .loss)?.epoch == 2)
        #expect(EpochRecord.best(of: all, by: .accuracy)?.epoch == 1)
        #expect(EpochRecord.best(of: all, by: .balancedAccuracy)?.epoch == 3)
    }

    /// The rule of a run of at most 9 epochs whose loss can never change enough: it ends after
    /// epoch 4.
    private var endingRule: Rule { Rule(.loss, patience: 3, minimumChange: 1e9) }

    /// A rate so high that the loss jumps, and the last epoch is not the best.
    private func configuration(_ rule: Rule) throws -> TrainingConfiguration {
        try tiny.configuration(epochs: 9, learningRate: 3, earlyStopping: rule)
    }

    @Test("The run ends with the model of its best epoch, and with the same one when resumed")
    func endsWithBest() throws {
        let run = try RunDirectory.create(at: path("whole"), configuration(endingRule))
        let trainer = try tiny.trainer(run)
        let outcome = try trainer.train { event in
            guard case .epoch(let record) = event else { return }
            #expect(throws: Never.self) { try temporary.copy("whole", to: "after\(record.epoch)") }
        }
        let records = try run.records()
        let best = try #require(EpochRecord.best(of: records, by: .loss))
        #expect(records.count == 4)
        #expect(outcome == .finishedEarly(epoch: 4, best: best.epoch))
        try #require(best.epoch < 4, "\(records.map(\.validationLoss))")
        let files = ["model.safetensors", "best.safetensors", "metrics.jsonl", "config.json"]
        let whole = try files.prefix(2).map { try temporary.bytes("whole/\($0)") }
        #expect(try whole[0] == temporary.bytes("after\(best.epoch)/model.safetensors"))
        #expect(whole[1] == whole[0])
        let record = try RunRecord(readingFrom: path("whole"))
        #expect(record.state == .finished && record.isStoppedEarly)
        #expect(record.final?.epoch == best.epoch && record.earlyStopping == endingRule)
        // A run that was stopped after any epoch ends the same.
        for epoch in 1...3 {
            try tiny.resume(at: path("after\(epoch)"))
            for (name, bytes) in zip(files, whole) {
                #expect(try temporary.bytes("after\(epoch)/\(name)") == bytes, "\(epoch) \(name)")
            }
        }
    }

    /// Trains in a new directory, and leaves it.
    private func train(at path: String) throws {
        try tiny.trainer(RunDirectory.create(at: path, configuration(endingRule))).train()
    }

    @Test("Opening an ended run takes no step and makes good its model")
    func settles() throws {
        try train(at: path("run"))
        let model = try temporary.bytes("run/model.safetensors")
        try temporary.copy("run", to: "killed")
        let last = path("killed/checkpoints/step-000000020.safetensors")
        #expect(FileManager.default.fileExists(atPath: last))
        try temporary.remove("killed/model.safetensors")
        for name in ["run", "killed"] {
            let again = try tiny.trainer(RunDirectory.open(at: path(name)))
            guard case .finishedEarly(epoch: 4, _) = try again.train() else {
                Issue.record("\(name) goes on")
                continue
            }
            #expect(again.run.repairs.isEmpty)
            #expect(try temporary.bytes("\(name)/model.safetensors") == model)
        }
        // Either file makes good the other.
        try temporary.remove("run/best.safetensors")
        let mended = try tiny.trainer(RunDirectory.open(at: path("run")))
        #expect(mended.run.repairs.count == 1)
        #expect(try temporary.bytes("run/best.safetensors") == model)
        #expect(try temporary.bytes("run/model.safetensors") == model)
        // Without the weights of the best epoch the model is the last one, which is said.
        try temporary.remove("killed/best.safetensors")
        try temporary.remove("killed/model.safetensors")
        let lost = try tiny.trainer(RunDirectory.open(at: path("killed")))
        #expect(lost.run.repairs.contains { $0.contains("is lost") })
        #expect(try temporary.bytes("killed/model.safetensors") != model)
    }

    @Test("A run that reaches its last epoch has the best model, too")
    func reachesTheEnd() throws {
        let rule = Rule(.loss, patience: 100)
        let run = try RunDirectory.create(
            at: path("run"), tiny.configuration(epochs: 3, learningRate: 3, earlyStopping: rule))
        #expect(try tiny.trainer(run).train() == .finished)
        let record = try RunRecord(readingFrom: path("run"))
        #expect(record.state == .finished && !record.isStoppedEarly)
        let digest = RunDirectory.weightsSHA256(of: path("run/model.safetensors"))
        #expect(digest == EpochRecord.best(of: record.records, by: .loss)?.weightsSHA256)
    }

    @Test("Numbers out of range are refused, and earlier configurations have no rule")
    func ranges() throws {
        for rule in [
            Rule(.loss, patience: 0), Rule(.loss, minimumChange: -1),
            Rule(.loss, minimumChange: .nan),
        ] {
            let error = #expect(throws: TrainingError.self) {
                try configuration(rule).validate()
            }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains("early stopping") == true)
        }
        let json = try RunJSON.text(tiny.configuration())
        #expect(!json.contains("early_stopping"))
    }
}
