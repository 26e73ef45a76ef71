// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRandom

@testable import WRNAudit

@Suite("The search for near fingerprints")
struct HashIndexTests {
    @Test("The tables find what a comparison of all pairs finds, the nearest first")
    func findsAllPairs() {
        let random = RandomStream(seed: 3, purpose: .shuffling)
        func word(_ index: Int) -> UInt64 {
            let words = random.words(at: index)
            return UInt64(words.x) << 32 | UInt64(words.y)
        }
        // Half of them differ from earlier ones in a few bits anywhere.
        var hashes = (0..<300).map { PerceptualHash(bits: word($0)) }
        for entry in 0..<300 {
            var bits = hashes[entry].bits
            for flip in 0..<entry % 15 { bits ^= 1 << (word(1000 + 20 * entry + flip) % 64) }
            hashes.append(PerceptualHash(bits: bits))
        }
        let index = HashIndex(hashes)
        var found = 0
        for first in hashes.indices {
            let expected = (first + 1..<hashes.count)
                .map {
                    HashIndex.Match(entry: $0, distance: hashes[first].distance(to: hashes[$0]))
                }
                .filter { $0.distance <= HashIndex.radius }
                .sorted { ($0.distance, $0.entry) < ($1.distance, $1.entry) }
            #expect(index.matches(of: hashes[first], above: first) == expected)
            found += expected.count
        }
        #expect(found > 200)
    }

    @Test("The nearest of the farther fingerprints are those of a comparison with all")
    func findsFarther() {
        let random = RandomStream(seed: 4, purpose: .shuffling)
        let hashes = (0..<200).map { entry in
            let words = random.words(at: entry)
            return PerceptualHash(bits: entry % 4 == 0 ? 1 << UInt64(entry / 4) : UInt64(words.x))
        }
        let index = HashIndex(hashes)
        for hash in hashes.prefix(9) {
            let expected = hashes.indices
                .map { (entry: $0, distance: hash.distance(to: hashes[$0])) }
                .filter { $0.distance > HashIndex.radius }
                .sorted { ($0.distance, $0.entry) < ($1.distance, $1.entry) }
                .prefix(20).map(\.entry)
            #expect(index.fartherEntries(from: hash, count: 20) == expected)
        }
    }
}
