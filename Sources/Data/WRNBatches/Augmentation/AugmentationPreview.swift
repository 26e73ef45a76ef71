// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
package import WRNFetch
package import WRNImages

/// A preview of augmented images as pictures.
///
/// What is shown went through the same code as in training and is only turned back into bytes: an
/// image in an epoch looks as in a run with this seed. Mixing is the exception, as a run mixes an
/// image with those in its batch and a preview with those beside it.
package struct AugmentationPreview: Sendable {
    private let images: any ImageSet
    private let normalization: Normalization
    private let augmentation: Augmentation
    private let seed: UInt64

    /// Prepares a preview.
    ///
    /// - Throws: ``DataError`` for a normalisation or an augmentation that does not suit the
    ///   images.
    package init(
        images: any ImageSet, augmentation: Augmentation, seed: UInt64
    ) throws(DataError) {
        try augmentation.check(height: images.height, width: images.width)
        try augmentation.check(channels: images.channels)
        self.images = images
        self.augmentation = augmentation
        self.seed = seed
        // Any one serves, as it is undone; this one makes what is erased grey, its mean.
        normalization = .suited(to: images)
    }

    /// Some images, as many of each class as there are: of each a row with the image itself and
    /// what the first epochs make of it.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read or is no image.
    package func rows(count: Int, epochs: Int) throws(DataError) -> [[PixelImage]] {
        let indices = RoundRobin.indices(
            labels: images.labels, classes: images.classNames.count, count: count)
        var rows: [[PixelImage]] = []
        for index in indices { rows.append([try images.fittedImage(at: index)]) }
        for epoch in 0..<epochs {
            for (row, image) in try augmented(indices, epoch: epoch).enumerated() {
                rows[row].append(image)
            }
        }
        return rows
    }

    private func augmented(
        _ indices: [Int], epoch: Int
    ) throws(DataError) -> [PixelImage] {
        let renderer = SampleRenderer(
            images: images, normalization: normalization, augmentation: augmentation, seed: seed,
            epoch: epoch)
        let size = images.height * images.width * images.channels
        var values = [Float](repeating: 0, count: indices.count * size)
        var failure: DataError?
        values.withUnsafeMutableBufferPointer { values in
            for (position, index) in indices.enumerated() where failure == nil {
                let place = position * size..<(position + 1) * size
                do throws(DataError) {
                    try renderer.render(
                        index, drawnBy: index,
                        into: UnsafeMutableBufferPointer(rebasing: values[place]))
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        augmentation.mixing(
            height: images.height, width: images.width, seed: seed, epoch: epoch, batch: 0
        )?.apply(
            to: &values, count: indices.count, height: images.height, width: images.width)
        return indices.indices.map { image(values[$0 * size..<($0 + 1) * size]) }
    }

    private func image(_ values: ArraySlice<Float>) -> PixelImage {
        let channels = images.channels
        let pixels = values.enumerated().map { place, value in
            let channel = place % channels
            let pixel =
                value * normalization.standardDeviation[channel] + normalization.mean[channel]
            return UInt8(max(0, min(255, (255 * pixel).rounded())))
        }
        return PixelImage(
            height: images.height, width: images.width, channels: channels, pixels: pixels)
    }
}
