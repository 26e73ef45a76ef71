// SPDX-License-Identifier: Apache-2.0

/// The largest difference, as a share of the largest expected value.
package func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = expected.map { Double(abs($0)) }.max() ?? 0
    let difference = zip(actual, expected).map { abs(Double($0) - Double($1)) }
    // NaN must not pass as small.
    guard difference.allSatisfy(\.isFinite) else { return .infinity }
    return (difference.max() ?? 0) / Swift.max(scale, 1e-30)
}
