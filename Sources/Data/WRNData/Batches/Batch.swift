// SPDX-License-Identifier: Apache-2.0

/// Some images and their classes, ready for the network.
public struct Batch: Sendable {
    /// The batch's number in its epoch, from 0.
    public let index: Int
    /// Which images of the set these are.
    public let imageIndices: [Int]
    /// The normalised pixels, `[count, height, width, channels]`.
    public let images: [Float]
    /// The class of each image.
    public let labels: [Int]
    /// How the images were mixed with each other; nil where they were not.
    public let mixing: Mixing?
    /// What was wrong with files that were left out.
    public let broken: [DataError]

    /// The number of images; 0 where all files of the batch were broken.
    public var count: Int { labels.count }
}
