// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
import WRNRuns
import WRNTestSupport
import WRNTraining

/// What a run does around its optimizer: each rule seen from outside, in a trainer's results.
@Suite("StepRules")
struct PracticeTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func configuration(
        _ stepRules: TrainingConfiguration.StepRules, epochs: Int = 2, batch: Int = 16,
        optimizer: Optimizer = .sgd(SGD(learningRate: 0.05)),
        schedule: LearningRateSchedule = .constant, augmentation: Augmentation = .none
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", source: "bands", train: tiny.train, validation: tiny.test,
            epochs: epochs, batch: batch, seed: 7, optimizer: optimizer, schedule: schedule,
            augmentation: augmentation, stepRules: stepRules)
    }

    /// Trains in a new directory; the model that the run leaves, and its record.
    private func train(
        _ name: String, _ configuration: TrainingConfiguration, on device: TestedDevice
    ) throws -> (model: Model, records: [EpochRecord]) {
        let tiny = try TinyRun(on: device)
        let run = try RunDirectory.create(
            at: temporary.path + "/" + name, configuration.computing(on: device))
        try tiny.trainer(run).train()
        return (
            try Model(readingFrom: run.modelFile) { try $0.graph() },
            try run.records()
        )
    }

    @Test(
        "leaves the last partial batch of each epoch out when asked to",
        arguments: TestedDevice.allCases)
    func skipsLastPartialBatch(device: TestedDevice) throws {
        // 70 images are 4 batches of 16, and 6 images.
        let (_, all) = try train("all", configuration(.init()), on: device)
        let (_, whole) = try train(
            "whole", configuration(.init(skipsLastPartialBatch: true)), on: device)
        #expect(all.map(\.step) == [5, 10])
        #expect(whole.map(\.step) == [4, 8])
        // Until the batch that is left out the two runs are the same.
        let sums = [all[0].trainAccuracy * 70, whole[0].trainAccuracy * 64]
        #expect(sums[0] - sums[1] > -1e-9 && sums[0] - sums[1] < 6 + 1e-9)
        let error = #expect(throws: TrainingError.self) {
            try configuration(.init(skipsLastPartialBatch: true), batch: 71).validate()
        }
        #expect(
            error?.message.contains("70 training images are less than one batch of 71") == true)
    }

    @Test(
        "begins the optimizer anew at the drops, and only there",
        arguments: TestedDevice.allCases)
    func resetsMomentum(device: TestedDevice) throws {
        let drops = LearningRateSchedule.steps(milestones: [1], ratio: 0.2)
        let reset = TrainingConfiguration.StepRules(resetsMomentumAtDrops: true)
        let kept = try train("kept", configuration(.init(), schedule: drops), on: device)
        let anew = try train("anew", configuration(reset, schedule: drops), on: device)
        #expect(kept.records[0].trainLoss == anew.records[0].trainLoss)
        #expect(kept.model.tensors != anew.model.tensors)
        let constant = try train("constant", configuration(.init()), on: device)
        let same = try train("same", configuration(reset), on: device)
        #expect(constant.model.tensors == same.model.tensors)
        // Without momentum there is nothing to forget.
        let plain = Optimizer.sgd(SGD(learningRate: 0.05, momentum: 0, nesterov: false))
        let first = try train(
            "first", configuration(.init(), optimizer: plain, schedule: drops), on: device)
        let second = try train(
            "second", configuration(reset, optimizer: plain, schedule: drops), on: device)
        #expect(first.model.tensors == second.model.tensors)
    }

    @Test(
        "without decay of normalisations and biases these move as without any decay",
        arguments: [false, true], TestedDevice.allCases)
    func sparesVectors(adamW: Bool, device: TestedDevice) throws {
        // One step, so that the decay of matrices has not changed a gradient yet.
        func optimizer(_ decay: Double) -> Optimizer {
            adamW
                ? .adamW(AdamW(learningRate: 0.01, weightDecay: decay))
                : .sgd(SGD(learningRate: 0.05, weightDecay: decay))
        }
        func model(_ name: String, _ decay: Double, decaysNormAndBias: Bool) throws -> Model {
            try train(
                name,
                configuration(
                    .init(decaysNormAndBias: decaysNormAndBias, skipsLastPartialBatch: true),
                    epochs: 1,
                    batch: 64, optimizer: optimizer(decay)), on: device
            ).model
        }
        let none = try model("none", 0, decaysNormAndBias: true)
        let spared = try model("spared", 0.5, decaysNormAndBias: false)
        let all = try model("all", 0.5, decaysNormAndBias: true)
        for parameter in try spared.description.graph().parameters
        where parameter.isTrainable {
            let name = parameter.name
            if parameter.role == .weight {
                #expect(spared.tensors[name] == all.tensors[name], "\(name)")
                #expect(spared.tensors[name] != none.tensors[name], "\(name)")
            } else {
                #expect(spared.tensors[name] == none.tensors[name], "\(name)")
                // Only the scales are not 0 at the beginning.
                #expect(
                    (spared.tensors[name] == all.tensors[name]) == (parameter.role != .scale),
                    "\(name)")
            }
        }
    }

    @Test(
        "sees the images of the last epochs without augmentation, as many as are plain",
        arguments: TestedDevice.allCases)
    func plainEpochs(device: TestedDevice) throws {
        let augmentation = Augmentation(horizontalFlip: true, cropPadding: 2, mixup: 0.4)
        func run(_ name: String, _ plain: Int?, _ augmentation: Augmentation) throws -> [Double] {
            try train(
                name,
                configuration(.init(plainEpochs: plain), epochs: 3, augmentation: augmentation),
                on: device
            ).records.map(\.trainLoss)
        }
        let augmented = try run("augmented", nil, augmentation)
        let last = try run("last", 1, augmentation)
        let most = try run("most", 2, augmentation)
        #expect(last[..<2] == augmented[..<2] && last[2] != augmented[2])
        #expect(most[0] == augmented[0] && most[1] != augmented[1] && most[2] != last[2])
        for (plain, message) in [
            (0, "the epochs without augmentation must be in 1...1000000, not 0"),
            (-1, "the epochs without augmentation must be in 1...1000000, not -1"),
            (
                3,
                "the last 3 epochs without augmentation (plain_epochs) leave none with it in a run "
                    + "of 3: choose fewer of them, or none"
            ),
        ] {
            let error = #expect(throws: TrainingError.self) {
                try configuration(.init(plainEpochs: plain), epochs: 3).validate()
            }
            #expect(error?.message == message)
        }
    }

    @Test(
        "evaluates and keeps the averaged weights, which follow the others",
        arguments: TestedDevice.allCases)
    func averages(device: TestedDevice) throws {
        let averaged = try configuration(.init(ema: 0.999), epochs: 3)
        let mean = try train("mean", averaged, on: device)
        let last = try train("last", configuration(.init(), epochs: 3), on: device)
        #expect(mean.records.map(\.trainLoss) == last.records.map(\.trainLoss))
        #expect(mean.records.map(\.validationLoss) != last.records.map(\.validationLoss))
        #expect(mean.model.tensors != last.model.tensors)
        let evaluation = try Classifier(
            contentsOf: temporary.path + "/mean", device: device.device()
        ).evaluate(tiny.test)
        let loss = try #require(mean.records[2].validationLoss)
        #expect(abs(evaluation.loss - loss) < 1e-6)
        // An average that keeps nothing is the weights, whatever it was before.
        let none = try train("none", configuration(.init(ema: 0), epochs: 3), on: device)
        #expect(
            zip(none.records, last.records).allSatisfy {
                abs(($0.validationLoss ?? .nan) - ($1.validationLoss ?? .nan)) < 1e-5
            })
    }

    @Test(
        "shortens gradients beyond the maximum and leaves others alone",
        arguments: TestedDevice.allCases)
    func clips(device: TestedDevice) throws {
        let free = try train("free", configuration(.init()), on: device)
        let loose = try train("loose", configuration(.init(clipNorm: 1e6)), on: device)
        let tight = try train("tight", configuration(.init(clipNorm: 0.01)), on: device)
        #expect(free.model.tensors == loose.model.tensors)
        #expect(free.model.tensors != tight.model.tensors)
    }

    @Test(
        "counts the images of all shards, also of a last batch with fewer",
        arguments: [2, 4, 16],
        TestedDevice.allCases)
    func shards(_ shards: Int, device: TestedDevice) throws {
        let (_, records) = try train(
            "shards", configuration(.init(shards: shards), epochs: 1), on: device)
        #expect(records[0].step == 5)
        let right = records[0].trainAccuracy * 70
        #expect(abs(right - right.rounded()) < 1e-9)
        #expect(records[0].trainLoss.isFinite && records[0].trainLoss < 5)
    }

    @Test(
        "smoothed labels cost more and are learnt nevertheless",
        arguments: TestedDevice.allCases)
    func smooths(device: TestedDevice) throws {
        let hard = try train("hard", configuration(.init(), epochs: 1), on: device)
        let soft = try train(
            "soft", configuration(.init(labelSmoothing: 0.5), epochs: 1), on: device)
        #expect(soft.records[0].trainLoss != hard.records[0].trainLoss)
        // No network is below the entropy of a third spread of half the probability.
        let entropy = -(2.0 / 3 * log(2.0 / 3) + 2 * (1.0 / 6) * log(1.0 / 6))
        #expect(soft.records[0].trainLoss > entropy)
    }

    @Test(
        "gives up a run whose loss has exploded, and says at which learning rate",
        arguments: TestedDevice.allCases)
    func explodes(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        let optimizer = Optimizer.sgd(
            SGD(learningRate: 3000, momentum: 0, nesterov: false, weightDecay: 0))
        let run = try RunDirectory.create(
            at: temporary.path + "/a",
            configuration(.init(), epochs: 5, optimizer: optimizer).computing(on: device))
        let trainer = try tiny.trainer(run)
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.code == .diverged)
        let message = error?.message ?? ""
        #expect(message.contains("the training loss exploded to"), "\(message)")
        #expect(message.contains("with the learning rate 3000 ("), "\(message)")
        #expect(message.contains("for example 300"), "\(message)")
    }

    @Test(
        "refuses numbers out of range, and says which",
        arguments: [
            (
                TrainingConfiguration.StepRules(labelSmoothing: 1),
                "the label smoothing must be at least 0 and below 1, not 1.0"
            ),
            (
                TrainingConfiguration.StepRules(ema: 1),
                "the decay of averaged weights must be at least 0 and below 1, not 1.0"
            ),
            (
                TrainingConfiguration.StepRules(clipNorm: 0),
                "the largest norm of gradients must be above 0, not 0.0"
            ),
            (
                TrainingConfiguration.StepRules(shards: 3),
                "the number of shards must be 1, 2, 4, 8 and so on to 64, not 3"
            ),
            (
                TrainingConfiguration.StepRules(shards: 128),
                "the number of shards must be 1, 2, 4, 8 and so on to 64, not 128"
            ),
            (
                TrainingConfiguration.StepRules(shards: 32),
                "a batch of 16 images has no image for each of 32 shards: choose fewer shards, or "
                    + "a larger batch"
            ),
        ])
    func refusals(stepRules: TrainingConfiguration.StepRules, message: String) throws {
        let error = #expect(throws: TrainingError.self) {
            try configuration(stepRules).validate()
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }
}
