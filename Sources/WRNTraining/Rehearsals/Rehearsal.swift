// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNInference
import WRNModel
import WRNPlan

/// Steps by a configuration's rules that no run keeps: they begin with the run's first weights, and nothing is written.
struct Rehearsal {
    let configuration: TrainingConfiguration
    private let images: any ImageSet
    private let normalization: Normalization
    private let workers: Int
    private let stepper: Stepper

    /// Plans the network and loads the run's first weights.
    ///
    /// - Throws: A ``TrainingError`` when the configuration cannot be or the images are not its own; what the rooms below throw.
    init(
        _ configuration: TrainingConfiguration, train images: any ImageSet,
        options: ExecutionOptions
    ) throws {
        try configuration.validate()
        let graph = try Classifier.graph(for: configuration.model)
        self.configuration = configuration
        self.images = images
        normalization = try Normalization(
            mean: configuration.model.mean,
            standardDeviation: configuration.model.standardDeviation)
        workers = min(max(options.threads / 2, 1), 8)
        let session = try TrainingSession(
            graph: graph, tensors: configuration.firstTensors(of: graph).tensors,
            batch: configuration.partBatch, seed: configuration.seed,
            scope: configuration.scope(epoch: configuration.epochs - 1, of: graph),
            options: options)
        stepper = Stepper(
            configuration: configuration, session: session,
            factors: configuration.factors(of: graph))
    }

    /// Takes steps, epoch after epoch, until `body` says that it is enough.
    ///
    /// - Parameters:
    ///   - learningRate: That of a step, by its number.
    ///   - body: Told each step's number and result, after the weights have moved; true to go on.
    func run(
        learningRate: (Int) -> Double, _ body: (Int, StepResult) throws -> Bool
    ) throws {
        var number = 0
        for epoch in 0... {
            let loader = try BatchLoader(
                images: images, normalization: normalization,
                augmentation: configuration.augmentation, batchSize: configuration.batch,
                order: .shuffled(seed: configuration.seed, epoch: epoch),
                seed: configuration.seed,
                dropsLastPartialBatch: configuration.practice.skipsLastPartialBatch,
                skipsBroken: configuration.data.files?.skipsBroken ?? false, workers: workers)
            while let batch = try loader.next() {
                guard batch.count > 0 else { continue }
                let result = try stepper.step(
                    batch, number: number, learningRate: learningRate(number))
                guard try body(number, result) else { return }
                number += 1
            }
        }
    }
}
