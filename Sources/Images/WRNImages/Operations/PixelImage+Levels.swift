// SPDX-License-Identifier: Apache-2.0

// Operations on single bytes, by a table of 256 levels for each channel.

extension PixelImage {
    /// The negative: each level becomes its distance from 255.
    public func inverted() -> PixelImage {
        mapped { 255 - $0 }
    }

    /// The image with its levels from `threshold` on inverted.
    public func solarized(from threshold: Double) -> PixelImage {
        mapped { Double($0) < threshold ? $0 : 255 - $0 }
    }

    /// The image with only the highest bits of each channel; the others become 0.
    ///
    /// - Precondition: `bits` is in `1...8`.
    public func posterized(toBits bits: Int) -> PixelImage {
        precondition((1...8).contains(bits), "a channel has 1 to 8 bits to keep, not \(bits)")
        let mask = ~((1 << (8 - bits)) - 1)
        return mapped { $0 & mask }
    }

    /// The image with each channel stretched, so that its lowest level becomes 0 and its highest
    /// 255.
    ///
    /// A channel of one level stays as it is.
    public func autocontrasted() -> PixelImage {
        let ranges = histograms().map { counts in
            (counts.firstIndex { $0 > 0 } ?? 0, counts.lastIndex { $0 > 0 } ?? 0)
        }
        return mappedByChannel { channel, level in
            let (lowest, highest) = ranges[channel]
            guard highest > lowest else { return level }
            let scale = 255 / Double(highest - lowest)
            let offset = -Double(lowest) * scale
            return min(max(Int(Double(level) * scale + offset), 0), 255)
        }
    }

    /// The image with each channel's levels moved so that they become about equally frequent.
    ///
    /// With n pixels, l of them on the highest level, and step = (n - l) / 255 (all divisions
    /// rounding down), a level with b pixels below it becomes (step / 2 + b) / step. A channel
    /// stays as it is where step is 0.
    public func equalized() -> PixelImage {
        let tables = histograms().map { counts -> [Int] in
            let last = counts.last { $0 > 0 } ?? 0
            let step = (height * width - last) / 255
            guard step > 0 else { return Array(0...255) }
            var below = step / 2
            return counts.map { count in
                defer { below += count }
                return min(below / step, 255)
            }
        }
        return mappedByChannel { channel, level in tables[channel][level] }
    }

    /// The image with every level replaced by what `table` has for it, in `0...255`.
    func mapped(_ table: (_ level: Int) -> Int) -> PixelImage {
        let levels = (0...255).map { UInt8(table($0)) }
        return rewritten { input, output in
            levels.withUnsafeBufferPointer { levels in
                for index in 0..<input.count { output[index] = levels[Int(input[index])] }
            }
        }
    }

    /// The image with every level replaced by what `table` has for its channel and it, in
    /// `0...255`.
    private func mappedByChannel(_ table: (_ channel: Int, _ level: Int) -> Int) -> PixelImage {
        let levels = (0..<channels).flatMap { channel in
            (0...255).map { UInt8(table(channel, $0)) }
        }
        return rewritten { input, output in
            levels.withUnsafeBufferPointer { levels in
                for start in stride(from: 0, to: input.count, by: channels) {
                    for channel in 0..<channels {
                        output[start + channel] =
                            levels[channel << 8 | Int(input[start + channel])]
                    }
                }
            }
        }
    }

    /// How many pixels have each of the 256 levels, channel by channel.
    private func histograms() -> [[Int]] {
        (0..<channels).map { channel in
            var counts = [Int](repeating: 0, count: 256)
            pixels.withUnsafeBufferPointer { input in
                counts.withUnsafeMutableBufferPointer { counts in
                    for index in stride(from: channel, to: input.count, by: channels) {
                        counts[Int(input[index])] += 1
                    }
                }
            }
            return counts
        }
    }
}
