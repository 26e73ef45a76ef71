// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNDatasets
import WRNInference
import WRNModel
import WRNPlan
import WRNRuns

/// A short training by a configuration's rules, from its initial weights, that writes nothing.
struct Trial {
    let configuration: TrainingConfiguration
    private let images: any ImageSet
    private let normalization: Normalization
    private let workers: Int
    private let size: (height: Int, width: Int)
    private let stepper: Stepper

    /// Plans the network and loads the run's first weights.
    ///
    /// - Parameter shorterSide: The shorter side to which images are scaled down; nil for whole
    ///   images.
    /// - Parameter whitens: Whether a whitened stem begins with the filters that follow from the
    ///   images, which takes a while and which no time depends on.
    /// - Throws: A ``TrainingError`` when the configuration is invalid; the errors of the data and
    ///   the engine.
    init(
        _ configuration: TrainingConfiguration, train images: any ImageSet,
        device: Device, shorterSide: Int? = nil, whitens: Bool = true
    ) throws {
        try configuration.validate()
        let device = device.computing(in: configuration.precision)
        size =
            shorterSide.map { configuration.imageSize(shorterSide: $0) }
            ?? (configuration.model.inputHeight, configuration.model.inputWidth)
        let graph = try configuration.model.graph(height: size.height, width: size.width)
        // Checked before the weights are initialised, which takes minutes for large networks.
        let plan = try device.training(
            graph, batch: configuration.shardBatch, seed: configuration.seed,
            scope: configuration.scope(epoch: configuration.epochs - 1, of: graph))
        try plan.checkFits(weightCopies: 2 + configuration.shardSumCount())
        self.configuration = configuration
        self.images = images
        normalization = try configuration.model.normalization
        workers = device.loadingThreads
        stepper = Stepper(
            configuration: configuration,
            executor: try plan.executor(
                configuration.firstTensors(of: graph, train: whitens ? images : nil).tensors),
            factors: configuration.factors(of: graph),
            classWeights: configuration.classWeights(labels: images.labels))
    }

    /// A step that has been taken.
    struct Step {
        /// Its number, from 0.
        let number: Int
        let result: StepResult
        /// The images of its batch, without those whose files are broken.
        let images: Int
        /// Whether it is the last step of its epoch.
        let endsEpoch: Bool
    }

    /// The error for a loss that is useless in the first step.
    func firstStepError(_ what: String) -> TrainingError {
        TrainingError(.diverged, configuration.firstStepProblem(what))
    }

    /// Takes steps, epoch after epoch, until `body` returns false.
    ///
    /// - Parameters:
    ///   - learningRate: That of a step, by its number.
    ///   - body: Called after each step; true to go on.
    /// - Throws: A ``TrainingError`` with the code `dataMismatch` when no image of an epoch can be
    ///   read.
    func run(learningRate: (Int) -> Double, _ body: (Step) throws -> Bool) throws {
        var number = 0
        for epoch in 0... {
            let loader = try BatchLoader(
                images: images, normalization: normalization,
                augmentation: configuration.augmentation, batchSize: configuration.batch,
                order: configuration.order(epoch: epoch),
                seed: configuration.seed,
                dropsLastPartialBatch: configuration.stepRules.skipsLastPartialBatch,
                skipsBroken: configuration.data.files?.skipsBroken ?? false,
                sharding: BatchSharding(count: configuration.stepRules.shards), scaledTo: size,
                workers: workers)
            guard var batch = try nextWithImages(loader) else {
                throw TrainingError(
                    .dataMismatch,
                    "\(configuration.data.source): none of the \(images.count) training images "
                        + "can be read: repair the files, or choose other data")
            }
            while true {
                let result = try stepper.step(
                    batch, number: number, learningRate: learningRate(number))
                let next = try nextWithImages(loader)
                let step = Step(
                    number: number, result: result.mean, images: result.images,
                    endsEpoch: next == nil)
                guard try body(step) else { return }
                number += 1
                guard let next else { break }
                batch = next
            }
        }
    }

    /// The next batch with an image in it; a batch whose files are all broken is skipped.
    private func nextWithImages(_ loader: BatchLoader) throws -> Batch? {
        while let batch = try loader.next() {
            if batch.count > 0 { return batch }
        }
        return nil
    }
}
