// SPDX-License-Identifier: Apache-2.0

/// Which part of a data set: the images to learn from, or those to be judged by.
public enum Split: String, CaseIterable, Hashable, Sendable, Codable {
    /// The training images.
    case train
    /// The images by which a run is judged while it goes on: the validation images, or the test images where there are no others.
    case validation
    /// The images for the last word: the test images, or the validation images where there are no others.
    case test

    /// The word for the split in a sentence: `training`, `validation` or `test`.
    public var adjective: String { self == .train ? "training" : rawValue }
}
