// SPDX-License-Identifier: Apache-2.0

/// Positive numbers in digits and a dot alone, as names of networks have them: `0.00001`, not
/// `1e-05`.
package enum DecimalText {
    /// The shortest digits that are read as the same number; without an exponent.
    package static func text(of number: Double) -> String {
        if let whole = Int(exactly: number) { return "\(whole)" }
        let parts = "\(number)".split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]), exponent < 0 else {
            return "\(number)"
        }
        let digits = parts[0].filter { $0 != "." }
        // One digit stands before the dot: "1e-05" is 0.00001, and "1.5e-05" is 0.000015.
        let shown = parts[0].hasSuffix(".0") ? digits.dropLast() : digits[...]
        return "0." + String(repeating: "0", count: -exponent - 1) + shown
    }

    /// The number that digits and at most one dot stand for; nil for all else, such as a sign or an
    /// exponent.
    package static func number(_ text: some StringProtocol) -> Double? {
        text.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 } ? Double(text) : nil
    }
}
