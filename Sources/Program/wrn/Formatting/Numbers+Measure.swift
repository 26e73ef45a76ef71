// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Numbers {
    /// A measured number with at least three digits that mean something: `0.0123`, `1.23`, `12.3`, `12,345`.
    static func significant(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let size = abs(value)
        if size >= 99.95 { return grouped(Int(value.rounded())) }
        if size >= 9.995 { return fixed(value, decimals: 1) }
        if size >= 0.9995 || size == 0 { return fixed(value, decimals: 2) }
        return fixed(value, decimals: size >= 0.09995 ? 3 : 4)
    }

    /// A number in so many significant digits at most, with an exponent where it is short: `0.13`, `1e-05`.
    static func shortest(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)g", locale: nil, value)
    }

    /// A time of a computation: `12.3 us`, `1.23 ms`, `2.50 s`.
    static func time(_ seconds: Double) -> String {
        if seconds >= 0.9995 { return significant(seconds) + " s" }
        if seconds >= 0.9995e-3 { return significant(1e3 * seconds) + " ms" }
        return significant(1e6 * seconds) + " us"
    }
}
