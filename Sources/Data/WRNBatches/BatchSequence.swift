// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
package import WRNFetch
import WRNRandom

/// The batches of one epoch, each a pure function of its number and the seeds.
package struct BatchSequence: Sendable {
    /// The number of batches.
    package let count: Int
    /// The images of every batch but perhaps the last.
    package let batchSize: Int

    private let images: any ImageSet
    private let renderer: SampleRenderer
    private let augmentation: Augmentation
    private let seed: UInt64
    private let epoch: Int
    private let skipsBroken: Bool
    private let indices: [Int]

    /// Creates the batches of an epoch.
    ///
    /// - Parameters:
    ///   - order: The order of the images, and the epoch's number.
    ///   - seed: The seed of the augmentation, together with the epoch and each image's index in
    ///     the set.
    ///   - dropsLastPartialBatch: Whether images that do not fill a batch are left out; kept by
    ///     default.
    ///   - skipsBroken: Whether a file that is no image is left out of its batch, which then has
    ///     fewer images.
    /// - Throws: ``DataError`` for a batch size below 1, a normalisation for another number of
    ///   channels, an augmentation that does not suit the images' size, or an epoch below 0.
    package init(
        images: any ImageSet, normalization: Normalization, augmentation: Augmentation = .none,
        batchSize: Int, order: BatchOrder = .sequential, seed: UInt64 = 0,
        dropsLastPartialBatch: Bool = false, skipsBroken: Bool = false
    ) throws(DataError) {
        guard batchSize >= 1 else {
            throw DataError(.invalidArgument, "a batch has 1 image or more, not \(batchSize)")
        }
        guard normalization.channels == images.channels else {
            throw DataError(
                .inconsistent,
                "\(images.name): the images have \(images.channels) channels, but the "
                    + "normalisation is for \(normalization.channels)")
        }
        guard UInt32(exactly: order.epoch) != nil, images.count <= 1 << 31 else {
            throw DataError(
                .invalidArgument,
                "an epoch's number is 0 or more and fits 32 bits, not \(order.epoch)")
        }
        try augmentation.check(height: images.height, width: images.width)
        try augmentation.check(channels: images.channels)
        self.images = images
        self.augmentation = augmentation
        self.batchSize = batchSize
        self.seed = seed
        self.skipsBroken = skipsBroken
        epoch = order.epoch
        renderer = SampleRenderer(
            images: images, normalization: normalization, augmentation: augmentation, seed: seed,
            epoch: epoch)
        indices = order.indices(count: images.count)
        let whole = images.count / batchSize
        let hasPartial = !images.count.isMultiple(of: batchSize)
        count = hasPartial && !dropsLastPartialBatch ? whole + 1 : whole
    }

    /// The bytes of the largest batch's pixels.
    var batchByteCount: Int {
        batchSize * images.height * images.width * images.channels * MemoryLayout<Float>.size
    }

    /// The batch of a number.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read or is no image, unless such files are
    ///   skipped.
    /// - Precondition: `index` is in `0 ..< count`.
    package func batch(at index: Int) throws(DataError) -> Batch {
        precondition((0..<count).contains(index), "batch \(index) of \(count)")
        let start = index * batchSize
        let chosen = indices[start..<min(start + batchSize, indices.count)]
        let size = images.height * images.width * images.channels
        var whole: [Int] = []
        var broken: [DataError] = []
        var failure: DataError?
        var pixels = [Float](unsafeUninitializedCapacity: chosen.count * size) { output, filled in
            for image in chosen {
                let place = whole.count * size..<(whole.count + 1) * size
                do throws(DataError) {
                    try renderer.render(
                        image, into: UnsafeMutableBufferPointer(rebasing: output[place]))
                    whole.append(image)
                } catch {
                    broken.append(error)
                    if !skipsBroken {
                        failure = error
                        break
                    }
                }
            }
            filled = whole.count * size
        }
        if let failure { throw failure }
        let mixing = augmentation.mixing(
            height: images.height, width: images.width, seed: seed, epoch: epoch, batch: index)
        mixing?.apply(
            to: &pixels, count: whole.count, height: images.height, width: images.width)
        return Batch(
            index: index, imageIndices: whole, images: pixels,
            labels: whole.map { images.labels[$0] }, mixing: mixing, broken: broken)
    }
}

/// Some images and their classes, ready for the network.
package struct Batch: Sendable {
    /// The batch's number in its epoch, from 0.
    package let index: Int
    /// Which images of the set these are.
    package let imageIndices: [Int]
    /// The normalised pixels, `[count, height, width, channels]`.
    package let images: [Float]
    /// The class of each image.
    package let labels: [Int]
    /// How the images were mixed with each other; nil where they were not.
    package let mixing: Mixing?
    /// The errors of files that were left out.
    package let broken: [DataError]

    /// The number of images; 0 where all files of the batch were broken.
    package var count: Int { labels.count }
}

/// The order of the images in an epoch.
package enum BatchOrder: Hashable, Sendable {
    /// As they are stored.
    case sequential
    /// In an order of their own for each seed and epoch.
    case shuffled(seed: UInt64, epoch: Int)

    /// The epoch's number; 0 for `sequential`.
    package var epoch: Int {
        switch self {
        case .sequential: 0
        case .shuffled(_, let epoch): epoch
        }
    }

    /// The order of `count` images.
    func indices(count: Int) -> [Int] {
        switch self {
        case .sequential: Array(0..<count)
        case .shuffled(let seed, let epoch):
            RandomStream(seed: seed, purpose: .shuffling, step: epoch).permutation(count: count)
        }
    }
}
