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
    private let sharding: BatchSharding
    private let indices: [Int]
    /// The number by which each place in the epoch draws its augmentation.
    private let drawNumbers: [Int]?
    /// The scaling of the images to a smaller size; nil where they keep the set's.
    private let scaling: ImageScaling?

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
    ///   - sharding: The shards of a batch, and which of them are prepared here.
    ///   - size: The size to which the images are scaled at last, after augmentation and mixing;
    ///     nil for the set's.
    /// - Throws: ``DataError`` for a batch size below 1, a size below 1 or above the set's, a
    ///   normalisation for another number of channels, an augmentation that does not suit the
    ///   images' size, or an epoch below 0.
    package init(
        images: any ImageSet, normalization: Normalization, augmentation: Augmentation = .none,
        batchSize: Int, order: BatchOrder = .sequential, seed: UInt64 = 0,
        dropsLastPartialBatch: Bool = false, skipsBroken: Bool = false,
        sharding: BatchSharding = BatchSharding(), scaledTo size: (height: Int, width: Int)? = nil
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
        if let size {
            guard (1...images.height).contains(size.height),
                (1...images.width).contains(size.width)
            else {
                throw DataError(
                    .invalidArgument,
                    "images of \(images.height) x \(images.width) are scaled down to 1 pixel or "
                        + "more each way, not to \(size.height) x \(size.width)")
            }
        }
        try augmentation.check(height: images.height, width: images.width)
        try augmentation.check(channels: images.channels)
        let whole = (height: images.height, width: images.width)
        scaling = size.flatMap {
            $0 == whole ? nil : ImageScaling(from: whole, to: $0, channels: images.channels)
        }
        self.images = images
        self.augmentation = augmentation
        self.batchSize = batchSize
        self.seed = seed
        self.skipsBroken = skipsBroken
        self.sharding = sharding
        epoch = order.epoch
        renderer = SampleRenderer(
            images: images, normalization: normalization, augmentation: augmentation, seed: seed,
            epoch: epoch)
        indices = order.indices(labels: images.labels, classes: images.classNames.count)
        drawNumbers = order.drawNumbers(of: indices, count: images.count)
        let wholeBatches = images.count / batchSize
        let hasPartial = !images.count.isMultiple(of: batchSize)
        count = hasPartial && !dropsLastPartialBatch ? wholeBatches + 1 : wholeBatches
    }

    /// The bytes of the pixels of the largest batch that is prepared here.
    var batchByteCount: Int {
        sharding.places(ofBatch: batchSize).count * images.height * images.width * images.channels
            * MemoryLayout<Float>.size
    }

    /// The batch of a number.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read or is no image, unless such files are
    ///   skipped.
    /// - Precondition: `index` is in `0 ..< count`.
    package func batch(at index: Int) throws(DataError) -> Batch {
        precondition((0..<count).contains(index), "batch \(index) of \(count)")
        let start = index * batchSize
        let all = start..<min(start + batchSize, indices.count)
        let size = images.height * images.width * images.channels
        var whole: [Int] = []
        var shards: [Batch.Shard] = []
        var broken: [DataError] = []
        var failure: DataError?
        let capacity = sharding.places(ofBatch: all.count).count * size
        var pixels = [Float](unsafeUninitializedCapacity: capacity) { output, filled in
            places: for shard in sharding.prepared {
                let places = sharding.places(ofShard: shard, ofBatch: all.count)
                let first = whole.count
                for position in places.lowerBound + start..<places.upperBound + start {
                    let place = whole.count * size..<(whole.count + 1) * size
                    let image = indices[position]
                    do throws(DataError) {
                        try renderer.render(
                            image, drawnBy: drawNumbers?[position] ?? image,
                            into: UnsafeMutableBufferPointer(rebasing: output[place]))
                        whole.append(image)
                    } catch {
                        broken.append(error)
                        if !skipsBroken {
                            failure = error
                            break places
                        }
                    }
                }
                shards.append(
                    Batch.Shard(images: first..<whole.count, firstPlace: places.lowerBound))
            }
            filled = whole.count * size
        }
        if let failure { throw failure }
        let mixing = augmentation.mixing(
            height: images.height, width: images.width, seed: seed, epoch: epoch, batch: index)
        if let mixing {
            for shard in shards {
                mixing.apply(
                    to: &pixels, shard.images, of: whole.count, height: images.height,
                    width: images.width)
            }
        }
        if let scaling { pixels = scaling.scaled(pixels, count: whole.count) }
        return Batch(
            index: index, imageIndices: whole, images: pixels,
            labels: whole.map { images.labels[$0] }, shards: shards, mixing: mixing,
            broken: broken)
    }
}

/// The shards of a batch: contiguous parts of it, in the order of the epoch, of which some are
/// prepared here and the others elsewhere.
///
/// Shard s of the V shards of n images has the places
///
///     s n / V ..< (s + 1) n / V,   rounded down
///
/// so that it may be empty where n is below V. A file that is broken leaves its place empty, and
/// the shards of the other images are as without it.
package struct BatchSharding: Hashable, Sendable {
    /// The number of shards.
    package let count: Int
    /// The shards that are prepared here.
    package let prepared: Range<Int>

    /// Describes shards of which some are prepared here; all of them unless a range is given.
    ///
    /// - Precondition: There is a shard, and those prepared are among them.
    package init(count: Int = 1, prepared: Range<Int>? = nil) {
        let prepared = prepared ?? 0..<count
        precondition(
            count >= 1 && (0...count).contains(prepared.upperBound) && prepared.lowerBound >= 0,
            "there are no shards \(prepared) of \(count)")
        self.count = count
        self.prepared = prepared
    }

    /// The places of a shard in a batch of so many images.
    package func places(ofShard shard: Int, ofBatch images: Int) -> Range<Int> {
        shard * images / count..<(shard + 1) * images / count
    }

    /// The places of all shards that are prepared here.
    package func places(ofBatch images: Int) -> Range<Int> {
        prepared.lowerBound * images / count..<prepared.upperBound * images / count
    }
}

/// Some images and their classes, ready for the network: those of the batch's shards that are
/// prepared here.
package struct Batch: Sendable {
    /// A part of the images that is computed by itself.
    package struct Shard: Hashable, Sendable {
        /// The images among those of the batch that are here; none where the batch has too few, or
        /// all files are broken.
        package let images: Range<Int>
        /// The place in the whole batch at which the shard begins.
        package let firstPlace: Int
    }

    /// The batch's number in its epoch, from 0.
    package let index: Int
    /// Which images of the set these are.
    package let imageIndices: [Int]
    /// The normalised pixels, `[count, height, width, channels]`.
    package let images: [Float]
    /// The class of each image.
    package let labels: [Int]
    /// The shards, in their order.
    package let shards: [Shard]
    /// How the images of each shard were mixed with each other; nil where they were not.
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
    /// As many images as there are, drawn by their classes for each seed and epoch, in an order of
    /// their own.
    case drawn(ClassShares, seed: UInt64, epoch: Int)

    /// The epoch's number; 0 for `sequential`.
    package var epoch: Int {
        switch self {
        case .sequential: 0
        case .shuffled(_, let epoch), .drawn(_, _, let epoch): epoch
        }
    }

    /// The order of images with these classes.
    func indices(labels: [Int], classes: Int) -> [Int] {
        switch self {
        case .sequential: return Array(labels.indices)
        case .shuffled(let seed, let epoch):
            return RandomStream(seed: seed, purpose: .shuffling, step: epoch)
                .permutation(count: labels.count)
        case .drawn(let shares, let seed, let epoch):
            let drawn = shares.drawn(from: labels, classes: classes, seed: seed, epoch: epoch)
            return RandomStream(seed: seed, purpose: .shuffling, step: epoch)
                .permutation(count: drawn.count).map { drawn[$0] }
        }
    }

    /// The number by which each place of an epoch draws its augmentation: the image's own, and
    /// another one for each repetition, so that an image which comes twice is augmented otherwise.
    ///
    /// Nil where no image comes twice.
    func drawNumbers(of indices: [Int], count: Int) -> [Int]? {
        guard case .drawn = self else { return nil }
        var isKnown = [Bool](repeating: false, count: count)
        return indices.enumerated().map { position, image in
            defer { isKnown[image] = true }
            return isKnown[image] ? count + position : image
        }
    }
}

/// The shares of an epoch's images that the classes have, where these are drawn.
package enum ClassShares: Hashable, Sendable {
    /// The same share for each class that has images.
    case equal
    /// A share in proportion to the square root of the number of the class's images.
    case squareRoot

    /// As many images as there are labels, class after class.
    ///
    /// Class c with n(c) of the n images gets n v(c) / sum of v, rounded down or up at random so
    /// that the mean over epochs is exact (systematic sampling): v is 1 or the square root of n(c).
    /// All its images come equally often, those beyond a whole number of times drawn without
    /// repetition.
    func drawn(from labels: [Int], classes: Int, seed: UInt64, epoch: Int) -> [Int] {
        var members = [[Int]](repeating: [], count: classes)
        for (image, label) in labels.enumerated() { members[label].append(image) }
        let values = members.map { images in
            switch self {
            case .equal: images.isEmpty ? 0.0 : 1.0
            case .squareRoot: Double(images.count).squareRoot()
            }
        }
        let total = values.reduce(0, +)
        let offset = RandomStream(seed: seed, purpose: .sampling, step: epoch).uniform(at: 0)
        let last = values.lastIndex { $0 > 0 }
        var (sum, before) = (0.0, 0)
        var result: [Int] = []
        result.reserveCapacity(labels.count)
        for (number, images) in members.enumerated() where !images.isEmpty {
            sum += values[number]
            // The last class takes the rest, whatever the sums were rounded to.
            let end =
                number == last
                ? labels.count
                : min(Int(Double(labels.count) * sum / total + offset), labels.count)
            let count = end - before
            before = end
            for _ in 0..<count / images.count { result += images }
            let order = RandomStream(
                seed: seed, purpose: .sampling, step: epoch, item: number + 1
            ).permutation(count: images.count)
            result += order.prefix(count % images.count).map { images[$0] }
        }
        return result
    }
}
