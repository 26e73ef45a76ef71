// SPDX-License-Identifier: Apache-2.0

import WRNBatches
public import WRNDatasets
import WRNImages
import WRNModel

extension TrainingConfiguration.Data {
    /// The split that is evaluated after each epoch, by which the best epoch is chosen, under its
    /// name in the data set.
    ///
    /// For data sets without validation images, like CIFAR-10, these are the test images. Runs of
    /// earlier versions do not record which it was: `test` for a known data set, `validation` for
    /// all others.
    public var evaluatedSplit: Split {
        Self.evaluatedSplit(recorded: validationSplit, source: source)
    }

    static func evaluatedSplit(recorded: Split?, source: String) -> Split {
        recorded ?? (DataSource.knownNames.contains(source) ? .test : .validation)
    }

    /// The key of the number of validation images in earlier versions.
    private enum EarlierKeys: String, CodingKey {
        case testImages
    }

    /// Reads the part of a `config.json`, also of an earlier version.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let earlier = try decoder.container(keyedBy: EarlierKeys.self)
        self.init(
            source: try values.decode(String.self, forKey: .source),
            name: try values.decode(String.self, forKey: .name),
            trainImages: try values.decode(Int.self, forKey: .trainImages),
            validationImages: try earlier.decodeIfPresent(Int.self, forKey: .testImages)
                ?? values.decode(Int.self, forKey: .validationImages),
            validationSplit: try values.decodeIfPresent(Split.self, forKey: .validationSplit),
            limit: try values.decodeIfPresent(Int.self, forKey: .limit),
            files: try values.decodeIfPresent(
                TrainingConfiguration.Files.self, forKey: .files))
        content = try values.decodeIfPresent(Content.self, forKey: .content)
        exclusion = try values.decodeIfPresent(Exclusion.self, forKey: .exclusion)
        fold = try values.decodeIfPresent(ImageFold.self, forKey: .fold)
    }
}

extension TrainingConfiguration {
    /// The configuration of a run on images of which those in a list are left out; nil for none.
    package func excluding(_ exclusion: ImageExclusion?) -> TrainingConfiguration {
        var copy = self
        copy.data.exclusion = exclusion.map {
            Data.Exclusion(list: $0.source, sha256: $0.sha256, images: $0.count)
        }
        return copy
    }

    /// The configuration of a run whose validation images are a fold of a cross-validation; nil for
    /// the data set's own.
    package func folded(_ fold: ImageFold?) -> TrainingConfiguration {
        var copy = self
        copy.data.fold = fold
        return copy
    }

    /// Where the run's images are read, without those that it leaves out, and divided as the run
    /// does it.
    ///
    /// - Parameter place: The place of the images now; nil for the one that is recorded.
    /// - Throws: As ``exclusion(at:)``.
    package func source(at place: String? = nil) throws -> DataSource {
        try DataSource(place ?? data.source, options: fileOptions).excluding(exclusion())
            .folded(data.fold)
    }

    /// Reads the list of images that the run leaves out; nil for a run without one.
    ///
    /// - Parameter path: The place of the list now; nil for the one that is recorded.
    /// - Throws: A `DataError` for a list that cannot be read, a ``TrainingError`` with the code
    ///   `dataMismatch` for another list than the run began with.
    package func exclusion(at path: String? = nil) throws -> ImageExclusion? {
        guard let recorded = data.exclusion else {
            guard let path else { return nil }
            throw TrainingError(
                .dataMismatch,
                "\(path): the run began on all images, so none can be left out now; begin a new run"
            )
        }
        let list = try ImageExclusion(contentsOf: path ?? recorded.list)
        guard list.sha256 == recorded.sha256 else {
            throw TrainingError(
                .dataMismatch,
                "\(list.source): the list of images that are left out is not the one that the run "
                    + "began with (expected the SHA-256 \(recorded.sha256), found \(list.sha256)); "
                    + "put that list back, or begin a new run")
        }
        return list
    }
}

extension TrainingConfiguration {
    /// The options with which a folder of image files is read, also by a resumed run.
    public struct Files: Codable, Hashable, Sendable {
        /// The fraction of each class that is kept for validation, where the folder has no splits
        /// of its own.
        public let validationFraction: Double
        /// The seed by which these files are chosen.
        public let splitSeed: UInt64
        /// The file that numbers and names the classes; nil without one.
        public internal(set) var classMap: String?
        /// Whether classes without images are permitted.
        public let allowsEmptyClasses: Bool
        /// The most pixels of an image; nil for the usual limit.
        public let maximumPixelCount: Int?
        /// Whether files that are no images are left out and counted instead of causing an error.
        public internal(set) var skipsBroken: Bool
        /// The SHA-256 of the training files' names and classes, in hexadecimal digits.
        public let trainFingerprint: String
        /// The same of the validation files.
        public let validationFingerprint: String

        /// Creates it from the images; nil where they are no files, or not both splits are.
        public init?(
            train: any ImageSet, validation: any ImageSet, skipsBroken: Bool = false
        ) {
            guard let train = train as? ImageFiles, let validation = validation as? ImageFiles
            else { return nil }
            let options = train.options
            validationFraction = options.validationFraction
            splitSeed = options.seed
            classMap = options.classMap
            allowsEmptyClasses = options.allowsEmptyClasses
            let count = options.limits.maximumPixelCount
            maximumPixelCount = count == ImageLimits.defaultMaximumPixelCount ? nil : count
            self.skipsBroken = skipsBroken
            trainFingerprint = train.fingerprint
            validationFingerprint = validation.fingerprint
        }

        /// The keys of JSON, before their letters become small and words are separated by `_`.
        enum CodingKeys: String, CodingKey {
            case validationFraction, splitSeed, classMap, allowsEmptyClasses, skipsBroken
            case trainFingerprint, validationFingerprint, maximumPixelCount
        }
    }

    /// The options for reading the run's image files.
    public var fileOptions: ImageFileOptions {
        var options = ImageFileOptions(
            height: model.inputHeight, width: model.inputWidth, channels: model.inputChannels,
            preparation: model.preparation)
        if let files = data.files {
            options.validationFraction = files.validationFraction
            options.seed = files.splitSeed
            options.classMap = files.classMap
            options.allowsEmptyClasses = files.allowsEmptyClasses
            if let count = files.maximumPixelCount { options.limits = ImageLimits(pixels: count) }
        }
        return options
    }
}

extension TrainingConfiguration.Files {
    /// The key of the validation files' fingerprint in earlier versions.
    private enum EarlierKeys: String, CodingKey {
        case testFingerprint
    }

    /// Reads the part of a `config.json`, also of an earlier version.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let earlier = try decoder.container(keyedBy: EarlierKeys.self)
        validationFraction = try values.decode(Double.self, forKey: .validationFraction)
        splitSeed = try values.decode(UInt64.self, forKey: .splitSeed)
        classMap = try values.decodeIfPresent(String.self, forKey: .classMap)
        allowsEmptyClasses = try values.decode(Bool.self, forKey: .allowsEmptyClasses)
        maximumPixelCount = try values.decodeIfPresent(Int.self, forKey: .maximumPixelCount)
        skipsBroken = try values.decode(Bool.self, forKey: .skipsBroken)
        trainFingerprint = try values.decode(String.self, forKey: .trainFingerprint)
        validationFingerprint =
            try earlier.decodeIfPresent(String.self, forKey: .testFingerprint)
            ?? values.decode(String.self, forKey: .validationFingerprint)
    }
}
