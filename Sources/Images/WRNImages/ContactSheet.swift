// SPDX-License-Identifier: Apache-2.0

/// A page of many small images: rows of equal cells on white, with gaps between and around them.
///
/// Images are never interpolated. One that is smaller than its cell is enlarged a whole number of
/// times, one that is larger is reduced a whole number of times by averaging; it then stands in the
/// middle of its cell.
package struct ContactSheet: Hashable, Sendable {
    /// The rows of a cell.
    package let cellHeight: Int
    /// The columns of a cell.
    package let cellWidth: Int
    /// The white pixels between cells, and around them all.
    package let gap: Int

    /// The most pixels of a sheet: 64 million, less than 200 MB.
    package static let maximumPixelCount = 1 << 26

    /// Describes a sheet.
    ///
    /// - Throws: ``ImageError`` with the code `invalidArgument` unless a cell has 1 to 16384 pixels
    ///   each way and a gap 0 to 1024.
    package init(cellHeight: Int, cellWidth: Int, gap: Int = 2) throws(ImageError) {
        guard (1...16_384).contains(cellHeight), (1...16_384).contains(cellWidth) else {
            throw ImageError(
                .invalidArgument,
                "a cell of a contact sheet has 1 to 16384 pixels each way, not "
                    + "\(cellWidth)x\(cellHeight)"
            )
        }
        guard (0...1024).contains(gap) else {
            throw ImageError(
                .invalidArgument, "a gap of a contact sheet has 0 to 1024 pixels, not \(gap)")
        }
        self.cellHeight = cellHeight
        self.cellWidth = cellWidth
        self.gap = gap
    }

    /// The page in colour, as wide as the longest row; the rest of shorter rows is white.
    ///
    /// - Throws: ``ImageError`` when there is no image, an image is neither grey nor in colour, or
    ///   the page would have more than ``maximumPixelCount`` pixels.
    package func page(of rows: [[PixelImage]]) throws(ImageError) -> PixelImage {
        let columns = rows.map(\.count).max() ?? 0
        guard columns > 0 else {
            throw ImageError(.invalidArgument, "a contact sheet needs an image")
        }
        if let odd = rows.joined().first(where: { ![1, 3].contains($0.channels) }) {
            throw ImageError(
                .unsupported,
                "a contact sheet shows images of 1 channel (grey) or 3 (red, green, blue), not "
                    + "\(odd.channels)")
        }
        let (height, width) = try check(rows: rows.count, columns: columns)
        var pixels = [UInt8](repeating: 255, count: height * width * 3)
        for (row, images) in rows.enumerated() {
            for (column, image) in images.enumerated() {
                let fitted = image.fitted(height: cellHeight, width: cellWidth)
                    .converted(toChannels: 3)
                let top = gap + row * (cellHeight + gap) + (cellHeight - fitted.height) / 2
                let left = gap + column * (cellWidth + gap) + (cellWidth - fitted.width) / 2
                for line in 0..<fitted.height {
                    let source = line * fitted.width * 3
                    let place = ((top + line) * width + left) * 3
                    pixels.replaceSubrange(
                        place..<place + fitted.width * 3,
                        with: fitted.pixels[source..<source + fitted.width * 3])
                }
            }
        }
        return PixelImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    /// The rows and columns of pixels of a page of so many cells.
    ///
    /// - Throws: ``ImageError`` with the code `tooLarge` for more than ``maximumPixelCount``
    ///   pixels.
    @discardableResult
    package func check(rows: Int, columns: Int) throws(ImageError) -> (height: Int, width: Int) {
        let height = extent(cells: rows, of: cellHeight)
        let width = extent(cells: columns, of: cellWidth)
        guard let height, let width, height <= Self.maximumPixelCount / width else {
            throw ImageError(
                .tooLarge,
                "a contact sheet of \(columns)x\(rows) cells of \(cellWidth)x\(cellHeight) "
                    + "has more than \(Self.maximumPixelCount) pixels; show fewer images or "
                    + "smaller cells"
            )
        }
        return (height, width)
    }

    /// The pixels of cells and the gaps around them; nil for more than a page may have.
    private func extent(cells: Int, of size: Int) -> Int? {
        let (pixels, overflows) = cells.multipliedReportingOverflow(by: size + gap)
        return overflows || pixels > Self.maximumPixelCount ? nil : pixels + gap
    }
}

extension PixelImage {
    /// The image enlarged or reduced a whole number of times, as large as fits `height` x `width`.
    func fitted(height: Int, width: Int) -> PixelImage {
        let factor = min(height / self.height, width / self.width)
        guard factor == 0 else { return enlarged(factor) }
        // Rounded up, so that the last, perhaps smaller block fits too.
        return reduced(
            max((self.height + height - 1) / height, (self.width + width - 1) / width))
    }

    /// The image with each pixel repeated `factor` times each way.
    private func enlarged(_ factor: Int) -> PixelImage {
        guard factor > 1 else { return self }
        var enlarged: [UInt8] = []
        enlarged.reserveCapacity(pixels.count * factor * factor)
        for row in 0..<height {
            let start = enlarged.count
            for place in row * width..<(row + 1) * width {
                let pixel = pixels[place * channels..<(place + 1) * channels]
                for _ in 0..<factor { enlarged += pixel }
            }
            let line = Array(enlarged[start...])
            for _ in 1..<factor { enlarged += line }
        }
        return PixelImage(
            height: height * factor, width: width * factor, channels: channels, pixels: enlarged)
    }

    /// The image of the means of blocks of `factor` x `factor` pixels; those at the right and at
    /// the bottom may be smaller.
    private func reduced(_ factor: Int) -> PixelImage {
        let rows = (height + factor - 1) / factor
        let columns = (width + factor - 1) / factor
        var reduced: [UInt8] = []
        reduced.reserveCapacity(rows * columns * channels)
        for row in 0..<rows {
            let lines = row * factor..<min((row + 1) * factor, height)
            for column in 0..<columns {
                let places = column * factor..<min((column + 1) * factor, width)
                let count = lines.count * places.count
                for channel in 0..<channels {
                    var sum = 0
                    for line in lines {
                        for place in places {
                            sum += Int(pixels[(line * width + place) * channels + channel])
                        }
                    }
                    reduced.append(UInt8((sum + count / 2) / count))
                }
            }
        }
        return PixelImage(height: rows, width: columns, channels: channels, pixels: reduced)
    }
}
