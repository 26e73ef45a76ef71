// SPDX-License-Identifier: Apache-2.0

import WRNGraph

/// Numbers as the drawings write them, the same in every locale.
enum Figures {
    /// `36479194` as `36.5 M`; counts below 1000 as they are.
    static func short(_ value: Int) -> String {
        let units = ["k", "M", "G", "T", "P", "E"]
        guard value >= 1000 else { return "\(value)" }
        var amount = Double(value) / 1000
        var unit = 0
        while amount >= 999.95, unit + 1 < units.count {
            amount /= 1000
            unit += 1
        }
        return "\(fixed(amount, decimals: 1)) \(units[unit])"
    }

    /// A number that is not negative, with a fixed count of decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
        let (whole, rest) = Int((value * Double(scale)).rounded())
            .quotientAndRemainder(dividingBy: scale)
        let digits = String(rest)
        guard decimals > 0 else { return "\(whole)" }
        return "\(whole)." + String(repeating: "0", count: decimals - digits.count) + digits
    }

    /// A shape as `160 × 32×32`.
    static func shape(_ shape: FeatureShape) -> String {
        "\(shape.channels) × \(shape.height)×\(shape.width)"
    }
}
