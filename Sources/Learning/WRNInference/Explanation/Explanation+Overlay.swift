// SPDX-License-Identifier: Apache-2.0

public import WRNImages

extension Explanation {
    /// The picture with the map over it: what speaks for the class is coloured, the more the
    /// brighter, all else is dimmed, and what the network does not see is black and white.
    ///
    /// Values below 0 are shown as 0, and the largest as the brightest colour.
    ///
    /// - Parameters:
    ///   - picture: The picture that was explained.
    ///   - extent: The longer side of the result, 1 or more: larger pictures are scaled down to it,
    ///     smaller ones up to at least half of it, by a whole number and with sharp pixels.
    /// - Precondition: `picture` has 1 channel or 3.
    public func overlay(on picture: PixelImage, extent: Int = 480) -> PixelImage {
        let longer = max(picture.height, picture.width)
        var base = picture.converted(toChannels: 3)
        var factor = 1
        if longer > extent {
            base = base.resized(
                height: max(picture.height * extent / longer, 1),
                width: max(picture.width * extent / longer, 1), by: .bilinear)
        } else {
            factor = max(extent / longer, 1)
        }
        let (height, width) = (base.height * factor, base.width * factor)
        let largest = max(map.values.max() ?? 0, .leastNormalMagnitude)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(height * width * 3)
        for (index, value) in map.resized(height: height, width: width).enumerated() {
            let source = ((index / width / factor) * base.width + index % width / factor) * 3
            let colour = (0..<3).map { Float(base.pixels[source + $0]) }
            guard let value else {
                let grey = (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 2
                pixels += [UInt8](repeating: UInt8(grey), count: 3)
                continue
            }
            let share = max(value, 0) / largest
            let heat = Self.colour(share)
            for channel in 0..<3 {
                let mixed = colour[channel] * (0.65 - 0.25 * share) + heat[channel] * 0.6 * share
                pixels.append(UInt8(min(max(mixed, 0), 255)))
            }
        }
        return PixelImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    /// From violet over red to yellow, in growing lightness, so that the order is seen without
    /// colours, too.
    private static func colour(_ share: Float) -> [Float] {
        let stops: [[Float]] = [
            [60, 10, 110], [150, 30, 110], [220, 60, 70], [250, 140, 20], [250, 230, 80],
        ]
        let place = min(max(share, 0), 1) * Float(stops.count - 1)
        let first = min(Int(place), stops.count - 2)
        let part = place - Float(first)
        return zip(stops[first], stops[first + 1]).map { $0 * (1 - part) + $1 * part }
    }
}
