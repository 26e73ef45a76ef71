// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRandom

@Suite("A random permutation")
struct PermutationTests {
    @Test("holds every number once", arguments: [0, 1, 2, 3, 10, 1000, 60_000])
    func holdsEveryNumberOnce(count: Int) {
        let order = RandomStream(seed: 5, purpose: .shuffling).permutation(count: count)
        #expect(order.sorted() == Array(0..<count))
    }

    @Test("is the same whenever it is asked for, and another for another epoch")
    func isAFunctionOfTheStream() {
        let first = RandomStream(seed: 5, purpose: .shuffling, step: 1)
        let second = RandomStream(seed: 5, purpose: .shuffling, step: 2)
        let expected = first.permutation(count: 100)
        let other = second.permutation(count: 100)
        #expect(first.permutation(count: 100) == expected)
        #expect(other != expected)
    }

    @Test("takes each of the 24 orders of four as often")
    func ordersAreEquallyLikely() {
        var counts: [[Int]: Int] = [:]
        for step in 0..<12_000 {
            let stream = RandomStream(seed: 6, purpose: .shuffling, step: step)
            counts[stream.permutation(count: 4), default: 0] += 1
        }
        #expect(counts.count == 24)
        #expect(chiSquared(Array(counts.values)) < 23 + 4 * 6.8)
    }

    @Test("keeps the meaning of a seed: this order never changes")
    func isPinned() {
        let order = RandomStream(seed: 1, purpose: .shuffling, step: 3).permutation(count: 10)
        #expect(order == [2, 3, 7, 1, 4, 6, 9, 0, 8, 5])
    }
}
