// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNData
import WRNPlan
import WRNTraining

/// Going on with a run that uses everything at once, and checkpoints whose tensors are not the run's.
@Suite("Going on with averages, AdamW and parts")
struct PracticeResumeTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func configuration(
        optimizer: Optimizer = .adamW(AdamW(learningRate: 0.01, weightDecay: 0.1)),
        averageDecay: Double? = 0.9, schedule: LearningRateSchedule = .cosine(warmupEpochs: 1)
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", dropout: 0.2, source: "bands", train: tiny.train,
            test: tiny.test, epochs: 3, batch: 16, seed: 7, optimizer: optimizer,
            schedule: schedule,
            augmentation: Augmentation(
                horizontalFlip: true, cropPadding: 1, mixup: 0.4, cutmix: 1),
            practice: TrainingConfiguration.Practice(
                labelSmoothing: 0.1, averageDecay: averageDecay, maximumGradientNorm: 1, parts: 3,
                decaysVectors: false, resetsMomentumAtDrops: true))
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// Trains in `name` until `limit` steps are done; the run's checkpoint.
    @discardableResult
    private func stop(
        _ name: String, _ configuration: TrainingConfiguration, afterStep limit: Int
    ) throws -> String {
        let run = try RunDirectory.create(at: path(name), configuration)
        let trainer = try tiny.trainer(run)
        try trainer.train(until: { trainer.position.step >= limit })
        return run.checkpointFile
    }

    private func expectSameEnd(
        _ configuration: TrainingConfiguration, afterStep step: Int
    ) throws {
        let whole = try RunDirectory.create(at: path("whole"), configuration)
        try tiny.trainer(whole).train()
        try stop("parts", configuration, afterStep: step)
        let rest = try RunDirectory.open(at: path("parts"))
        try tiny.trainer(rest, threads: 2).train()
        #expect(try bytes(whole.modelFile) == bytes(rest.modelFile))
        #expect(try bytes(whole.checkpointFile) == bytes(rest.checkpointFile))
        #expect(try whole.records().map(\.testLoss) == rest.records().map(\.testLoss))
        #expect(try whole.records().map(\.learningRate) == rest.records().map(\.learningRate))
    }

    @Test("ends with the bytes of a run that was not stopped", arguments: [0, 1, 5, 8, 10, 14])
    func resumesAnywhere(step: Int) throws {
        try expectSameEnd(configuration(), afterStep: step)
    }

    @Test("finds the place on a plateau again, and the momentum after a drop", arguments: [6, 11])
    func resumesSchedules(step: Int) throws {
        // No loss is better by so much: the rate falls after each epoch.
        let plateau = LearningRateSchedule.plateau(
            Plateau(ratio: 0.5, patience: 0, threshold: 0.9))
        try expectSameEnd(configuration(schedule: plateau), afterStep: step)
        let records = try RunDirectory.open(at: path("whole")).records()
        #expect(records.map(\.learningRate) == [0.01, 0.01, 0.005])
        for name in ["whole", "parts"] { try temporary.remove(name) }
        try expectSameEnd(
            configuration(
                optimizer: .sgd(SGD(learningRate: 0.05)),
                schedule: .steps(milestones: [1, 2], ratio: 0.2)), afterStep: step)
    }

    @Test("is the same with every schedule after its configuration was written and read")
    func configurations() throws {
        let schedules: [LearningRateSchedule] = [
            .constant, .steps(milestones: [1, 2], ratio: 0.3, warmupEpochs: 0.5),
            .cosine(warmupEpochs: 1, floor: 0.1),
            .oneCycle(OneCycle(peak: 0.2, startDivisor: 5, endDivisor: 7, course: .linear)),
            .plateau(Plateau(ratio: 0.3, patience: 2, threshold: 0.01)),
        ]
        for (index, schedule) in schedules.enumerated() {
            let configuration = try configuration(schedule: schedule)
            _ = try RunDirectory.create(at: path("\(index)"), configuration)
            #expect(try RunDirectory.open(at: path("\(index)")).configuration == configuration)
        }
    }

    /// What a trainer says about the checkpoint in `name`.
    private func refusal(_ name: String) throws -> String {
        let run = try RunDirectory.open(at: path(name))
        let error = #expect(throws: TrainingError.self) { _ = try tiny.trainer(run) }
        #expect(error?.code == .checkpointMismatch)
        return error?.message ?? ""
    }

    @Test(
        "refuses a checkpoint in which a tensor has another name",
        arguments: [
            ("velocity.bn.bias", "velocity.bn.bios", "expected a velocity for each of the"),
            ("second_moment.bn.bias", "second_moment.bn.bios", "expected a second moment for each"),
            ("step_count.bn.bias", "step_count.bn.bios", "expected a step count for each"),
            ("average.bn.bias", "average.bn.bios", "expected a average for each"),
        ])
    func refusesOtherNames(name: String, other: String, message: String) throws {
        let file = try stop("a", configuration(), afterStep: 6)
        var data = try bytes(file)
        let range = try #require(data.range(of: Data("\"\(name)\"".utf8)))
        data.replaceSubrange(range, with: Data("\"\(other)\"".utf8))
        try data.write(to: URL(fileURLWithPath: file))
        let found = try refusal("a")
        #expect(found.contains(message), "\(found)")
    }

    @Test(
        "refuses a checkpoint whose steps are counted in no numbers",
        arguments: [-1, 0.5, .nan, 2e6])
    func refusesCounts(value: Float) throws {
        let file = try stop("a", configuration(), afterStep: 6)
        var data = try bytes(file)
        let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try #require(
            try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any])
        let entry = try #require(header["step_count.fc.bias"] as? [String: Any])
        let offsets = try #require(entry["data_offsets"] as? [Int])
        // The second of the two numbers is the count as long as it is small.
        let place = 8 + length + offsets[0] + 4
        withUnsafeBytes(of: value.bitPattern.littleEndian) {
            data.replaceSubrange(place..<place + 4, with: $0)
        }
        try data.write(to: URL(fileURLWithPath: file))
        let found = try refusal("a")
        #expect(found.contains("expected the number of a parameter's steps, found ["), "\(found)")
    }

    @Test("refuses the checkpoint of a run with another optimizer or without an average")
    func refusesOtherPractice() throws {
        let sgd = Optimizer.sgd(SGD(learningRate: 0.01))
        let adamW = try stop("adamw", configuration(averageDecay: nil), afterStep: 6)
        let plain = try stop(
            "sgd", configuration(optimizer: sgd, averageDecay: nil), afterStep: 6)
        let averaged = try stop(
            "averaged", configuration(optimizer: sgd), afterStep: 6)
        func replace(_ file: String, with other: Data) throws -> Data {
            let own = try bytes(file)
            try other.write(to: URL(fileURLWithPath: file))
            return own
        }
        let own = try replace(adamW, with: bytes(plain))
        #expect(try refusal("adamw").contains("expected a second moment for each"))
        let sgdBytes = try replace(plain, with: own)
        #expect(
            try refusal("sgd").contains("expected a second moment for each of the 0 parameters"))
        let averagedBytes = try replace(averaged, with: sgdBytes)
        #expect(try refusal("averaged").contains("expected a average for each"))
        _ = try replace(plain, with: averagedBytes)
        #expect(try refusal("sgd").contains("expected a average for each of the 0 parameters"))
    }
}
