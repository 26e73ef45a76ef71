// SPDX-License-Identifier: Apache-2.0

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
