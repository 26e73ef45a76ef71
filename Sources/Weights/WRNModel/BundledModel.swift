// SPDX-License-Identifier: Apache-2.0

import CWRNBundledModel
package import WRNTensorFiles
import WRNText

/// A source of weights: the package itself, or a file.
///
///     let classifier = try Classifier(contentsOf: .bundled)
public enum WeightsSource: Hashable, Sendable {
    /// The model that comes with the package: WRN-16-2, trained on CIFAR-10.
    case bundled
    /// A file, or the directory of a run.
    case file(String)
}

extension WeightsSource: CustomStringConvertible {
    /// Reads what a command line or a `config.json` has: `bundled`, or a path.
    ///
    /// A file of that name is reached as `./bundled`.
    public init(_ text: String) {
        self = text == BundledModel.name ? .bundled : .file(text)
    }

    /// The text that stands for it on a command line and in `config.json`.
    public var description: String {
        switch self {
        case .bundled: BundledModel.name
        case .file(let path): path
        }
    }
}

extension WeightsSource: Codable {
    /// Reads the text that stands for it.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text that stands for it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The model that comes with the package: WRN-16-2, trained on CIFAR-10 by this package's own
/// program.
///
/// It is part of the program and needs neither a file nor a network. The page ModelCard.md of the
/// documentation describes its training, accuracy and limits.
package enum BundledModel {
    /// The word for it on a command line and in `config.json`.
    package static let name = "bundled"

    /// The end of a sentence about a file that is not there and is called ``name``, or like it; nil
    /// for any other text.
    package static func suggestion(for text: String) -> String? {
        guard text != name else {
            return "it is the name of the model that is part of the program, and a file is needed "
                + "here; write the model to one"
        }
        return NameSuggestions.near(text, among: [name]).isEmpty
            ? nil : "did you mean \(name), the model that is part of the program?"
    }

    /// The bytes of the file.
    package static var bytes: [UInt8] {
        Array(UnsafeBufferPointer(start: wrn_bundled_model(), count: wrn_bundled_model_size()))
    }

    /// Opens it.
    ///
    /// - Throws: A ``CheckpointError`` when the program itself is damaged.
    package static func archive() throws(CheckpointError) -> TensorArchive {
        try Safetensors.read(bytes, named: name)
    }
}
