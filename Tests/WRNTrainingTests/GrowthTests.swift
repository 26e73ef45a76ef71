// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNGraph
import WRNPlan
import WRNRuns
import WRNTestSupport

@testable import WRNTraining

/// Runs whose images grow, and runs whose weights return to slow ones.
@Suite("Growing images and slow weights")
struct GrowthTests {
    private let temporary: TemporaryDirectory
    private let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func configuration(
        _ stepRules: TrainingConfiguration.StepRules, epochs: Int = 3
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", source: "bands", train: tiny.train, validation: tiny.test,
            epochs: epochs, batch: 16, seed: 7, optimizer: .sgd(SGD(learningRate: 0.05)),
            schedule: .constant, augmentation: Augmentation.none, stepRules: stepRules)
    }

    private func growing(
        _ sizes: [Int], _ shares: [Double]? = nil, epochs: Int = 3
    ) throws -> TrainingConfiguration {
        try configuration(
            .init(growth: TrainingConfiguration.ImageGrowth(sizes: sizes, shares: shares)),
            epochs: epochs)
    }

    /// The shorter sides of the images of a run's epochs.
    private func sides(_ configuration: TrainingConfiguration) -> [Int] {
        (0..<configuration.epochs).map { configuration.imageSize(epoch: $0).height }
    }

    @Test("divide the run evenly, or by shares, and end at the whole size")
    func sizes() throws {
        let whole = tiny.train.height
        #expect(try sides(growing([4, 6])) == [4, 6, whole])
        #expect(try sides(growing([4, 6], epochs: 7)) == [4, 4, 6, 6, 6, whole, whole])
        #expect(try sides(growing([4], [0.75], epochs: 4)) == [4, 4, 4, whole])
        #expect(try sides(growing([4, 6], [0.1, 0.2], epochs: 2)) == [whole, whole])
        // Shares that round to the whole run leave its last epoch.
        #expect(try sides(growing([4], [0.75], epochs: 2)) == [4, whole])
        #expect(try sides(growing([4, 6], [0.3, 0.6], epochs: 1)) == [whole])
        #expect(try sides(growing([4, 6], [0.9, 0.95], epochs: 3)) == [4, 4, whole])
        #expect(try sides(configuration(.init())) == [whole, whole, whole])
    }

    @Test("train on small images first, and evaluate the whole ones")
    func trains() throws {
        let run = try RunDirectory.create(at: temporary.path + "/run", growing([4, 6]))
        let trainer = try tiny.trainer(run)
        var sizes: [Int] = []
        try trainer.train { event in
            if case .step = event { sizes.append(trainer.executor.graph.inputShape.height) }
        }
        let expected = [4, 6, tiny.train.height].flatMap { Array(repeating: $0, count: 5) }
        #expect(sizes == expected)
        let records = try run.records()
        #expect(records.count == 3)
        let plain = try RunDirectory.create(at: temporary.path + "/plain", configuration(.init()))
        try tiny.trainer(plain).train()
        #expect(try plain.records().map(\.trainLoss) != records.map(\.trainLoss))
    }

    @Test("refuse sizes that do not suit the network, or shares that do not suit the sizes")
    func refuses() throws {
        for (sizes, shares, sentence) in [
            ([], nil, "the sizes of the first images must be rising whole numbers in 1...8192"),
            ([6, 4], nil, "must be rising whole numbers in 1...8192"),
            ([tiny.train.height], nil, "must be below the network's"),
            ([1], nil, "the sizes of the first images do not suit the network"),
            ([4], [0.2, 0.4], "image_sizes and image_size_shares must have as many"),
            ([4, 6], [0.4, 0.2], "must be rising numbers above 0 and below 1"),
            ([4], [1], "must be rising numbers above 0 and below 1"),
        ] as [([Int], [Double]?, String)] {
            let error = #expect(throws: TrainingError.self) {
                try growing(sizes, shares).validate()
            }
            #expect(error?.message.contains(sentence) == true, "\(String(describing: error))")
        }
        let error = #expect(throws: TrainingError.self) {
            try configuration(
                .init(ema: 0.9, lookahead: TrainingConfiguration.Lookahead(decay: 0.5))
            ).validate()
        }
        #expect(error?.message.contains("exclude each other") == true)
        for (decay, steps) in [(0.0, 5), (1, 5), (0.5, 0), (0.5, 1_000_000)] {
            #expect(throws: TrainingError.self) {
                try configuration(
                    .init(
                        lookahead: TrainingConfiguration.Lookahead(decay: decay, steps: steps))
                ).validate()
            }
        }
    }

    @Test("have their time measured at each size")
    func time() throws {
        let time = try EpochTime.measure(
            growing([4, 6]), train: tiny.train, validation: tiny.test, device: .cpu(threads: 1),
            seconds: 0.01)
        #expect(time.trainingSeconds > 0)
        #expect(time.smallTrainingSeconds.count == 2)
        #expect(time.smallTrainingSeconds.allSatisfy { $0 > 0 })
        #expect(time.trainingSeconds(of: 0..<1, ofEpochs: 1) == time.trainingSeconds)
    }

    @Test("keep a share of slow weights that rises with the third power of the run's part")
    func decay() {
        let lookahead = TrainingConfiguration.Lookahead(decay: 0.8)
        #expect(lookahead.decay(afterSteps: 4, of: 10) == nil)
        #expect(lookahead.decay(afterSteps: 5, of: 10) == 0.1)
        #expect(lookahead.decay(afterSteps: 10, of: 10) == 0.8)
        // A search for a learning rate goes on after the run's last step.
        #expect(lookahead.decay(afterSteps: 30, of: 10) == 0.8)
    }

    @Test("return to the slow weights, which are the model", arguments: TestedDevice.allCases)
    func slowWeights(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        let rules = TrainingConfiguration.StepRules(
            lookahead: TrainingConfiguration.Lookahead(decay: 0.9, steps: 5))
        let run = try RunDirectory.create(
            at: temporary.path + "/slow", configuration(rules).computing(on: device))
        let trainer = try tiny.trainer(run)
        var returns = 0
        try trainer.train { event in
            guard case .step(let progress) = event else { return }
            if progress.step.isMultiple(of: 5) {
                #expect(trainer.executor.averages() == trainer.executor.tensors())
                returns += 1
            } else {
                #expect(trainer.executor.averages() != trainer.executor.tensors())
            }
        }
        #expect(returns == 3)
        // The record follows from the slow weights: with the decay 0 near the beginning they are
        // the weights themselves, and later ones lag behind.
        let plain = try RunDirectory.create(
            at: temporary.path + "/plain", configuration(.init()).computing(on: device))
        try tiny.trainer(plain).train()
        let (slow, fast) = (try run.records(), try plain.records())
        #expect(slow[0].trainLoss == fast[0].trainLoss)
        #expect(slow[2].trainLoss != fast[2].trainLoss)
    }
}
