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

    /// The number of images.
    public var count: Int { labels.count }
}
