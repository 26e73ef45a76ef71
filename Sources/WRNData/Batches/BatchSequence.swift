// SPDX-License-Identifier: Apache-2.0

/// The batches of one epoch, each a pure function of its number: the same for the same seeds, whoever asks, and
/// whatever was asked before.
public struct BatchSequence: Sendable {
    /// The number of batches.
    public let count: Int
    /// The images of every batch but perhaps the last.
    public let batchSize: Int

    private let images: LabelledImages
    private let renderer: ImageRenderer
    private let augmentation: Augmentation
    private let seed: UInt64
    private let epoch: Int
    private let indices: [Int]

    /// Creates the batches of an epoch.
    ///
    /// - Parameters:
    ///   - order: The order of the images, and the epoch's number.
    ///   - seed: What the augmentation is drawn from, together with the epoch and each image's index in the set.
    ///   - dropsLastPartialBatch: Whether images that do not fill a batch are left out; kept by default.
    /// - Throws: ``DataError`` for a batch size below 1, a normalisation for another number of channels, an
    ///   augmentation that does not suit the images' size, or an epoch below 0.
    public init(
        images: LabelledImages, normalization: Normalization, augmentation: Augmentation = .none,
        batchSize: Int, order: BatchOrder = .sequential, seed: UInt64 = 0,
        dropsLastPartialBatch: Bool = false
    ) throws(DataError) {
        guard batchSize >= 1 else {
            throw DataError(.invalidArgument, "a batch has 1 image or more, not \(batchSize)")
        }
        guard normalization.channels == images.channels else {
            throw DataError(
                .inconsistent,
                "\(images.name): the images have \(images.channels) channels, but the normalisation "
                    + "is for \(normalization.channels)")
        }
        guard UInt32(exactly: order.epoch) != nil, images.count <= 1 << 31 else {
            throw DataError(
                .invalidArgument,
                "an epoch's number is 0 or more and fits 32 bits, not \(order.epoch)")
        }
        try augmentation.check(height: images.height, width: images.width)
        self.images = images
        self.augmentation = augmentation
        self.batchSize = batchSize
        self.seed = seed
        epoch = order.epoch
        renderer = ImageRenderer(images: images, normalization: normalization)
        indices = order.indices(count: images.count)
        let whole = images.count / batchSize
        let hasPartial = !images.count.isMultiple(of: batchSize)
        count = hasPartial && !dropsLastPartialBatch ? whole + 1 : whole
    }

    /// The batch of a number.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    public func batch(at index: Int) -> Batch {
        precondition((0..<count).contains(index), "batch \(index) of \(count)")
        let start = index * batchSize
        let chosen = Array(indices[start..<min(start + batchSize, indices.count)])
        let size = images.imageByteCount
        let pixels = [Float](unsafeUninitializedCapacity: chosen.count * size) { output, filled in
            for (position, image) in chosen.enumerated() {
                let placement = augmentation.placement(seed: seed, epoch: epoch, image: image)
                images.withPixels(of: image) { pixels in
                    let place = position * size..<(position + 1) * size
                    renderer.render(
                        pixels, placement,
                        into: UnsafeMutableBufferPointer(rebasing: output[place]))
                }
            }
            filled = chosen.count * size
        }
        return Batch(
            index: index, imageIndices: chosen, images: pixels,
            labels: chosen.map { images.labels[$0] })
    }
}
