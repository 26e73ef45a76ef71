// SPDX-License-Identifier: Apache-2.0

/// The formats in which features are written.
public enum FeatureFormat: String, Hashable, Sendable, CaseIterable {
    /// A tensor for each layer, with the images as its first extent; the metadata `files` is a JSON list of the images' files.
    case safetensors
    /// NumPy's: one array of as many rows as images. Several layers stand side by side, which only vectors can; files have no names.
    case npy
    /// Text: a line for each image, with its file in the first column `file` and a column for each number.
    case csv

    /// The format that a file's ending names, or nil.
    public init?(fileName: String) {
        guard let format = Self.allCases.first(where: { fileName.hasSuffix("." + $0.rawValue) })
        else { return nil }
        self = format
    }
}
