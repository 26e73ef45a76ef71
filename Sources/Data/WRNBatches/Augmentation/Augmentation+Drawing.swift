// SPDX-License-Identifier: Apache-2.0

public import WRNImages
import WRNRandom

extension Augmentation {
    /// The position of an augmented image in the original.
    struct Placement: Hashable {
        var isFlipped = false
        /// The rows by which the content moves up.
        var rowShift = 0
        /// The columns by which the content moves left, after the flip.
        var columnShift = 0
    }

    /// Whether the bytes of an image are changed by its ``placement(seed:epoch:image:)`` in a
    /// reflecting border and by nothing else.
    ///
    /// Then neither ``region(height:width:seed:epoch:image:)`` nor
    /// ``augmented(_:seed:epoch:image:)`` has to be called; erased regions and mixing follow in
    /// either case.
    var needsOnlyPlacement: Bool {
        randomResizedCrop == nil && policy == nil && colorJitter == nil
            && (cropPadding == 0 || cropBorder == .reflect)
    }

    /// The placement of one image in one epoch: a function of its arguments alone.
    func placement(seed: UInt64, epoch: Int, image: Int) -> Placement {
        var placement = Placement()
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        switch horizontalFlip {
        case .never: break
        case .random: placement.isFlipped = stream.bool(at: AugmentationDraw.flip)
        case .alternate:
            let first = RandomStream(seed: seed, purpose: .augmentation, step: 0, item: image)
                .bool(at: AugmentationDraw.flip)
            placement.isFlipped = first == epoch.isMultiple(of: 2)
        }
        if cropPadding > 0 {
            let choices = 2 * cropPadding + 1
            placement.rowShift =
                stream.integer(at: AugmentationDraw.rowShift, below: choices) - cropPadding
            placement.columnShift =
                stream.integer(at: AugmentationDraw.columnShift, below: choices) - cropPadding
        }
        return placement
    }

    /// The image mirrored and shifted by a placement, with this augmentation's border.
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

extension Augmentation {
    /// The operations of ``policy`` and ``colorJitter`` on one image in one epoch, in their order.
    ///
    /// - Parameters:
    ///   - height: The rows of the network's input.
    ///   - width: The columns of the network's input.
    ///   - seed: The seed of the random numbers, together with the epoch and the image's index in
    ///     the set.
    package func operations(
        height: Int, width: Int, seed: UInt64, epoch: Int, image: Int
    ) -> [ImageOperation] {
        guard policy != nil || colorJitter != nil else { return [] }
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        return (policy?.operations(height: height, width: width, stream: stream) ?? [])
            + (colorJitter?.operations(stream: stream) ?? [])
    }

    /// The bytes of an image that has the network's size: flip, padded crop, then
    /// `operations(height:width:seed:epoch:image:)`.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - seed: The seed of the random numbers, together with the epoch and the image's index in
    ///     the set.
    /// - Precondition: ``check(height:width:)`` and ``check(channels:)`` accept the image.
    public func augmented(
        _ image: PixelImage, seed: UInt64, epoch: Int, image index: Int
    ) -> PixelImage {
        let placed = placed(image, placement(seed: seed, epoch: epoch, image: index))
        return operations(
            height: image.height, width: image.width, seed: seed, epoch: epoch, image: index
        ).reduce(placed) { $0.applying($1) }
    }
}

extension Augmentation {
    /// The principal components of the colours of ImageNet's training images, and their deviations,
    /// of pixels in 0...1.
    private static let components: [[Double]] = [
        [-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203],
    ]
    private static let deviations = [0.2175, 0.0188, 0.0045]

    /// What ``lighting`` adds to red, green and blue of an image, in units of pixel / 255; nil
    /// without it.
    ///
    ///     shift = sum over components j of component[j] · deviation[j] · α[j]
    ///
    /// where α[j] is normal with the deviation ``lighting``.
    ///
    /// - Reference: Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural
    ///   Networks", section 4.1; the numbers are those of fb.resnet.torch.
    public func lightingShift(seed: UInt64, epoch: Int, image: Int) -> [Float]? {
        guard let lighting else { return nil }
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        let (first, second) = stream.normals(at: AugmentationDraw.lighting)
        let (third, _) = stream.normals(at: AugmentationDraw.lighting + 1)
        let weights = zip([first, second, third], Self.deviations).map { lighting * $0 * $1 }
        return Self.components.map { row in
            Float(zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 })
        }
    }
}

extension Augmentation {
    /// The rectangles of an image that are set to 0 after normalisation: of ``randomErasing``, then
    /// of ``cutout``.
    ///
    /// - Parameters:
    ///   - height: The rows of the network's input.
    ///   - width: The columns of the network's input.
    ///   - seed: The seed of the random numbers, together with the epoch and the image's index in
    ///     the set.
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
    /// - Reference: DeVries and Taylor 2017, "Improved Regularization of Convolutional Neural
    ///   Networks with Cutout".
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
