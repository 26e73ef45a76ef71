// SPDX-License-Identifier: Apache-2.0

/// What a person should know of a split before training on it; every image was decoded for it.
public struct SplitInspection: Hashable, Sendable {
    /// The smallest, the middle and the largest of some lengths.
    public struct Spread: Hashable, Sendable, Codable {
        /// The smallest.
        public let minimum: Int
        /// The middle one; of an even number, the smaller of the two.
        public let median: Int
        /// The largest.
        public let maximum: Int

        /// The spread of sorted lengths; nil for none.
        init?(sorted lengths: [Int]) {
            guard let first = lengths.first, let last = lengths.last else { return nil }
            (minimum, median, maximum) = (first, lengths[(lengths.count - 1) / 2], last)
        }
    }

    /// A class, and how many images it has.
    public struct ClassCount: Hashable, Sendable, Codable {
        /// The class's name.
        public let name: String
        /// Its images, the broken ones among them.
        public let count: Int
    }

    /// An image that cannot be used, or only in part.
    public struct BrokenImage: Hashable, Sendable, Codable {
        /// Its file, or its number.
        public let title: String
        /// The whole sentence that says what is wrong.
        public let message: String
    }

    /// Which split.
    public let split: Split
    /// The classes, in the order of their numbers.
    public let classes: [ClassCount]
    /// The widths of the images as they are stored, without the broken ones; nil for none.
    public let widths: Spread?
    /// The heights of the images as they are stored, without the broken ones; nil for none.
    public let heights: Spread?
    /// How many images are stored in each format; `array` for sets that are no files.
    public let formats: [String: Int]
    /// The mean of each channel over all pixels of the fitted images, as a fraction of 255.
    public let mean: [Double]
    /// The standard deviation of each channel over all pixels of the fitted images, as a fraction of 255.
    public let standardDeviation: [Double]
    /// The images that cannot be used, in their order.
    public let broken: [BrokenImage]
    /// The images that are damaged and read all the same, in part grey or wrong, in their order.
    public let damaged: [BrokenImage]
    /// The images of 16-bit grey whose brighter values are clipped to white, in their order.
    public let clipped: [BrokenImage]
    /// What else a person should know of the images and where they lie, one sentence each.
    public let notes: [String]

    /// The number of images, the broken ones among them.
    public var count: Int { classes.reduce(0) { $0 + $1.count } }
}
