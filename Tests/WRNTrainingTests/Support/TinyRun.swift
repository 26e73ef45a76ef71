// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNDatasets
import WRNEngine
import WRNPlan
import WRNRandom
import WRNRuns
import WRNTraining

/// Small images in three classes that differ in which third of the rows is bright.
enum TinyImages {
    static let side = 9

    static func make(count: Int, seed: UInt64, classes: Int = 3) throws -> LabelledImages {
        var pixels: [UInt8] = []
        let labels = (0..<count).map { $0 % classes }
        for (image, label) in labels.enumerated() {
            let random = RandomStream(seed: seed, purpose: .shuffling, item: image)
            for pixel in 0..<side * side {
                let isBright = pixel / side * classes / side == label
                let noise = random.integer(at: pixel, below: 100)
                pixels.append(UInt8(isBright ? 120 + noise : noise))
            }
        }
        return try LabelledImages(
            name: "bands", channels: 1, height: side, width: side, pixels: pixels, labels: labels,
            classNames: (0..<classes).map { "band \($0)" })
    }
}

/// A run of seconds: 3 epochs of 5 steps, the last of them with fewer images.
struct TinyRun {
    /// The checkpoint that it ends with.
    static let lastCheckpoint = "checkpoints/step-000000015.safetensors"

    let train: LabelledImages
    let test: LabelledImages
    let tested: TestedDevice

    init(on tested: TestedDevice = .cpu) throws {
        self.tested = tested
        train = try TinyImages.make(count: 70, seed: 1)
        test = try TinyImages.make(count: 30, seed: 2)
    }

    func configuration(
        network: String = "wrn-10-0.25", epochs: Int = 3, learningRate: Double = 0.05
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: network, dropout: 0.2, source: "bands", train: train, validation: test,
            epochs: epochs, batch: 16, seed: 7, optimizer: .sgd(SGD(learningRate: learningRate)),
            schedule: .cosine(warmupEpochs: 1),
            augmentation: Augmentation(horizontalFlip: true, cropPadding: 1))
    }

    func trainer(
        _ run: RunDirectory, threads: Int = 1, checkpoints: CheckpointPolicy = CheckpointPolicy()
    ) throws -> Trainer {
        try Trainer(
            run, train: train, validation: test, device: tested.device(threads: threads),
            checkpoints: checkpoints)
    }

    /// Trains without interruption in a new directory.
    @discardableResult
    func finish(at path: String, threads: Int = 1) throws -> [EpochRecord] {
        let run = try RunDirectory.create(at: path, configuration())
        try trainer(run, threads: threads).train()
        return try run.records()
    }

    /// Goes on with a run to its end.
    func resume(at path: String, threads: Int = 1) throws {
        try trainer(RunDirectory.open(at: path), threads: threads).train()
    }
}
