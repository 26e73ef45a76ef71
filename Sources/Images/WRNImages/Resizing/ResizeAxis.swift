// SPDX-License-Identifier: Apache-2.0

import WRNKernels

/// One axis of a resize: which source pixels make which pixels of the result, and with what
/// weights.
///
/// The numbers are those of Pillow's Resample.c, operation by operation, so that the roundings are
/// the same. For output x, with scale = inputs / outputs, s = max(scale, 1) and a filter f that is
/// zero from `support` on:
///
///     centre = (x + 1/2) scale
///     window = trunc(centre - support s + 1/2) ..< trunc(centre + support s + 1/2), within the inputs
///     weight of input i = f((i - centre + 1/2) / s), divided by the window's sum, times 2^22, rounded away from zero at halves
struct ResizeAxis {
    /// The first source pixel that counts.
    let first: Int
    /// How many source pixels count, from the first on.
    let inputs: Int
    /// The windows, with starts counted from `first`.
    let windows: ResampleWindows

    /// The axis of the outputs `kept`, of all `outputs` into which `inputs` are resized.
    init(inputs: Int, outputs: Int, keeping kept: Range<Int>, by interpolation: Interpolation) {
        let scale = Double(inputs) / Double(outputs)
        let filterScale = max(scale, 1)
        let support = interpolation.support * filterScale
        let inverse = 1 / filterScale
        let stride = min(Int(support.rounded(.up)) * 2 + 1, inputs)
        var starts: [Int32] = []
        var counts: [Int32] = []
        starts.reserveCapacity(kept.count)
        counts.reserveCapacity(kept.count)
        var weights = [Int32](repeating: 0, count: kept.count * stride)
        let first = Self.window(kept.lowerBound, scale, support, inputs).lowerBound
        var end = first
        withUnsafeTemporaryAllocation(of: Double.self, capacity: stride) { exact in
            for (row, output) in kept.enumerated() {
                let centre = (Double(output) + 0.5) * scale
                let window = Self.window(output, scale, support, inputs)
                var sum = 0.0
                for k in 0..<window.count {
                    let place = Double(window.lowerBound + k) - centre + 0.5
                    exact[k] = interpolation.weight(place * inverse)
                    sum += exact[k]
                }
                for k in 0..<window.count {
                    let weight =
                        (sum != 0 ? exact[k] / sum : exact[k]) * Double(ResampleWindows.one)
                    weights[row * stride + k] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
                }
                starts.append(Int32(window.lowerBound - first))
                counts.append(Int32(window.count))
                end = max(end, window.upperBound)
            }
        }
        self.first = first
        self.inputs = end - first
        windows = ResampleWindows(
            starts: starts, counts: counts, weights: weights, stride: stride)
    }

    private static func window(
        _ output: Int, _ scale: Double, _ support: Double, _ inputs: Int
    ) -> Range<Int> {
        let centre = (Double(output) + 0.5) * scale
        return max(0, Int(centre - support + 0.5))..<min(inputs, Int(centre + support + 0.5))
    }
}

extension Interpolation {
    /// From this distance on the filter is zero.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    /// The filter at a distance from its centre.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .bilinear:
            return x < 1 ? 1 - x : 0
        case .bicubic:
            // Keys' a.
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}
