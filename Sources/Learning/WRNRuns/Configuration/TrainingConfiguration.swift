// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDatasets
public import WRNGraph
public import WRNModel
public import WRNPlan
public import WRNTensor
import WRNZoo

/// The configuration of a run: everything that determines its result, so that the same
/// configuration and images give the same weights.
///
/// Results do not depend on the number of threads, which is recorded with
/// the rest of the machine. A run keeps its configuration as `config.json`.
public struct TrainingConfiguration: Codable, Hashable, Sendable {
    /// The source of the images, and their numbers when the run began.
    public struct Data: Codable, Hashable, Sendable {
        /// A known data set's name or a path, as ``DataSource`` takes it, or any name for a set of
        /// one's own.
        public internal(set) var source: String
        /// The name of the data set.
        public internal(set) var name: String
        /// The number of training images in use.
        public let trainImages: Int
        /// The number of validation images in use: the images that are evaluated after each epoch,
        /// by which the best epoch is chosen.
        public let validationImages: Int
        /// Which split of the data set they are; nil where that is not known, as in runs of earlier
        /// versions.
        public internal(set) var validationSplit: Split?
        /// The largest number of images of each split; nil for all.
        ///
        /// It is recorded and not applied: both sets are cut before, with ``ImageSet/prefix(_:)``.
        public let limit: Int?

        /// The options with which a folder of image files was read; nil for arrays.
        public internal(set) var files: Files?
        /// The list of images that are left out; nil without one.
        package internal(set) var exclusion: Exclusion?
        /// The fold of a cross-validation that the validation images are; nil for the data set's
        /// own splits.
        package internal(set) var fold: ImageFold?
        /// Digests of the images when the run began; nil before that, and in runs of earlier
        /// versions.
        public internal(set) var content: Content?

        /// A list of images that are left out, which must be the same in a resumed run.
        package struct Exclusion: Codable, Hashable, Sendable {
            /// The path of the list.
            package internal(set) var list: String
            /// The SHA-256 of the list's file, in hexadecimal digits.
            package let sha256: String
            /// The number of images in the list, of all splits.
            package let images: Int
        }

        /// Digests of the images, by which a resumed run detects changed pixels under the same
        /// names.
        public struct Content: Codable, Hashable, Sendable {
            /// The SHA-256 of the training images, as they are stored, and their classes.
            public let train: String
            /// The same of the validation images.
            public let validation: String
        }

        /// Creates the description from its facts.
        public init(
            source: String, name: String, trainImages: Int, validationImages: Int,
            validationSplit: Split? = nil, limit: Int? = nil, files: Files? = nil
        ) {
            self.source = source
            self.name = name
            self.trainImages = trainImages
            self.validationImages = validationImages
            self.validationSplit = validationSplit
            self.limit = limit
            self.files = files
        }

        /// The keys of JSON, before their letters become small and words are separated by `_`.
        enum CodingKeys: String, CodingKey {
            case source, name, trainImages, validationImages, validationSplit, limit, files, content
            case exclusion, fold
        }
    }

    /// The first version of the format that has a precision; earlier runs are in float32.
    static let versionWithPrecision = 4
    /// The first version with weights of classes and a sampler; earlier runs have neither.
    static let versionWithClassWeights = 5
    /// The first version with shards; earlier runs have one, or are computed in parts.
    static let versionWithShards = 8
    /// The version of the format that is written.
    public static let currentVersion = 9
    /// The versions of the format that are read; version 2 calls the step rules `practice`.
    static let readableVersions = 2...currentVersion

    /// The version of the format.
    public let version: Int
    /// The network, and the images that it is trained for.
    public internal(set) var model: ModelDescription
    /// The images that it is trained on.
    public internal(set) var data: Data
    /// The number of epochs, each over all training images.
    public var epochs: Int
    /// The images of a step; the last step of an epoch may have fewer.
    public let batch: Int
    /// The seed of the initial weights, the order of the images, their augmentation and dropout.
    public let seed: UInt64
    /// The name of the recipe that the numbers were taken from, for the record; nil for none.
    public internal(set) var recipe: String?
    /// The optimizer's constants; its learning rate is the one that the schedule starts from.
    public let optimizer: Optimizer
    /// The schedule of the learning rate.
    public let schedule: LearningRateSchedule
    /// The augmentation of training images.
    public let augmentation: Augmentation
    /// The rules of a step besides the optimizer's.
    public let stepRules: StepRules
    /// The precision in which the run computes: its steps, and its evaluation after each epoch.
    public let precision: Precision
    /// The rule by which the run ends before its last epoch; nil for none.
    public let earlyStopping: EarlyStopping?
    /// The epochs from one validation to the next, 2 or more; nil to validate after every epoch.
    ///
    /// The model is evaluated after each epoch whose number is a multiple, and after the last one.
    public let validationInterval: Int?
    /// The fine-tuning of pretrained weights; nil for a run that begins from random ones.
    public internal(set) var fineTuning: FineTuning?
    /// The environment in which the run began, which does not affect its result; nil before that.
    package internal(set) var environment: RunEnvironment?

    /// The part that determines the result: without the environment, the digests of the images, and
    /// the name of the split, which earlier versions do not have.
    public var withoutEnvironment: TrainingConfiguration {
        var copy = self
        copy.environment = nil
        copy.data.content = nil
        copy.data.validationSplit = nil
        return copy
    }

    /// Creates a configuration; the defaults are the paper's.
    ///
    /// - Parameter recipe: A name for the record, which sets nothing by itself.
    public init(
        model: ModelDescription, data: Data, epochs: Int = 200, batch: Int = 128, seed: UInt64 = 1,
        recipe: String? = nil, optimizer: Optimizer = .sgd(SGD()),
        schedule: LearningRateSchedule? = nil, augmentation: Augmentation = .standard,
        stepRules: StepRules = StepRules(), precision: Precision = .float32,
        earlyStopping: EarlyStopping? = nil, validationInterval: Int? = nil,
        fineTuning: FineTuning? = nil
    ) {
        version = Self.currentVersion
        self.model = model
        self.data = data
        self.epochs = epochs
        self.batch = batch
        self.seed = seed
        self.recipe = recipe
        self.optimizer = optimizer
        self.schedule = schedule ?? .paper(epochs: epochs)
        self.augmentation = augmentation
        self.stepRules = stepRules
        self.precision = precision
        self.earlyStopping = earlyStopping
        self.validationInterval = validationInterval
        self.fineTuning = fineTuning
    }

    /// The steps of an epoch: one for each batch, the last perhaps with fewer images or left out.
    ///
    /// - Precondition: The configuration has passed ``validate()``.
    public var stepsPerEpoch: Int {
        (data.trainImages + (stepRules.skipsLastPartialBatch ? 0 : batch - 1)) / batch
    }

    /// The training images of an epoch.
    public var imagesPerEpoch: Int { min(stepsPerEpoch * batch, data.trainImages) }

    /// The most images of a shard.
    package var shardBatch: Int { (batch + stepRules.shards - 1) / stepRules.shards }

    /// The most sums of gradients that wait for others while a worker computes its shards of a
    /// step: log2 of their number.
    ///
    /// - Parameter workers: The number of workers that divide the shards evenly.
    package func shardSumCount(workers: Int = 1) -> Int {
        (stepRules.shards / workers).trailingZeroBitCount
    }

    /// The augmentation of an epoch's images.
    package func augmentation(epoch: Int) -> Augmentation {
        epoch >= epochs - (stepRules.plainEpochs ?? 0) ? .none : augmentation
    }

    /// Whether the model is evaluated on the validation images after an epoch, counted from 1.
    package func validates(afterEpoch epoch: Int) -> Bool {
        epoch.isMultiple(of: validationInterval ?? 1) || epoch == epochs
    }

    /// The learning rate of a step, after epochs with these validation losses.
    package func learningRate(step: Int, validationLosses: [Double]) -> Double {
        schedule.learningRate(
            base: optimizer.learningRate, step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs,
            validationLosses: validationLosses)
    }
}

extension TrainingConfiguration {
    /// A configuration for a network on these images, whose size, classes and normalisation it
    /// takes from them.
    ///
    /// - Parameters:
    ///   - network: The network's name, for example `wrn-16-4`.
    ///   - source: The source of the images, as ``DataSource`` takes it; or any name for a set of
    ///     one's own, which `RunReport.write(of:images:)` then has to be given.
    ///   - limit: The largest number of images of each split, for the record; nil for all. Cut both
    ///     sets before, with ``ImageSet/prefix(_:)``.
    ///   - recipe: The name of a recipe for the record, which sets nothing by itself.
    ///   - augmentation: Nil for the usual one of the data set.
    ///   - skipsBroken: Whether image files that cannot be read are left out and counted instead of
    ///     causing an error.
    /// - Throws: A `GraphError` when the name is no network's, or the dropout or the images'
    ///   numbers are out of range.
    public init(
        network: String, dropout: Double = 0, source: String, train: any ImageSet,
        validation: any ImageSet, limit: Int? = nil, epochs: Int = 200, batch: Int = 128,
        seed: UInt64 = 1, recipe: String? = nil, optimizer: Optimizer = .sgd(SGD()),
        schedule: LearningRateSchedule? = nil, augmentation: Augmentation? = nil,
        stepRules: StepRules = StepRules(), precision: Precision = .float32,
        earlyStopping: EarlyStopping? = nil, validationInterval: Int? = nil,
        skipsBroken: Bool = false
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
            stepRules: stepRules, precision: precision, earlyStopping: earlyStopping,
            validationInterval: validationInterval)
    }
}

extension TrainingConfiguration {
    private enum CodingKeys: String, CodingKey {
        case version, model, data, epochs, batch, seed, recipe, optimizer, schedule, augmentation
        case stepRules, precision, earlyStopping, fineTuning, environment
        // The name of the setting.
        case validationInterval = "validateEvery"
    }

    /// The key of the step rules in version 2 of the format.
    private enum EarlierKeys: String, CodingKey {
        case practice
    }

    /// Reads a `config.json`, also of an earlier version; it is written again in the current one.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let earlier = try decoder.container(keyedBy: EarlierKeys.self)
        let version = try values.decode(Int.self, forKey: .version)
        guard Self.readableVersions.contains(version) else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: values, debugDescription: "another version")
        }
        self.init(
            model: try values.decode(ModelDescription.self, forKey: .model),
            data: try values.decode(Data.self, forKey: .data),
            epochs: try values.decode(Int.self, forKey: .epochs),
            batch: try values.decode(Int.self, forKey: .batch),
            seed: try values.decode(UInt64.self, forKey: .seed),
            recipe: try values.decodeIfPresent(String.self, forKey: .recipe),
            optimizer: try values.decode(Optimizer.self, forKey: .optimizer),
            schedule: try values.decode(LearningRateSchedule.self, forKey: .schedule),
            augmentation: try values.decode(Augmentation.self, forKey: .augmentation),
            stepRules: try earlier.decodeIfPresent(StepRules.self, forKey: .practice)
                ?? values.decode(StepRules.self, forKey: .stepRules),
            precision: try Self.precision(in: values),
            earlyStopping: try values.decodeIfPresent(EarlyStopping.self, forKey: .earlyStopping),
            validationInterval: try values.decodeIfPresent(Int.self, forKey: .validationInterval),
            fineTuning: try values.decodeIfPresent(FineTuning.self, forKey: .fineTuning))
        environment = try values.decodeIfPresent(RunEnvironment.self, forKey: .environment)
    }

    /// The precision; that of earlier versions, which have none, is float32.
    private static func precision(
        in values: KeyedDecodingContainer<CodingKeys>
    ) throws -> Precision {
        guard let name = try values.decodeIfPresent(String.self, forKey: .precision) else {
            return .float32
        }
        guard let precision = Precision(rawValue: name) else {
            throw DecodingError.typeMismatch(
                Precision.self,
                DecodingError.Context(
                    codingPath: [CodingKeys.precision], debugDescription: "no such precision"))
        }
        return precision
    }
}
