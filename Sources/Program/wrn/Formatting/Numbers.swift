// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNInspect

/// Numbers as people read them, the same in every locale.
enum Numbers {
    /// `36479194` as `36,479,194`.
    static func grouped(_ value: Int) -> String {
        value.grouped
    }

    /// A count with its noun, for example `1 epoch` or `1,000 epochs`.
    static func counted(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(grouped(count)) \(noun)s"
    }

    /// A number with a fixed count of decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        String(format: "%.\(decimals)f", locale: nil, value)
    }

    /// A fraction in `0...1` as `93.12 %`.
    static func percent(_ fraction: Double) -> String {
        fixed(100 * fraction, decimals: 2) + " %"
    }

    /// Bytes with a decimal unit: `145.9 MB`.
    static func bytes(_ count: Int) -> String {
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(count) / 1000
        var unit = 0
        while value >= 999.95, unit + 1 < units.count {
            value /= 1000
            unit += 1
        }
        return "\(fixed(value, decimals: 1)) \(units[unit])"
    }
}
