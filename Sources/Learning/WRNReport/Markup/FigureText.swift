// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNInspect

/// Numbers as the report writes them, the same in every locale.
enum FigureText {
    /// A number with a fixed count of decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        String(format: "%.\(decimals)f", locale: nil, value)
    }

    /// A fraction in `0...1` as `93.12 %`, with a space at which no line is broken.
    static func percent(_ fraction: Double, decimals: Int = 2) -> String {
        fixed(100 * fraction, decimals: decimals) + "\u{A0}%"
    }

    /// A whole number with commas.
    static func whole(_ value: Double) -> String {
        value.magnitude < 1e15 ? Int(value.rounded()).grouped : "\(value)"
    }

    /// A number at a tick: large whole ones with commas.
    static func tick(_ value: Double, decimals: Int) -> String {
        decimals == 0 && value.magnitude >= 10_000
            ? whole(value) : fixed(value, decimals: decimals)
    }

    /// A time: `12.3 s`, `3 min 05 s`, `2 h 10 min`, `4 days 03 h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds >= 0, seconds < 1e9 else { return "unknown" }
        if seconds < 59.95 { return fixed(seconds, decimals: 1) + " s" }
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(two(whole / 60 % 60)) min" }
        return "\(whole / 86_400) days \(two(whole / 3600 % 24)) h"
    }

    /// A count with its noun: `1 epoch`, `1,000 epochs`.
    static func counted(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(count.grouped) \(noun)s"
    }
}
