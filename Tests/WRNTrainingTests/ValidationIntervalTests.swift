// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNPlan
import WRNTensorBoard
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("Validation after every few epochs")
struct ValidationIntervalTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    /// Trains a run of five epochs in a new directory.
    @discardableResult
    private func train(_ name: String, every interval: Int?) throws -> RunDirectory {
        let run = try RunDirectory.create(
            at: path(name), tiny.configuration(epochs: 5, validationInterval: interval))
        try tiny.trainer(run).train()
        return run
    }

    @Test("leaves out the other epochs' metrics, and changes nothing else")
    func metrics() throws {
        let usual = try train("usual", every: nil).records()
        let seldom = try train("seldom", every: 2).records()
        #expect(seldom.map(\.isValidated) == [false, true, false, true, true])
        for (one, other) in zip(usual, seldom) {
            #expect(one.trainLoss == other.trainLoss && one.weightsSHA256 == other.weightsSHA256)
            guard other.isValidated else {
                #expect(other.validationLoss == nil && other.validationBalancedAccuracy == nil)
                #expect(other.validationRecall == nil)
                continue
            }
            #expect(one.validationLoss == other.validationLoss)
            #expect(one.validationRecall == other.validationRecall)
        }
        #expect(
            try temporary.bytes("usual/model.safetensors")
                == temporary.bytes("seldom/model.safetensors"))
        let run = try RunRecord(readingFrom: path("seldom"))
        let best = try #require(run.best)
        #expect([2, 4, 5].contains(best.epoch) && run.lastValidated?.epoch == 5)
        #expect(
            RunDirectory.weightsSHA256(of: path("seldom/best.safetensors")) == best.weightsSHA256)
    }

    @Test("is the same in a run that was killed after any epoch, or lost its lines")
    func resumes() throws {
        let run = try RunDirectory.create(
            at: path("whole"), tiny.configuration(epochs: 5, validationInterval: 2))
        try tiny.trainer(run).train { event in
            guard case .epoch(let record) = event, record.epoch < 5 else { return }
            #expect(throws: Never.self) { try temporary.copy("whole", to: "after\(record.epoch)") }
        }
        #expect(!FileManager.default.fileExists(atPath: path("after1/best.safetensors")))
        try temporary.write("", to: "after3/metrics.jsonl")
        let losses = try run.records().map(\.validationLoss)
        for epoch in 1...4 {
            try tiny.resume(at: path("after\(epoch)"))
            for file in ["model.safetensors", "best.safetensors"] {
                #expect(
                    try temporary.bytes("whole/\(file)")
                        == temporary.bytes("after\(epoch)/\(file)"),
                    "\(epoch) \(file)")
            }
            let again = try RunDirectory.open(at: path("after\(epoch)")).records()
            #expect(again.map(\.validationLoss) == losses, "\(epoch)")
        }
    }

    @Test("a record that lacks a validation which the run had is refused as damaged")
    func damage() throws {
        try train("run", every: 2)
        let lines = String(decoding: try temporary.bytes("run/metrics.jsonl"), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        for (line, isDamage) in [(1, true), (2, false), (4, true)] {
            var changed = lines
            var fields = try #require(
                try JSONSerialization.jsonObject(with: Data(lines[line].utf8)) as? [String: Any])
            fields = fields.filter { !$0.key.hasPrefix("validation_") }
            changed[line] = String(
                decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
            try temporary.write(changed.joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
            guard isDamage else {
                #expect(throws: Never.self) { try RunRecord(readingFrom: path("run")) }
                continue
            }
            let error = #expect(throws: TrainingError.self) {
                try RunRecord(readingFrom: path("run"))
            }
            #expect(error?.code == .damagedRun)
            #expect(
                error?.message.contains(
                    "expected validation_loss and validation_accuracy of epoch \(line + 1), found none"
                )
                    == true)
        }
    }

    @Test("a run cannot end with an epoch that is complete and was not validated")
    func shortened() throws {
        // The directory is locked while its run is alive.
        func pause() throws {
            let run = try RunDirectory.create(
                at: path("run"), tiny.configuration(epochs: 5, validationInterval: 2))
            #expect(try tiny.trainer(run).train(pausingAfterEpoch: 3) == .stopped(step: 15))
        }
        try pause()
        let open = try RunDirectory.open(at: path("run"))
        let error = #expect(throws: TrainingError.self) { try open.setEpochs(3) }
        #expect(error?.message.contains("choose 4 epochs or more") == true)
        try open.setEpochs(4)
        try tiny.trainer(open).train()
        #expect(try open.records().map(\.isValidated) == [false, true, false, true])
    }

    @Test("has no points in TensorBoard for epochs without it")
    func events() throws {
        let records = try train("run", every: 2).records()
        let points = RunEvents.points(records, end: 0)
        #expect(
            points.map { $0.values["accuracy/validation"] } == records.map(\.validationAccuracy))
        #expect(points.allSatisfy { $0.values["loss/train"] != nil })
        #expect(
            points.map { $0.values["loss/validation"] != nil } == [false, true, false, true, true])
    }

    @Test("is refused where the run depends on the metrics of every epoch")
    func refusals() throws {
        func problem(_ configuration: TrainingConfiguration) -> String {
            let error = #expect(throws: TrainingError.self) { try configuration.validate() }
            return error?.message ?? ""
        }
        #expect(
            problem(
                try tiny.configuration(
                    earlyStopping: .init(.loss, patience: 2), validationInterval: 2)
            ).contains("early stopping follows (early_stopping)"))
        let plain = try tiny.configuration()
        let plateau = TrainingConfiguration(
            model: plain.model, data: plain.data, epochs: 3,
            schedule: .plateau(LearningRateSchedule.Plateau()), validationInterval: 2)
        #expect(problem(plateau).contains("the plateau's rate follows (schedule)"))
        for interval in [-1, 0, 1, 1_000_001] {
            #expect(
                problem(try tiny.configuration(validationInterval: interval))
                    .contains("must be in 2...1000000, not \(interval)"))
        }
        #expect(throws: Never.self) { try tiny.configuration(validationInterval: 9).validate() }
    }
}
