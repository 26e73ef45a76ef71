// SPDX-License-Identifier: Apache-2.0

/// Writes 8-bit images as normalised floats, mirrored and shifted as asked.
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

    /// The index that a mirror at the outermost pixels shows at `index`: -1 is 1, and `extent` is `extent - 2`.
    private static func reflected(_ index: Int, _ extent: Int) -> Int {
        let inside = abs(index)
        return inside < extent ? inside : 2 * (extent - 1) - inside
    }
}
