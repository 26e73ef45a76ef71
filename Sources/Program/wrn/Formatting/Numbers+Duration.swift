// SPDX-License-Identifier: Apache-2.0

extension Numbers {
    /// A time in words: `12 s`, `3 min 05 s`, `2 h 10 min`, `4 days 03 h`.
    static func duration(_ seconds: Double) -> String {
        // Also what is no number.
        guard seconds < 1e9 else { return "years" }
        let whole = Int(max(seconds, 0).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(twoDigits(whole / 60 % 60)) min" }
        return "\(whole / 86_400) days \(twoDigits(whole / 3600 % 24)) h"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
