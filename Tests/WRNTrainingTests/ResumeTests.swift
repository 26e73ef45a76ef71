// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNModel
import WRNRuns
import WRNTestSupport
import WRNTraining

@Suite("Going on with a run")
struct ResumeTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    /// Trains in `name` until `limit` steps are done.
    private func stop(
        _ name: String, afterStep limit: Int, on device: TestedDevice = .cpu
    ) throws -> Trainer.Outcome {
        let tiny = try TinyRun(on: device)
        let run = try RunDirectory.create(at: path(name), tiny.configuration())
        let trainer = try tiny.trainer(run)
        return try trainer.train(until: { trainer.position.step >= limit })
    }

    private func withoutTimes(_ name: String) throws -> [[Double?]] {
        try RunDirectory.open(at: path(name)).records().map {
            [
                Double($0.epoch), $0.trainLoss, $0.trainAccuracy, $0.validationLoss,
                $0.validationAccuracy,
            ]
        }
    }

    @Test(
        "Ends with the bytes and the record of a run that was not stopped",
        arguments: [0, 1, 4, 5, 7, 10, 14, 15])
    func resumesAnywhere(step: Int) throws {
        try expectSameEnd(afterStep: step, on: .cpu)
    }

    @Test("Does so in bfloat16", arguments: [0, 1, 5, 8, 12])
    func resumesBFloat16(step: Int) throws {
        try expectSameEnd(afterStep: step, on: .bfloat16)
    }

    @Test("Does so on the reference, bit for bit", arguments: [1, 5, 12])
    func resumesReference(step: Int) throws {
        try expectSameEnd(afterStep: step, on: .reference)
    }

    private func expectSameEnd(afterStep step: Int, on device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("whole"))
        let outcome = try stop("parts", afterStep: step, on: device)
        #expect(outcome == .stopped(step: step))
        try tiny.resume(at: path("parts"), threads: 2)
        for name in ["model.safetensors", TinyRun.lastCheckpoint] {
            #expect(
                try temporary.bytes("whole/" + name) == temporary.bytes("parts/" + name), "\(name)")
        }
        #expect(try withoutTimes("whole") == withoutTimes("parts"))
    }

    @Test(
        "Saves between epochs when asked to, and a kill loses only the steps behind that",
        arguments: TestedDevice.allCases)
    func checkpointInterval(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("whole"))
        let run = try RunDirectory.create(at: path("all"), tiny.configuration())
        var saved: [Int] = []
        try tiny.trainer(run, checkpoints: CheckpointPolicy(interval: .steps(4))).train { event in
            guard case .saved(let step) = event else { return }
            saved.append(step)
            // What a kill at this moment would leave.
            if step == 8 { #expect(throws: Never.self) { try temporary.copy("all", to: "killed") } }
        }
        #expect(saved == [4, 8, 12])
        try tiny.resume(at: path("killed"))
        #expect(
            try temporary.bytes("whole/model.safetensors")
                == temporary.bytes("killed/model.safetensors"))
        #expect(try withoutTimes("whole") == withoutTimes("killed"))
    }

    @Test(
        "Drops the record of an epoch whose checkpoint was never written",
        arguments: TestedDevice.allCases)
    func dropsLines(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("whole"))
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        try tiny.trainer(run).train { event in
            guard case .epoch(let record) = event, record.epoch == 1 else { return }
            #expect(throws: Never.self) { try temporary.copy("a", to: "killed") }
        }
        // Killed after the second epoch's line, before its checkpoint.
        try temporary.copy("a/metrics.jsonl", to: "killed/metrics.jsonl")
        try tiny.resume(at: path("killed"))
        #expect(try withoutTimes("whole") == withoutTimes("killed"))
    }

    @Test(
        "Begins at the beginning when a run was killed before its first checkpoint",
        arguments: TestedDevice.allCases)
    func restarts(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("whole"))
        _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        try tiny.resume(at: path("a"))
        #expect(
            try temporary.bytes("whole/model.safetensors")
                == temporary.bytes("a/model.safetensors"))
    }

    @Test(
        "Can lengthen a finished run, but not end it before what is done",
        arguments: TestedDevice.allCases)
    func lengthens(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        try tiny.finish(at: path("a"))
        let run = try RunDirectory.open(at: path("a"))
        let error = #expect(throws: TrainingError.self) { try run.setEpochs(2) }
        #expect(error?.message.contains("is in epoch 3 already and cannot end after 2") == true)
        try run.setEpochs(4)
        try tiny.trainer(run).train()
        #expect(try run.records().map(\.epoch) == [1, 2, 3, 4])
    }

    @Test("Begins where a process was killed while it wrote its configuration")
    func beginsInLeftovers() throws {
        try FileManager.default.createDirectory(
            atPath: path("a/checkpoints"), withIntermediateDirectories: true)
        try temporary.write("{", to: "a/.wrn-1.tmp")
        _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        #expect(temporary.stableContents == ["a", "a/checkpoints", "a/config.json"])
    }

    @Test("Removes what a killed process left half written")
    func removesLeftovers() throws {
        _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        try temporary.write("half", to: "a/checkpoints/.wrn-1.tmp")
        _ = try RunDirectory.open(at: path("a"))
        #expect(temporary.stableContents == ["a", "a/checkpoints", "a/config.json"])
    }

    @Test("Refuses the checkpoint of another network, and lists how it differs")
    func refusesOtherNetwork() throws {
        _ = try stop("a", afterStep: 1)
        let other = try RunDirectory.create(
            at: path("b"), tiny.configuration(network: "wrn-16-0.5"))
        let trainer = try tiny.trainer(other)
        try trainer.train(until: { trainer.position.step >= 1 })
        try temporary.copy("b/checkpoints", to: "a/checkpoints")
        let run = try RunDirectory.open(at: path("a"))
        let error = try #require(throws: BindingError.self) { _ = try tiny.trainer(run) }
        #expect(error.extra.contains("group0.block1.conv0.weight"))
        #expect(error.differentlyShaped.contains { $0.name == "fc.weight" })
        #expect(!error.extra.contains { $0.hasPrefix("velocity.") })
    }

    @Test("Refuses the checkpoint of another seed")
    func refusesOtherSeed() throws {
        _ = try stop("a", afterStep: 1)
        let text = String(decoding: try temporary.bytes("a/config.json"), as: UTF8.self)
        try temporary.write(
            text.replacingOccurrences(of: "\"seed\" : 7", with: "\"seed\" : 8"),
            to: "a/config.json")
        let run = try RunDirectory.open(at: path("a"))
        let error = #expect(throws: TrainingError.self) { _ = try tiny.trainer(run) }
        #expect(error?.code == .checkpointMismatch)
        #expect(
            error?.message.contains("with seed 8, found epoch 0, batch 1, step 1 with seed 7")
                == true)
    }

    @Test("Refuses other images than the run began with")
    func refusesOtherImages() throws {
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        let error = #expect(throws: TrainingError.self) {
            _ = try Trainer(run, train: tiny.train.prefix(69), validation: tiny.test)
        }
        #expect(
            error?.message
                == "bands: expected 70 of 1x9x9 in 3 classes as training images, found 69 of 1x9x9 in "
                + "3 classes; give the data that the run began with, or begin a new run")
    }

    @Test("Writes the last model when a process was killed between the last checkpoint and that")
    func writesLastModel() throws {
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        try tiny.trainer(run).train { event in
            guard case .epoch(let record) = event, record.epoch == 2 else { return }
            #expect(throws: Never.self) { try temporary.copy("a/model.safetensors", to: "second") }
        }
        let last = try temporary.bytes("a/model.safetensors")
        for state in ["second", "none"] {
            try temporary.copy("a", to: "b")
            try temporary.remove("b/model.safetensors")
            if state == "second" { try temporary.copy("second", to: "b/model.safetensors") }
            #expect(try tiny.trainer(RunDirectory.open(at: path("b"))).train() == .finished)
            #expect(try temporary.bytes("b/model.safetensors") == last, "\(state)")
        }
    }

    @Test("Begins again, and says so, when the checkpoints were taken away")
    func missingCheckpoints() throws {
        try tiny.finish(at: path("a"))
        let model = try temporary.bytes("a/model.safetensors")
        try temporary.remove("a/checkpoints")
        let run = try RunDirectory.open(at: path("a"))
        let trainer = try tiny.trainer(run)
        #expect(trainer.position.step == 0)
        #expect(
            run.unusableCheckpoints.map(\.message) == [
                "\(path("a"))/checkpoints: expected the checkpoint of the model in "
                    + "\(path("a"))/model.safetensors, found none; the run begins again at step 0, which leads to "
                    + "the same weights"
            ])
        try trainer.train()
        #expect(try temporary.bytes("a/model.safetensors") == model)
    }
}
