// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDatasets
public import WRNDialects
public import WRNFetch
package import WRNGraph
import WRNInference
public import WRNModel
public import WRNPlan
public import WRNTensor

extension TrainingConfiguration {
    /// The settings of a run that begins from pretrained weights.
    public struct FineTuning: Codable, Hashable, Sendable {
        /// The source of the weights that the run begins from.
        public internal(set) var weights: WeightsSource
        /// The SHA-256 of that file, in hexadecimal digits.
        public let sha256: String
        /// Whether the layer of the logits is initialised, because the weights are of other
        /// classes.
        public let hasNewHead: Bool
        /// The last stage whose parameters, and those of all before it, never change: `stem` or
        /// the name of a stage, for example `group1` or `layer2`; nil to train all.
        public var freeze: String?
        /// Whether normalisations use the running statistics of the weights, which then never
        /// change.
        public var frozenStatistics: Bool
        /// The factor of the learning rate of a stage for each stage above it, in `0.01 ... 1`.
        public var layerDecay: Double
        /// The factor of the learning rate of the head, in `0.001 ... 1000`.
        public var headFactor: Double
        /// The epochs at the beginning in which only the head is trained.
        public var headOnlyEpochs: Int
        /// The options for another program's weights; nil for none.
        public var reading: ForeignWeights.Options?

        /// Creates it; by default everything is trained at the same rate.
        public init(
            weights: WeightsSource, sha256: String, hasNewHead: Bool, freeze: String? = nil,
            frozenStatistics: Bool = false, layerDecay: Double = 1, headFactor: Double = 1,
            headOnlyEpochs: Int = 0, reading: ForeignWeights.Options? = nil
        ) {
            self.weights = weights
            self.sha256 = sha256
            self.hasNewHead = hasNewHead
            self.freeze = freeze
            self.frozenStatistics = frozenStatistics
            self.layerDecay = layerDecay
            self.headFactor = headFactor
            self.headOnlyEpochs = headOnlyEpochs
            self.reading = reading
        }

        /// Begins from these weights on images of these classes; the head is kept where they are
        /// the weights' own.
        ///
        /// - Parameter headFactor: Nil for 3 with a new head, and 1 otherwise.
        /// - Throws: A `DataError` when the weights' file cannot be read.
        public init(
            _ weights: PretrainedModel, classNames: [String], freeze: String? = nil,
            frozenStatistics: Bool = false, layerDecay: Double = 1, headFactor: Double? = nil,
            headOnlyEpochs: Int = 0
        ) throws(DataError) {
            let keepsHead = weights.hasClasses(classNames)
            self.init(
                weights: weights.source, sha256: try weights.sha256(), hasNewHead: !keepsHead,
                freeze: freeze, frozenStatistics: frozenStatistics, layerDecay: layerDecay,
                headFactor: headFactor ?? (keepsHead ? 1 : 3), headOnlyEpochs: headOnlyEpochs,
                reading: weights.options == ForeignWeights.Options() ? nil : weights.options)
        }
    }
}

extension TrainingConfiguration {
    /// A configuration for fine-tuning a model's weights on other images.
    ///
    /// The network gets their size and classes; the images are normalised as the model's were.
    ///
    /// - Parameters:
    ///   - dropout: The probability of dropout; nil for the model's.
    ///   - fineTuning: The settings of the fine-tuning; nil to train all of the network, a new head
    ///     at three times the rate.
    ///   - optimizer: Nil for SGD with the learning rate 0.03 and the weight decay 0.0001.
    ///   - schedule: Nil for a cosine after a tenth of the epochs.
    ///   - source: The source of the images, as ``DataSource`` takes it; or any name for a set of
    ///     one's own, which `RunReport.write(of:images:)` then has to be given.
    ///   - limit: The largest number of images of each split, for the record; nil for all. Cut both
    ///     sets before, with ``ImageSet/prefix(_:)``.
    ///   - recipe: The name of a recipe for the record, which sets nothing by itself.
    ///   - augmentation: Nil for the usual one of the data set.
    ///   - skipsBroken: Whether image files that cannot be read are left out and counted instead of
    ///     causing an error.
    /// - Throws: A ``TrainingError`` with the code `dataMismatch` when the images have other
    ///   channels than the model's; a `DataError` when the weights' file can no longer be read.
    public init(
        _ pretrained: PretrainedModel, dropout: Double? = nil, fineTuning: FineTuning? = nil,
        source: String, train: any ImageSet, validation: any ImageSet, limit: Int? = nil,
        epochs: Int = 10, batch: Int = 32, seed: UInt64 = 1, recipe: String? = nil,
        optimizer: Optimizer? = nil, schedule: LearningRateSchedule? = nil,
        augmentation: Augmentation? = nil,
        stepRules: StepRules = StepRules(), precision: Precision = .float32,
        earlyStopping: EarlyStopping? = nil, validationInterval: Int? = nil,
        skipsBroken: Bool = false
    ) throws {
        let model = pretrained.description
        guard train.channels == model.inputChannels else {
            throw TrainingError(
                .dataMismatch,
                "\(source): expected images of \(model.inputChannels) channels, as the weights in "
                    + "\(pretrained.source) take, found \(train.channels); choose other weights "
                    + "or other data"
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
            stepRules: stepRules, precision: precision, earlyStopping: earlyStopping,
            validationInterval: validationInterval, fineTuning: fineTuning)
    }

    /// The initial tensors of the run, and which of them are from other weights.
    ///
    /// - Parameter images: The training images, whose patches a whitened stem follows from; without
    ///   them it is random, which timing does not depend on.
    /// - Throws: A ``TrainingError`` with the code `weightsMismatch` when the weights are not those
    ///   that the run began with, and what reading them throws.
    package func firstTensors(
        of graph: Graph, train images: (any ImageSet)? = nil
    ) throws -> (tensors: [String: Tensor], transfer: WeightTransfer?) {
        guard let fineTuning else {
            var tensors = Model.initialTensors(for: graph, seed: seed)
            if let images, stepRules.whitensStem, let name = stemFilters(of: graph)?.name {
                tensors[name] = try tensors[name].map { try whitened($0, by: images) }
            }
            return (tensors, nil)
        }
        // Files of other programs do not contain it, but the run does.
        let facts = ImageFacts(
            normalization: try Normalization(
                mean: model.mean, standardDeviation: model.standardDeviation))
        let found = try PretrainedModel.sha256(of: fineTuning.weights)
        guard found == fineTuning.sha256 else {
            throw TrainingError(
                .weightsMismatch,
                "\(fineTuning.weights): expected the weights that the run began with (SHA-256 "
                    + "\(fineTuning.sha256)), found others (\(found)); put them back, or begin a "
                    + "new run"
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
