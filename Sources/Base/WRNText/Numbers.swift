// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers and durations in words, the same in every locale.
package enum Numbers {
    /// `36479194` as `36,479,194`.
    package static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
    }

    /// A count with its noun, for example `1 epoch` or `1,000 epochs`.
    package static func counted(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(grouped(count)) \(noun)s"
    }

    /// A number with a fixed count of decimals.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        printed(value, "%.*f", decimals)
    }

    /// A number in at most `digits` significant digits, with an exponent where that is shorter:
    /// `0.13`, `1e-05`.
    package static func shortest(_ value: Double, digits: Int) -> String {
        printed(value, "%.*g", digits)
    }

    /// A fraction in `0...1` as `93.12 %`.
    ///
    /// - Parameter space: What stands before the sign.
    package static func percent(
        _ fraction: Double, decimals: Int = 2, space: String = " "
    ) -> String {
        fixed(100 * fraction, decimals: decimals) + space + "%"
    }

    /// Bytes with a decimal unit: `145.9 MB`.
    package static func bytes(_ count: Int) -> String {
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(count) / 1000
        var unit = 0
        while value >= 999.95, unit + 1 < units.count {
            value /= 1000
            unit += 1
        }
        return "\(fixed(value, decimals: 1)) \(units[unit])"
    }

    /// A measured number with at least three significant digits: `1.23e-05`, `0.0123`, `1.23`,
    /// `12.3`, `12,345`.
    package static func significant(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let size = abs(value)
        if size >= 99.95 { return grouped(Int(value.rounded())) }
        if size >= 9.995 { return fixed(value, decimals: 1) }
        if size >= 0.9995 || size == 0 { return fixed(value, decimals: 2) }
        if size < 0.009995 { return shortest(value, digits: 3) }
        return fixed(value, decimals: size >= 0.09995 ? 3 : 4)
    }

    /// The time of a computation: `12.3 us`, `1.23 ms`, `2.50 s`.
    package static func time(_ seconds: Double) -> String {
        if seconds >= 0.9995 { return significant(seconds) + " s" }
        if seconds >= 0.9995e-3 { return significant(1e3 * seconds) + " ms" }
        return significant(1e6 * seconds) + " us"
    }

    /// A duration in words: `12 s`, `3 min 05 s`, `2 h 10 min`, `4 days 03 h`; `years` for more
    /// than a thousand million seconds, and for what is not a number.
    ///
    /// - Parameter decimals: Those of seconds below a minute.
    package static func duration(_ seconds: Double, decimals: Int = 0) -> String {
        guard seconds < 1e9 else { return "years" }
        let seconds = max(seconds, 0)
        let whole = Int(seconds.rounded())
        if decimals > 0 ? seconds < 59.95 : whole < 60 {
            return fixed(decimals > 0 ? seconds : Double(whole), decimals: decimals) + " s"
        }
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(twoDigits(whole / 60 % 60)) min" }
        return "\(whole / 86_400) days \(twoDigits(whole / 3600 % 24)) h"
    }

    /// A duration in at most six characters, for a column: `12 s`, `3:05`, `2:10 h`, `4.1 d`.
    package static func shortDuration(_ seconds: Double) -> String {
        guard seconds < 1e8 else { return "years" }
        let whole = Int(max(seconds, 0).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60):\(twoDigits(whole % 60))" }
        if whole < 86_400 { return "\(whole / 3600):\(twoDigits(whole / 60 % 60)) h" }
        return fixed(seconds / 86_400, decimals: 1) + " d"
    }

    /// A duration that is not known exactly, in words: `less than a minute`, `about a minute`,
    /// `about 6 minutes`, `about 2.5 hours`, `about 4 days`; `years` for more than a thousand
    /// million seconds, and for what is not a number.
    package static func approximateDuration(_ seconds: Double) -> String {
        guard seconds < 1e9 else { return "years" }
        if seconds < 55 { return "less than a minute" }
        if seconds < 90 { return "about a minute" }
        if seconds < 5400 { return "about \(Int((seconds / 60).rounded())) minutes" }
        let hours = seconds / 3600
        if hours < 9.95 {
            let text = fixed(hours, decimals: 1)
            return "about \(text.hasSuffix(".0") ? String(text.dropLast(2)) : text) hours"
        }
        if hours < 48 { return "about \(Int(hours.rounded())) hours" }
        return "about \(grouped(Int((hours / 24).rounded()))) days"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// A number as C's `printf` writes it, with a point before the decimals whatever the locale.
    private static func printed(_ value: Double, _ format: String, _ digits: Int) -> String {
        // The largest numbers have 309 digits before the point.
        let capacity = 400 + max(digits, 0)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            let count = withVaList([Int32(clamping: digits), value]) { arguments in
                vsnprintf(buffer.baseAddress, capacity, format, arguments)
            }
            let bytes = buffer.prefix(min(max(Int(count), 0), capacity - 1)).map {
                UInt8(bitPattern: $0)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            return String(
                text.map {
                    $0.isASCII && ($0.isLetter || $0.isNumber || "+-".contains($0)) ? $0 : "."
                })
        }
    }
}
