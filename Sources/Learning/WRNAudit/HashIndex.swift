// SPDX-License-Identifier: Apache-2.0

/// A search for fingerprints that differ in at most ``radius`` bits, without comparing all pairs.
///
/// The 64 bits are four parts of 16. Where at most 11 bits differ, one part differs in at most 2 of
/// its bits (11 / 4, rounded down), so it is enough to look, in a table for each part, at the 137
/// values that differ from the part's in 0, 1 or 2 bits.
///
/// - Reference: Norouzi, Punjani & Fleet 2012, "Fast Search in Hamming Space with Multi-Index
///   Hashing".
struct HashIndex: Sendable {
    /// The largest number of bits in which fingerprints differ that are found.
    static let radius = 11

    private static let parts = 4
    private static let values = 1 << 16
    /// The differences of at most 2 of 16 bits, fewer bits first.
    private static let masks: [UInt16] = {
        let one = (0..<16).map { UInt16(1) << UInt16($0) }
        let two = one.indices.flatMap { first in
            one[(first + 1)...].map { one[first] | $0 }
        }
        return [0] + one + two
    }()

    private let hashes: [PerceptualHash]
    /// For each part the place in `order` at which each value begins, and the end.
    private let starts: [[Int32]]
    /// For each part the entries, sorted by the part's value, equal ones in their order.
    private let order: [[Int32]]

    /// Sorts fingerprints into the tables.
    init(_ hashes: [PerceptualHash]) {
        self.hashes = hashes
        var (starts, order): ([[Int32]], [[Int32]]) = ([], [])
        for part in 0..<Self.parts {
            var counts = Array(repeating: Int32(0), count: Self.values + 1)
            for hash in hashes { counts[Int(Self.part(part, of: hash)) + 1] += 1 }
            for value in 1...Self.values { counts[value] += counts[value - 1] }
            starts.append(counts)
            var entries = Array(repeating: Int32(0), count: hashes.count)
            for (entry, hash) in hashes.enumerated() {
                let value = Int(Self.part(part, of: hash))
                entries[Int(counts[value])] = Int32(entry)
                counts[value] += 1
            }
            order.append(entries)
        }
        self.starts = starts
        self.order = order
    }

    private static func part(_ part: Int, of hash: PerceptualHash) -> UInt16 {
        UInt16(truncatingIfNeeded: hash.bits >> UInt64(16 * part))
    }

    /// An entry that is like a fingerprint, and the bits in which they differ.
    struct Match: Hashable, Sendable {
        let entry: Int
        let distance: Int
    }

    /// The entries above `first` whose fingerprints differ from `hash` in at most ``radius`` bits,
    /// each once: the nearest first, equally near ones in their order.
    func matches(of hash: PerceptualHash, above first: Int) -> [Match] {
        var matches: [Match] = []
        for part in 0..<Self.parts {
            let value = Self.part(part, of: hash)
            for mask in Self.masks {
                let place = Int(value ^ mask)
                let range = Int(starts[part][place])..<Int(starts[part][place + 1])
                for entry in order[part][range].reversed() {
                    guard entry > first else { break }
                    let other = hashes[Int(entry)]
                    let distance = hash.distance(to: other)
                    guard distance <= Self.radius, isFirst(part, hash, other) else { continue }
                    matches.append(Match(entry: Int(entry), distance: distance))
                }
            }
        }
        return matches.sorted { ($0.distance, $0.entry) < ($1.distance, $1.entry) }
    }

    /// The most entries of which ``fartherEntries(from:count:)`` computes the distance.
    private static let scannedCount = 1 << 15

    /// The nearest entries whose fingerprints differ from `hash` in more than ``radius`` bits:
    /// equally near ones in their order, and of very many entries only some, evenly spread.
    func fartherEntries(from hash: PerceptualHash, count: Int) -> [Int] {
        let step = max((hashes.count + Self.scannedCount - 1) / Self.scannedCount, 1)
        var entries = Array(repeating: [Int](), count: UInt64.bitWidth + 1)
        for entry in stride(from: 0, to: hashes.count, by: step) {
            let distance = hash.distance(to: hashes[entry])
            if distance > Self.radius { entries[distance].append(entry) }
        }
        return Array(entries.joined().prefix(count))
    }

    /// Whether no earlier part finds the same pair.
    private func isFirst(_ part: Int, _ hash: PerceptualHash, _ other: PerceptualHash) -> Bool {
        for earlier in 0..<part {
            let difference = Self.part(earlier, of: hash) ^ Self.part(earlier, of: other)
            if difference.nonzeroBitCount <= 2 { return false }
        }
        return true
    }
}
