// SPDX-License-Identifier: Apache-2.0

public import WRNData

extension TrainingConfiguration.Data {
    /// The split that is evaluated after each epoch and chooses the best one, under the name that it has in the data set.
    ///
    /// Data sets without validation images, like CIFAR-10, are judged by their test images. Runs of earlier versions do not say which
    /// it was: `test` for a known data set, `validation` for all others.
    public var evaluatedSplit: Split {
        Self.evaluatedSplit(recorded: validationSplit, source: source)
    }

    static func evaluatedSplit(recorded: Split?, source: String) -> Split {
        recorded ?? (DataSource.knownNames.contains(source) ? .test : .validation)
    }

    /// What earlier versions call the number of validation images.
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
    }
}
