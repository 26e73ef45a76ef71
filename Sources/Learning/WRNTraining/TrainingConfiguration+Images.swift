// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNGraph
import WRNModel
public import WRNPlan
import WRNZoo

extension TrainingConfiguration {
    /// A configuration for a network on these images, whose size, classes and normalisation it takes from them.
    ///
    /// - Parameters:
    ///   - network: The network's name, for example `wrn-16-4`.
    ///   - source: Where the images come from, as ``WRNData/DataSource`` takes it.
    ///   - limit: How many images of each split there are at most; nil when they are all.
    ///   - augmentation: Nil for the usual one of the data set.
    ///   - skipsBroken: Whether image files that cannot be read are left out and counted, instead of an error.
    /// - Throws: A `GraphError` when the name is no network's, or the dropout or the images' numbers are out of range.
    public init(
        network: String, dropout: Double = 0, source: String, train: any ImageSet,
        validation: any ImageSet, limit: Int? = nil, epochs: Int = 200, batch: Int = 128,
        seed: UInt64 = 1, recipe: String? = nil, optimizer: Optimizer = .sgd(SGD()),
        schedule: LearningRateSchedule? = nil, augmentation: Augmentation? = nil,
        practice: StepRules = StepRules(), skipsBroken: Bool = false
    ) throws(GraphError) {
        let network = try Zoo.network(
            named: network, classes: train.classNames.count, dropout: dropout,
            inputChannels: train.channels)
        let normalization = Normalization.suited(to: train)
        self.init(
            model: ModelDescription(
                architecture: network.name, classes: network.classes, dropout: dropout,
                inputChannels: train.channels, inputHeight: train.height, inputWidth: train.width,
                classNames: train.classNames, mean: normalization.mean,
                standardDeviation: normalization.standardDeviation,
                preparation: (train as? ImageFiles)?.preparation),
            data: Data(
                source: source, name: train.name, trainImages: train.count,
                validationImages: validation.count,
                validationSplit: validation.split, limit: limit,
                files: Files(train: train, validation: validation, skipsBroken: skipsBroken)),
            epochs: epochs, batch: batch, seed: seed, recipe: recipe, optimizer: optimizer,
            schedule: schedule, augmentation: augmentation ?? .suited(to: train),
            practice: practice)
    }
}
