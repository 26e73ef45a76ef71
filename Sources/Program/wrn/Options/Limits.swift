// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNText

/// Checks a number of the command line.
///
/// - Throws: A `ValidationError` that names the option, the range and what was given.
func checkOption(
    _ option: String, _ value: Int?, isIn range: ClosedRange<Int>
) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
        range.upperBound == .max
            ? "\(option) must be \(range.lowerBound) or more, not \(value)"
            : "\(option) must be in \(range.lowerBound)...\(range.upperBound), not \(value)")
}

/// The end of a sentence about a text that misspells one of some names, `; did you mean imagenet?`;
/// empty when nothing is near.
func question(about text: String, among names: [String]) -> String {
    NameSuggestions.question(about: text, among: names).map { "; " + $0 } ?? ""
}
