// SPDX-License-Identifier: Apache-2.0

public import WRNData
import WRNDialects
import WRNGraph
import WRNInference
import WRNModel
public import WRNPlan
import WRNTensor

extension TrainingConfiguration {
    /// A configuration that goes on from a model's weights on other images, whose size and classes it takes; the images are normalised
    /// as the model's were.
    ///
    /// - Parameters:
    ///   - dropout: The probability of dropout; nil for the model's.
    ///   - fineTuning: How the network is fine-tuned; nil to train all of it, a new head at three times the rate.
    ///   - optimizer: Nil for SGD with the learning rate 0.03 and the weight decay 0.0001.
    ///   - schedule: Nil for a cosine after a tenth of the epochs.
    ///   - source: Where the images come from, as ``WRNData/DataSource`` takes it.
    ///   - limit: How many images of each split there are at most; nil when they are all.
    ///   - augmentation: Nil for the usual one of the data set.
    ///   - skipsBroken: Whether image files that cannot be read are left out and counted, instead of an error.
    /// - Throws: A ``TrainingError`` with the code `dataMismatch` when the images have other channels than the model's; a `DataError`
    ///   when the weights' file can no longer be read.
    public init(
        _ pretrained: PretrainedModel, dropout: Double? = nil, fineTuning: FineTuning? = nil,
        source: String, train: any ImageSet, validation: any ImageSet, limit: Int? = nil,
        epochs: Int = 10, batch: Int = 32, seed: UInt64 = 1, recipe: String? = nil,
        optimizer: Optimizer? = nil, schedule: LearningRateSchedule? = nil,
        augmentation: Augmentation? = nil,
        practice: StepRules = StepRules(), skipsBroken: Bool = false
    ) throws {
        let model = pretrained.description
        guard train.channels == model.inputChannels else {
            throw TrainingError(
                .dataMismatch,
                "\(source): expected images of \(model.inputChannels) channels, as the weights in "
                    + "\(pretrained.path) take, found \(train.channels); choose other weights or other data"
            )
        }
        let fineTuning =
            try fineTuning ?? FineTuning(pretrained, classNames: train.classNames)
        self.init(
            model: ModelDescription(
                architecture: model.architecture, classes: train.classNames.count,
                dropout: dropout ?? model.dropout, inputChannels: train.channels,
                inputHeight: train.height, inputWidth: train.width, classNames: train.classNames,
                mean: model.mean, standardDeviation: model.standardDeviation,
                preparation: (train as? ImageFiles)?.preparation),
            data: Data(
                source: source, name: train.name, trainImages: train.count,
                validationImages: validation.count,
                validationSplit: validation.split, limit: limit,
                files: Files(train: train, validation: validation, skipsBroken: skipsBroken)),
            epochs: epochs, batch: batch, seed: seed, recipe: recipe,
            optimizer: optimizer ?? .sgd(SGD(learningRate: 0.03, weightDecay: 1e-4)),
            schedule: schedule ?? .cosine(warmupEpochs: Double(epochs) / 10),
            augmentation: augmentation ?? .suited(to: train),
            practice: practice,
            fineTuning: fineTuning)
    }

    /// The tensors that the run begins with, and what of them is from other weights.
    ///
    /// - Throws: A ``TrainingError`` with the code `weightsMismatch` when the weights are not those that the run began with, and what reading
    ///   them throws.
    func firstTensors(
        of graph: Graph
    ) throws -> (tensors: [String: Tensor], transfer: WeightTransfer?) {
        guard let fineTuning else {
            return (Model.initialTensors(for: graph, seed: seed), nil)
        }
        // Files of other programs do not say it, but the run does.
        let facts = ImageFacts(
            normalization: try Normalization(
                mean: model.mean, standardDeviation: model.standardDeviation))
        let found = try PretrainedModel.sha256(of: fineTuning.weights)
        guard found == fineTuning.sha256 else {
            throw TrainingError(
                .weightsMismatch,
                "\(fineTuning.weights): expected the weights that the run began with (SHA-256 "
                    + "\(fineTuning.sha256)), found others (\(found)); put them back, or begin a new run"
            )
        }
        let pretrained = try PretrainedModel(
            contentsOf: fineTuning.weights, facts: facts,
            reading: fineTuning.reading ?? ForeignWeights.Options())
        return pretrained.model.transferred(
            to: graph, seed: seed,
            renewing: fineTuning.hasNewHead ? NetworkStages(graph).headParameters : [])
    }
}
