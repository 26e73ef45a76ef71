// SPDX-License-Identifier: Apache-2.0

import WRNRandom

extension RandomStream {
    /// A number in a range, each equally likely.
    func uniform(at index: Int, in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform(at: index)
    }
}
