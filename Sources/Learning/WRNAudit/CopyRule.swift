// SPDX-License-Identifier: Apache-2.0

/// What tells the copies of an image from images that only look like it.
///
/// In some data sets different images are as similar as copies are in others: trousers that were
/// all photographed in the same way. A similarity is evidence where it stands out, and what it
/// stands out from are the images that are a little less alike. Where images only look alike there
/// are many of these, more the farther one looks; around copies there are hardly any.
enum CopyRule {
    /// The similarity from which images can be copies.
    static let threshold: Float = 0.84
    /// How many times as different from the image as its copy those are that are counted.
    static let factor: Float = 2.5
    /// The most of them for each copy, the copies included.
    static let share = 3
    /// The most copies of one image that differ in their pixels.
    static let maximumCopyCount = 64
    /// The similarity of images that can be counted: none is more different from an image than
    /// `factor` times what its copies may be.
    static let leastSimilarity = 1 - factor * (1 - threshold)
    /// The most images that are counted of those whose fingerprints are not near.
    static let farCount = 8

    /// An image that is like another.
    struct Likeness: Hashable, Sendable {
        /// The number of the image.
        let image: Int
        /// How similar it is, in `0...1`.
        let similarity: Float
    }

    /// The copies of an image: the most similar ones, as many as stand out together.
    ///
    /// - Parameters:
    ///   - alike: The images with near fingerprints whose similarity is ``leastSimilarity`` or
    ///     more.
    ///   - far: The similarities of those that are most alike of the images with other
    ///     fingerprints, at most ``farCount``. They are counted, and are no copies.
    static func copies(among alike: [Likeness], far: [Float]) -> Set<Int> {
        let candidates = alike.filter { $0.similarity >= threshold }
            .sorted { ($1.similarity, $0.image) < ($0.similarity, $1.image) }
            .prefix(maximumCopyCount)
        let similarities = (alike.map(\.similarity) + far).sorted(by: >)
        let leastFar = far.count < farCount ? 0 : far.min() ?? 0
        var (copies, counted) = (0, 0)
        for (place, candidate) in candidates.enumerated() {
            let limit = 1 - factor * (1 - candidate.similarity)
            while counted < similarities.count, similarities[counted] > limit { counted += 1 }
            // Where all of the far ones are that alike, there may be any number of others.
            if counted <= share * (place + 1), leastFar <= limit { copies = place + 1 }
        }
        return Set(candidates.prefix(copies).map(\.image))
    }
}
