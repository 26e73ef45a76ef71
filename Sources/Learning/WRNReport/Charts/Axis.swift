// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A scale with ticks at round numbers, its ends included.
struct Axis {
    /// The number at the beginning.
    let lower: Double
    /// The number at the end, above `lower`.
    let upper: Double
    /// The distance between two ticks: 1, 2 or 5 times a power of ten.
    let step: Double

    /// The scale for numbers, with about `count` ticks; those that are not finite are left out.
    ///
    /// - Parameters:
    ///   - includesZero: Whether the scale always includes 0; otherwise it does so where 0 is near.
    ///   - isWhole: Whether ticks are at whole numbers only.
    init(
        _ values: [Double], count: Int = 5, includesZero: Bool = false, isWhole: Bool = false
    ) {
        // The clamp keeps sums and differences of the ends finite.
        let values = values.filter(\.isFinite).map { min(max($0, -Self.largest), Self.largest) }
        var low = values.min() ?? 0
        var high = values.max() ?? 1
        if includesZero || (low > 0 && low < high / 3) {
            low = min(low, 0)
            high = max(high, 0)
        }
        if high - low <= 1e-9 * max(high.magnitude, low.magnitude, 1e-9) {
            let room = high == 0 ? 1 : high.magnitude / 10
            low -= includesZero || low == 0 ? 0 : room
            high += room
        }
        var step = Self.roundStep(atLeast: (high - low) / Double(count))
        if isWhole { step = max(step, 1) }
        self.step = step
        lower = (low / step + 1e-9).rounded(.down) * step
        upper = (high / step - 1e-9).rounded(.up) * step
    }

    /// Larger numbers are clamped to the end of the scale.
    private static let largest = 1e300

    /// A scale with given ends.
    init(from lower: Double, to upper: Double, step: Double) {
        self.lower = lower
        self.upper = upper
        self.step = step
    }

    /// The numbers of the ticks.
    var ticks: [Double] {
        let count = min(max(((upper - lower) / step).rounded(), 0), 1000)
        return (0...Int(count)).map { lower + Double($0) * step }
    }

    /// The decimals that make labels of ticks distinct.
    var decimals: Int { Int(min(max(0, (-log10(step) - 1e-9).rounded(.up)), 300)) }

    /// A number's position, 0 at the beginning and 1 at the end.
    func fraction(_ value: Double) -> Double { (value - lower) / (upper - lower) }

    private static func roundStep(atLeast step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        let factor = [1.0, 2, 5, 10].first { $0 * power >= step * (1 - 1e-9) } ?? 10
        return factor * power
    }
}
