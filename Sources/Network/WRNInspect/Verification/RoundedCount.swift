// SPDX-License-Identifier: Apache-2.0

/// A count in millions with a fixed number of decimals, as papers print it: `36.5M`.
struct RoundedCount: Hashable, CustomStringConvertible {
    /// The digits without the dot: 365.
    let digits: Int
    /// The number of decimals: 1.
    let decimals: Int

    /// Reads `36.5M`; nil for anything else.
    init?(_ text: String) {
        guard text.hasSuffix("M") else { return nil }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let digits = Int(parts.joined()) else { return nil }
        self.digits = digits
        decimals = parts.count == 2 ? parts[1].count : 0
    }

    /// Rounds a count half up to `decimals` of a million.
    init(_ count: Int, decimals: Int) {
        let unit = (0..<6 - decimals).reduce(1) { unit, _ in unit * 10 }
        digits = (count + unit / 2) / unit
        self.decimals = decimals
    }

    /// The count as printed.
    var description: String {
        let text = String(digits)
        let padded = String(repeating: "0", count: max(decimals + 1 - text.count, 0)) + text
        return decimals == 0
            ? padded + "M" : "\(padded.dropLast(decimals)).\(padded.suffix(decimals))M"
    }
}
