// SPDX-License-Identifier: Apache-2.0

import CWRNBundledModel
public import WRNTensorFiles
import WRNText

/// The model that comes with the package: WRN-16-2, trained on CIFAR-10 by this package's own
/// program.
///
/// It is part of the program and needs neither a file nor a network. The page ModelCard.md of the
/// documentation describes its training, accuracy and limits.
public enum BundledModel {
    /// The name that means it wherever a path of weights is expected.
    public static let name = "bundled"

    /// A question for a text that misspells ``name``; nil for any other text.
    package static func suggestion(for text: String) -> String? {
        NameSuggestions.near(text, among: [name]).isEmpty
            ? nil : "did you mean \(name), the model that is part of the program?"
    }

    /// The bytes of the file.
    public static var bytes: [UInt8] {
        Array(UnsafeBufferPointer(start: wrn_bundled_model(), count: wrn_bundled_model_size()))
    }

    /// Opens it.
    ///
    /// - Throws: A ``WRNTensorFiles/CheckpointError`` when the program itself is damaged.
    public static func archive() throws(CheckpointError) -> TensorArchive {
        try Safetensors.read(bytes, named: name)
    }

    /// Opens the bundled model or a file of tensors.
    ///
    /// - Parameter path: ``name``, or a path; a file of that name is reached as `./bundled`.
    package static func archive(orContentsOf path: String) throws(CheckpointError) -> TensorArchive
    {
        path == name ? try archive() : try TensorFile.read(contentsOf: path)
    }
}
