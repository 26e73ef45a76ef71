// SPDX-License-Identifier: Apache-2.0

public import WRNImages
import WRNRandom

extension Augmentation {
    /// The operations of ``policy`` and ``colorJitter`` on one image in one epoch, in their order.
    ///
    /// - Parameters:
    ///   - height: The rows that the network sees.
    ///   - width: The columns that the network sees.
    ///   - seed: What everything is drawn from, with the epoch and the image's index in the set.
    public func operations(
        height: Int, width: Int, seed: UInt64, epoch: Int, image: Int
    ) -> [ImageOperation] {
        guard policy != nil || colorJitter != nil else { return [] }
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        return (policy?.operations(height: height, width: width, stream: stream) ?? [])
            + (colorJitter?.operations(stream: stream) ?? [])
    }

    /// The bytes of an image that has the network's size: flip, padded crop, then ``operations(height:width:seed:epoch:image:)``.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - seed: What everything is drawn from, with the epoch and the image's index in the set.
    /// - Precondition: ``check(height:width:)`` and ``check(channels:)`` have nothing against the image.
    public func augmented(
        _ image: PixelImage, seed: UInt64, epoch: Int, image index: Int
    ) -> PixelImage {
        let placed = placed(image, placement(seed: seed, epoch: epoch, image: index))
        return operations(
            height: image.height, width: image.width, seed: seed, epoch: epoch, image: index
        ).reduce(placed) { $0.applying($1) }
    }
}
