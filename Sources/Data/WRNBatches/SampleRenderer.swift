// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNFetch
import WRNImages

/// The renderer of one image as the network reads it: decoded if it is a file, augmented,
/// normalised, and erased in part.
///
/// It is a function of the image, the seed and the epoch alone.
struct SampleRenderer: Sendable {
    private let images: any ImageSet
    private let augmentation: Augmentation
    private let seed: UInt64
    private let epoch: Int
    private let table: [Float]
    private let deviations: [Float]
    /// Writes images of arrays that are only flipped and shifted, without a copy on the way.
    private let direct: (images: LabelledImages, renderer: ImageRenderer)?

    /// - Precondition: `normalization` has a mean for each channel of `images`.
    init(
        images: any ImageSet, normalization: Normalization, augmentation: Augmentation,
        seed: UInt64, epoch: Int
    ) {
        self.images = images
        self.augmentation = augmentation
        self.seed = seed
        self.epoch = epoch
        table = normalization.table()
        deviations = normalization.standardDeviation
        direct =
            if augmentation.needsOnlyPlacement, let arrays = images as? LabelledImages {
                (arrays, ImageRenderer(images: arrays, normalization: normalization))
            } else {
                nil
            }
    }

    /// Writes one image, HWC, to `output`.
    ///
    /// - Parameter number: The number by which its augmentation is drawn: the index, or another one
    ///   for an image that comes again in the epoch.
    /// - Precondition: `output` has room for an image of the set's size.
    func render(
        _ index: Int, drawnBy number: Int, into output: UnsafeMutableBufferPointer<Float>
    ) throws(DataError) {
        if let direct {
            let placement = augmentation.placement(seed: seed, epoch: epoch, image: number)
            direct.images.withPixels(of: index) {
                direct.renderer.render($0, placement, into: output)
            }
        } else {
            let image = augmentation.augmented(
                try sized(index, drawnBy: number), seed: seed, epoch: epoch, image: number)
            normalize(image, into: output)
        }
        if let shift = augmentation.lightingShift(seed: seed, epoch: epoch, image: number) {
            add(zip(shift, deviations).map { $0 / $1 }, to: output)
        }
        for region in augmentation.erasedRegions(
            height: images.height, width: images.width, seed: seed, epoch: epoch, image: number)
        {
            erase(region, in: output)
        }
    }

    /// The image in the set's size: a random part of it, or all of it as in evaluations.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read or is no image, and for an image that
    ///   a set of a user's own has in another size or with other channels than it declares.
    private func sized(_ index: Int, drawnBy number: Int) throws(DataError) -> PixelImage {
        guard augmentation.randomResizedCrop != nil else {
            let image = try images.fittedImage(at: index)
            try check(image, index, height: images.height, width: images.width)
            return image
        }
        var chosen: PixelRegion?
        let part = try images.image(at: index) { height, width in
            chosen = augmentation.region(
                height: height, width: width, seed: seed, epoch: epoch, image: number)
            return chosen
        }
        guard let region = chosen else {
            throw DataError(
                .inconsistent,
                "\(images.title(of: index)): expected a part of the image, found an image whose "
                    + "part was never chosen; let the set call the closure with the image's size")
        }
        try check(part, index, height: region.height, width: region.width)
        return part.resized(height: images.height, width: images.width, by: .bilinear)
    }

    /// Refuses an image of another size or with other channels, whose pixels would be taken for
    /// those of other places, or would not be there.
    private func check(
        _ image: PixelImage, _ index: Int, height: Int, width: Int
    ) throws(DataError) {
        let channels = images.channels
        guard image.height == height, image.width == width, image.channels == channels else {
            throw DataError(
                .inconsistent,
                "\(images.title(of: index)): expected an image of \(height) x \(width) x "
                    + "\(channels) (rows, columns, channels) from its set, found one of "
                    + "\(image.height) x \(image.width) x \(image.channels); correct the set's "
                    + "size, or its images")
        }
    }

    private func normalize(
        _ image: PixelImage, into output: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(image.pixels.count == output.count, "the image has another size than its set")
        let channels = image.channels
        table.withUnsafeBufferPointer { table in
            image.pixels.withUnsafeBufferPointer { pixels in
                var place = 0
                while place < pixels.count {
                    for channel in 0..<channels {
                        output[place + channel] =
                            table[256 * channel + Int(pixels[place + channel])]
                    }
                    place += channels
                }
            }
        }
    }

    /// Adds a number to each channel.
    private func add(_ shift: [Float], to output: UnsafeMutableBufferPointer<Float>) {
        for place in output.indices { output[place] += shift[place % shift.count] }
    }

    /// Zero is the mean of what the network reads.
    private func erase(
        _ region: PixelRegion, in output: UnsafeMutableBufferPointer<Float>
    ) {
        for row in region.top..<region.top + region.height {
            let start = (row * images.width + region.left) * images.channels
            for place in start..<start + region.width * images.channels { output[place] = 0 }
        }
    }
}

/// Writes 8-bit images as normalised floats, mirrored and shifted.
struct ImageRenderer: Sendable {
    private let channels: Int
    private let height: Int
    private let width: Int
    private let table: [Float]

    /// - Precondition: `normalization` has a mean for each channel of `images`.
    init(images: LabelledImages, normalization: Normalization) {
        precondition(normalization.channels == images.channels, "channels differ")
        channels = images.channels
        height = images.height
        width = images.width
        table = normalization.table()
    }

    /// Writes one image, HWC, to `output`.
    ///
    /// - Precondition: both buffers have the image's size, and the shifts are below its extents.
    func render(
        _ pixels: UnsafeBufferPointer<UInt8>, _ placement: Augmentation.Placement,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let rowSize = width * channels
        precondition(pixels.count == height * rowSize && output.count == pixels.count)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: width) { columns in
            for column in 0..<width {
                let source = Self.reflected(column + placement.columnShift, width)
                columns[column] = channels * (placement.isFlipped ? width - 1 - source : source)
            }
            table.withUnsafeBufferPointer { table in
                guard let table = table.baseAddress, let columns = columns.baseAddress,
                    let pixels = pixels.baseAddress, let output = output.baseAddress
                else { return }
                for row in 0..<height {
                    let source = Self.reflected(row + placement.rowShift, height)
                    renderRow(
                        pixels + source * rowSize, columns, table, into: output + row * rowSize)
                }
            }
        }
    }

    private func renderRow(
        _ pixels: UnsafePointer<UInt8>, _ columns: UnsafePointer<Int>,
        _ table: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) {
        switch channels {
        case 1:
            for column in 0..<width {
                output[column] = table[Int(pixels[columns[column]])]
            }
        case 3:
            // Spelled out: with a loop over channels it takes twice the time.
            for column in 0..<width {
                let pixel = pixels + columns[column]
                let place = output + 3 * column
                place[0] = table[Int(pixel[0])]
                place[1] = table[256 + Int(pixel[1])]
                place[2] = table[512 + Int(pixel[2])]
            }
        default:
            for column in 0..<width {
                for channel in 0..<channels {
                    output[column * channels + channel] =
                        table[256 * channel + Int(pixels[columns[column] + channel])]
                }
            }
        }
    }

    /// The index that a mirror at the outermost pixels shows at `index`: -1 is 1, and `extent` is
    /// `extent - 2`.
    private static func reflected(_ index: Int, _ extent: Int) -> Int {
        let inside = abs(index)
        return inside < extent ? inside : 2 * (extent - 1) - inside
    }
}
