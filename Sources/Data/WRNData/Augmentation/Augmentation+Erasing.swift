// SPDX-License-Identifier: Apache-2.0

public import WRNImages
import WRNRandom

extension Augmentation {
    /// The rectangles of an image that are set to 0 after normalisation: of ``randomErasing``, then of ``cutout``.
    ///
    /// - Parameters:
    ///   - height: The rows that the network sees.
    ///   - width: The columns that the network sees.
    ///   - seed: What everything is drawn from, with the epoch and the image's index in the set.
    public func erasedRegions(
        height: Int, width: Int, seed: UInt64, epoch: Int, image: Int
    ) -> [PixelRegion] {
        guard randomErasing != nil || cutout != nil else { return [] }
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        let erased = randomErasing?.region(height: height, width: width, stream: stream)
        let square = cutout.map { side in
            Self.square(side, height: height, width: width, stream: stream)
        }
        return [erased, square].compactMap(\.self)
    }

    /// The part in the image of a square whose centre is any of its pixels.
    ///
    /// - Reference: DeVries and Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout".
    private static func square(
        _ side: Int, height: Int, width: Int, stream: RandomStream
    ) -> PixelRegion {
        func part(_ centre: Int, _ extent: Int) -> Range<Int> {
            (centre - side / 2..<centre - side / 2 + side).clamped(to: 0..<extent)
        }
        let rows = part(stream.integer(at: AugmentationDraw.cutoutRow, below: height), height)
        let columns = part(stream.integer(at: AugmentationDraw.cutoutColumn, below: width), width)
        return PixelRegion(
            top: rows.lowerBound, left: columns.lowerBound, height: rows.count,
            width: columns.count)
    }
}
