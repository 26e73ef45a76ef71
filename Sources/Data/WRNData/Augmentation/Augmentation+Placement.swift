// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNRandom

extension Augmentation {
    /// Where an augmented image lies in the original.
    struct Placement: Hashable {
        var isFlipped = false
        /// The rows by which the content moves up.
        var rowShift = 0
        /// The columns by which the content moves left, after the flip.
        var columnShift = 0
    }

    /// Whether the bytes of an image are changed by its ``placement(seed:epoch:image:)`` in a reflecting border and by nothing else.
    ///
    /// Then neither ``region(height:width:seed:epoch:image:)`` nor ``augmented(_:seed:epoch:image:)`` has to be asked; erased regions and
    /// mixing come after the bytes in either case.
    var needsOnlyPlacement: Bool {
        randomResizedCrop == nil && policy == nil && colorJitter == nil
            && (cropPadding == 0 || cropBorder == .reflect)
    }

    /// The placement of one image in one epoch: a function of its arguments alone.
    func placement(seed: UInt64, epoch: Int, image: Int) -> Placement {
        var placement = Placement()
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        if horizontalFlip { placement.isFlipped = stream.bool(at: AugmentationDraw.flip) }
        if cropPadding > 0 {
            let choices = 2 * cropPadding + 1
            placement.rowShift =
                stream.integer(at: AugmentationDraw.rowShift, below: choices) - cropPadding
            placement.columnShift =
                stream.integer(at: AugmentationDraw.columnShift, below: choices) - cropPadding
        }
        return placement
    }

    /// The image mirrored and shifted as a placement says, with this augmentation's border.
    ///
    /// - Precondition: With a reflecting border the shifts are below the image's extents.
    func placed(_ image: PixelImage, _ placement: Placement) -> PixelImage {
        guard placement != Placement() else { return image }
        let (height, width, channels) = (image.height, image.width, image.channels)
        let rows = sources(height, shift: placement.rowShift)
        let columns = sources(width, shift: placement.columnShift).map { column in
            placement.isFlipped && column != Self.outside ? width - 1 - column : column
        }
        let size = image.pixels.count
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { output, filled in
            filled = size
            image.pixels.withUnsafeBufferPointer { input in
                var place = 0
                for row in rows {
                    for column in columns {
                        let isInside = row != Self.outside && column != Self.outside
                        let source = isInside ? (row * width + column) * channels : 0
                        for channel in 0..<channels {
                            output[place + channel] = isInside ? input[source + channel] : 0
                        }
                        place += channels
                    }
                }
            }
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }

    /// No row or column of the image: a border of zeros.
    private static let outside = -1

    /// Where each row or column of a shifted image comes from.
    private func sources(_ extent: Int, shift: Int) -> [Int] {
        (0..<extent).map { index in
            let source = index + shift
            if (0..<extent).contains(source) { return source }
            guard cropBorder == .reflect else { return Self.outside }
            return source < 0 ? -source : 2 * (extent - 1) - source
        }
    }
}
