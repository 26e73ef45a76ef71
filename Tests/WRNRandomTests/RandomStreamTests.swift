// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRandom

@Suite("A random stream")
struct RandomStreamTests {
    @Test("is Philox of (index, item, step, purpose) under the seed")
    func isPhilox() {
        let stream = RandomStream(seed: 0x1234_5678_9abc_def0, purpose: .dropout, step: 5, item: 6)
        let expected = Philox(key: 0x1234_5678_9abc_def0)(SIMD4(7, 6, 5, 4))
        #expect(stream.words(at: 7) == expected)
    }

    @Test("keeps the meaning of a seed: the purposes' numbers never change")
    func purposesArePinned() {
        #expect(RandomPurpose.initialization.rawValue == 1)
        #expect(RandomPurpose.shuffling.rawValue == 2)
        #expect(RandomPurpose.augmentation.rawValue == 3)
        #expect(RandomPurpose.dropout.rawValue == 4)
        #expect(RandomPurpose.mixing.rawValue == 5)
        #expect(RandomPurpose.splitting.rawValue == 6)
        #expect(RandomPurpose.resampling.rawValue == 7)
        #expect(RandomPurpose.sampling.rawValue == 8)
    }

    @Test("has numbers of its own for each seed, purpose, step and item")
    func streamsDiffer() {
        let streams = [
            RandomStream(seed: 1, purpose: .shuffling), RandomStream(seed: 2, purpose: .shuffling),
            RandomStream(seed: 1 << 32, purpose: .shuffling),
            RandomStream(seed: 1, purpose: .dropout),
            RandomStream(seed: 1, purpose: .shuffling, step: 1),
            RandomStream(seed: 1, purpose: .shuffling, item: 1),
        ]
        let blocks = Set(streams.flatMap { stream in (0..<100).map { stream.words(at: $0) } })
        #expect(blocks.count == 600)
    }

    @Test("gives the same numbers in any order and on any thread")
    func orderDoesNotMatter() async {
        let stream = RandomStream(seed: 3, purpose: .augmentation, step: 2, item: 9)
        let forward = (0..<256).map { stream.uniform(at: $0) }
        let backward = (0..<256).reversed().map { stream.uniform(at: $0) }
        #expect(forward == backward.reversed())
        let concurrent = await withTaskGroup(of: (Int, Double).self) { group in
            for index in 0..<256 { group.addTask { (index, stream.uniform(at: index)) } }
            var values = [Double](repeating: -1, count: 256)
            for await (index, value) in group { values[index] = value }
            return values
        }
        #expect(concurrent == forward)
    }

    @Test("spreads uniform numbers evenly over 0 ..< 1")
    func uniformsAreUniform() {
        let stream = RandomStream(seed: 11, purpose: .initialization)
        var counts = [Int](repeating: 0, count: 64)
        for index in 0..<65_536 {
            let value = stream.uniform(at: index)
            #expect(value >= 0 && value < 1)
            counts[Int(value * 64)] += 1
        }
        #expect(chiSquared(counts) < 63 + 4 * 11.3)
    }

    @Test("draws integers below any bound, each as often", arguments: [1, 2, 3, 7, 10, 60])
    func integersAreUniform(bound: Int) {
        let stream = RandomStream(seed: 12, purpose: .augmentation, item: bound)
        var counts = [Int](repeating: 0, count: bound)
        for index in 0..<20_000 { counts[stream.integer(at: index, below: bound)] += 1 }
        let freedom = Double(bound - 1)
        #expect(chiSquared(counts) <= freedom + 4 * (2 * freedom).squareRoot())
    }

    @Test("throws a fair coin")
    func coinIsFair() {
        let stream = RandomStream(seed: 13, purpose: .augmentation)
        let heads = (0..<10_000).count { stream.bool(at: $0) }
        #expect(abs(heads - 5000) < 4 * 50)
    }

    @Test("draws normal numbers: mean 0, variance 1, kurtosis 3, no correlation of the pair")
    func normalsAreNormal() {
        let stream = RandomStream(seed: 14, purpose: .initialization)
        let pairs = (0..<50_000).map { stream.normals(at: $0) }
        let values = pairs.flatMap { [$0.0, $0.1] }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + $1 * $1 } / count
        let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
        let correlation = pairs.reduce(0) { $0 + $1.0 * $1.1 } / Double(pairs.count)
        // Standard errors at 100,000 values: 0.0032, 0.0045, 0.031; of the 50,000 products: 0.0045.
        #expect(abs(mean) < 4 * 0.0032)
        #expect(abs(variance - 1) < 4 * 0.0045)
        #expect(abs(fourth - 3) < 4 * 0.031)
        #expect(abs(correlation) < 4 * 0.0045)
    }
}

/// Pearson's statistic against equal expected counts.
func chiSquared(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
}
