// SPDX-License-Identifier: Apache-2.0

/// The numbers between two bounds, each of which may be excluded; infinity and NaN are never among
/// them.
package struct NumberRange: Hashable, Sendable {
    /// The lower bound.
    package let lower: Double
    /// The upper bound; infinity for none.
    package let upper: Double
    private let excludesLower: Bool
    private let excludesUpper: Bool

    private init(_ lower: Double, _ upper: Double, excludesLower: Bool, excludesUpper: Bool) {
        self.lower = lower
        self.upper = upper
        self.excludesLower = excludesLower
        self.excludesUpper = excludesUpper
    }

    /// Numbers from a bound to another, both included.
    package init(_ range: ClosedRange<Double>) {
        self.init(range.lowerBound, range.upperBound, excludesLower: false, excludesUpper: false)
    }

    /// Numbers from a bound, included, to another, excluded.
    package init(_ range: Range<Double>) {
        self.init(range.lowerBound, range.upperBound, excludesLower: false, excludesUpper: true)
    }

    /// Numbers between two bounds, both excluded.
    package static func between(_ lower: Double, _ upper: Double) -> NumberRange {
        NumberRange(lower, upper, excludesLower: true, excludesUpper: true)
    }

    /// Numbers above a bound.
    package static func above(_ lower: Double) -> NumberRange {
        NumberRange(lower, .infinity, excludesLower: true, excludesUpper: true)
    }

    /// Numbers from a bound on.
    package static func atLeast(_ lower: Double) -> NumberRange {
        NumberRange(lower, .infinity, excludesLower: false, excludesUpper: true)
    }

    /// Whether a number is in the range.
    package func contains(_ number: Double) -> Bool {
        number.isFinite && (excludesLower ? number > lower : number >= lower)
            && (excludesUpper ? number < upper : number <= upper)
    }

    /// The range as the end of "it must be": `above 0`, `at least 0 and below 1`, `in 0...1`.
    package var rule: String {
        let (low, high) = (Self.text(lower), Self.text(upper))
        switch (upper.isFinite, excludesLower, excludesUpper) {
        case (false, true, _): return "above \(low)"
        case (false, false, _): return "at least \(low)"
        case (true, false, false): return "in \(low)...\(high)"
        case (true, false, true): return "at least \(low) and below \(high)"
        case (true, true, false): return "above \(low) and at most \(high)"
        case (true, true, true): return "above \(low) and below \(high)"
        }
    }

    /// The numbers of the range: `a number above 0`, `a number in 0..<1`, `a number, 0 or more`.
    package var text: String {
        switch (upper.isFinite, excludesLower, excludesUpper) {
        case (false, false, _): "a number, \(Self.text(lower)) or more"
        case (true, false, true): "a number in \(Self.text(lower))..<\(Self.text(upper))"
        default: "a number \(rule)"
        }
    }

    private static func text(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}
