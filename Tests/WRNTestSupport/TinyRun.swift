// SPDX-License-Identifier: Apache-2.0

import WRNBatches
package import WRNDatasets
import WRNEngine
import WRNPlan
package import WRNRuns
package import WRNTensor

/// The configuration and the images of a run of seconds: 3 epochs of 5 steps, the last of them with
/// fewer images.
package struct TinyRun {
    /// The checkpoint that it ends with.
    package static let lastCheckpoint = "checkpoints/step-000000015.safetensors"

    /// 70 training images.
    package let train: LabelledImages
    /// 30 validation images.
    package let test: LabelledImages
    /// The device that the run is computed on.
    package let tested: TestedDevice

    /// Creates the images.
    ///
    /// - Parameter seed: The seed of the training images.
    package init(on tested: TestedDevice = .cpu, seed: UInt64 = 1) throws {
        self.tested = tested
        train = try TinyImages.make(count: 70, seed: seed)
        test = try TinyImages.make(count: 30, seed: 2)
    }

    /// The configuration of a run with dropout, augmentation and a warm-up.
    package func configuration(
        network: String = "wrn-10-0.25", epochs: Int = 3, learningRate: Double = 0.05,
        precision: Precision? = nil,
        earlyStopping: TrainingConfiguration.EarlyStopping? = nil,
        validationInterval: Int? = nil
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: network, dropout: 0.2, source: "bands", train: train, validation: test,
            epochs: epochs, batch: 16, seed: 7, optimizer: .sgd(SGD(learningRate: learningRate)),
            schedule: .cosine(warmupEpochs: 1),
            augmentation: Augmentation(horizontalFlip: true, cropPadding: 1),
            precision: precision ?? tested.precision, earlyStopping: earlyStopping,
            validationInterval: validationInterval)
    }
}
