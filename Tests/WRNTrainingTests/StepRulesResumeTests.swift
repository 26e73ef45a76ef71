// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNEngine
import WRNPlan
import WRNReference
import WRNRuns
import WRNTestSupport
import WRNTraining

/// Going on with a run that uses everything at once.
@Suite("Going on with averages, AdamW and shards")
struct PracticeResumeTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func configuration(
        optimizer: Optimizer = .adamW(AdamW(learningRate: 0.01, weightDecay: 0.1)),
        ema: Double? = 0.9, schedule: LearningRateSchedule = .cosine(warmupEpochs: 1),
        flip: Augmentation.Flip = .random, plainEpochs: Int? = nil,
        growth: TrainingConfiguration.ImageGrowth? = nil,
        lookahead: TrainingConfiguration.Lookahead? = nil
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", dropout: 0.2, source: "bands", train: tiny.train,
            validation: tiny.test, epochs: 3, batch: 16, seed: 7, optimizer: optimizer,
            schedule: schedule,
            augmentation: Augmentation(
                horizontalFlip: flip, cropPadding: 1, mixup: 0.4, cutmix: 1),
            stepRules: TrainingConfiguration.StepRules(
                labelSmoothing: 0.1, ema: ema, clipNorm: 1, plainEpochs: plainEpochs,
                growth: growth,
                lookahead: lookahead, shards: 4,
                decaysNormAndBias: false, resetsMomentumAtDrops: true))
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// The newest checkpoint of a run, whatever it is called.
    private func checkpoint(_ name: String) throws -> Data {
        let files = temporary.stableContents.filter {
            $0.hasPrefix("\(name)/checkpoints/") && $0.hasSuffix(".safetensors")
        }
        return try temporary.bytes(#require(files.last))
    }

    /// Trains in `name` until `limit` steps are done.
    private func stop(
        _ name: String, _ configuration: TrainingConfiguration, afterStep limit: Int,
        on device: TestedDevice
    ) throws {
        let tiny = try TinyRun(on: device)
        let run = try RunDirectory.create(at: path(name), configuration)
        let trainer = try tiny.trainer(run)
        try trainer.train(until: { trainer.position.step >= limit })
    }

    private func expectSameEnd(
        _ configuration: TrainingConfiguration, afterStep step: Int,
        on device: TestedDevice = .cpu
    ) throws {
        let tiny = try TinyRun(on: device)
        let configuration = configuration.computing(on: device)
        let whole = try RunDirectory.create(at: path("whole"), configuration)
        try tiny.trainer(whole).train()
        try stop("parts", configuration, afterStep: step, on: device)
        let rest = try RunDirectory.open(at: path("parts"))
        try tiny.trainer(rest, threads: 2).train()
        #expect(try bytes(whole.modelFile) == bytes(rest.modelFile))
        #expect(try checkpoint("whole") == checkpoint("parts"))
        #expect(try whole.records().map(\.validationLoss) == rest.records().map(\.validationLoss))
        #expect(try whole.records().map(\.learningRate) == rest.records().map(\.learningRate))
    }

    @Test("ends with the bytes of a run that was not stopped", arguments: [0, 1, 5, 8, 10, 14])
    func resumesAnywhere(step: Int) throws {
        try expectSameEnd(configuration(), afterStep: step)
    }

    @Test("does so in bfloat16", arguments: [1, 8, 14])
    func resumesBFloat16(step: Int) throws {
        try expectSameEnd(configuration(), afterStep: step, on: .bfloat16)
    }

    @Test("does so on the reference, bit for bit", arguments: [1, 8])
    func resumesReference(step: Int) throws {
        try expectSameEnd(configuration(), afterStep: step, on: .reference)
    }

    @Test(
        "does so with Muon, flips that alternate and plain epochs",
        arguments: [1, 5, 8, 11, 14], [TestedDevice.cpu, .bfloat16])
    func resumesFastTraining(step: Int, device: TestedDevice) throws {
        let configuration = try configuration(
            optimizer: .muon(Muon(learningRate: 0.05, restLearningRate: 0.02)),
            flip: .alternate, plainEpochs: 1)
        try expectSameEnd(configuration, afterStep: step, on: device)
    }

    @Test(
        "does so with images that grow from epoch to epoch, and with slow weights",
        arguments: [1, 5, 8, 14], TestedDevice.allCases)
    func resumesGrowth(step: Int, device: TestedDevice) throws {
        let configuration = try configuration(
            optimizer: .sgd(SGD(learningRate: 0.02)), ema: nil,
            growth: TrainingConfiguration.ImageGrowth(sizes: [4, 6]),
            lookahead: TrainingConfiguration.Lookahead(decay: 0.8, steps: 2))
        try expectSameEnd(configuration, afterStep: step, on: device)
    }

    @Test("finds the place on a plateau again, and the momentum after a drop", arguments: [6, 11])
    func resumesSchedules(step: Int) throws {
        // No loss is better by so much: the rate falls after each epoch.
        let plateau = LearningRateSchedule.plateau(
            LearningRateSchedule.Plateau(ratio: 0.5, patience: 0, threshold: 0.9))
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
            .oneCycle(
                LearningRateSchedule.OneCycle(
                    peak: 0.2, startDivisor: 5, endDivisor: 7, course: .linear)),
            .plateau(LearningRateSchedule.Plateau(ratio: 0.3, patience: 2, threshold: 0.01)),
        ]
        for (index, schedule) in schedules.enumerated() {
            let configuration = try configuration(schedule: schedule)
            _ = try RunDirectory.create(at: path("\(index)"), configuration)
            #expect(try RunDirectory.open(at: path("\(index)")).configuration == configuration)
        }
    }
}
