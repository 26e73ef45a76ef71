// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFiles

@Suite("Products of extents")
struct CheckedProductTests {
    @Test("are those of the factors, 1 of none and 0 where one is zero")
    func fits() {
        #expect(checkedProduct([]) == 1)
        #expect(checkedProduct([2, 3, 4]) == 24)
        #expect(checkedProduct([2, 0, 4]) == 0)
        #expect(checkedProduct([.max, 1, 0]) == 0)
    }

    @Test("do not fit where a factor is negative, or the others overflow before or behind a zero")
    func overflows() {
        let large = 1 << 40
        let overflowing = [
            [large, large], [0, large, large], [large, large, 0], [large, 0, large],
        ]
        for factors in overflowing {
            #expect(checkedProduct(factors) == nil, "\(factors)")
        }
        for factors in [[-1], [0, -1], [-1, 0], [-1, -1]] {
            #expect(checkedProduct(factors) == nil, "\(factors)")
        }
    }
}
