// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNFetch
package import WRNFiles
import WRNRandom

/// Seeded changes to valid files, with which each reader of untrusted bytes is tried.
package enum Fuzz {
    /// The number of changes for each file: a thousand, or as many as `WRN_FUZZ_ROUNDS` gives.
    package static let rounds =
        ProcessInfo.processInfo.environment["WRN_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 1000

    /// The seed of the changes; `Scripts/fuzz` sets another one each time and prints it.
    package static let seed =
        ProcessInfo.processInfo.environment["WRN_FUZZ_SEED"].flatMap { UInt64($0) } ?? 2026

    /// Some bytes changed, a part removed or doubled, or the end cut off, as round `round` draws.
    package static func mutated(
        _ source: NamedBytes<DataError>, round: Int
    ) -> NamedBytes<DataError> {
        let stream = RandomStream(seed: seed, purpose: .augmentation, item: round)
        return source.changed { bytes in
            for change in 0...stream.integer(at: 0, below: 4) where !bytes.isEmpty {
                let place = stream.integer(at: 10 * change + 1, below: bytes.count)
                let length = min(
                    stream.integer(at: 10 * change + 2, below: 40) + 1, bytes.count - place)
                let value = UInt8(
                    truncatingIfNeeded: stream.integer(at: 10 * change + 3, below: 256))
                switch stream.integer(at: 10 * change + 4, below: 8) {
                case 0...3: bytes[place] = value
                case 4: bytes[place] ^= 1 << (value & 7)
                case 5: bytes.removeSubrange(place..<place + length)
                case 6: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
                default: bytes.removeSubrange(place...)
                }
            }
        }
    }

    /// Reads a valid file and every change to it; the numbers of changes that were read and that
    /// were refused with a `DataError`.
    package static func outcomes(
        _ source: NamedBytes<DataError>, _ read: (NamedBytes<DataError>) throws -> Void
    ) throws -> (read: Int, refused: Int) {
        var outcomes = (read: 0, refused: 0)
        try read(source)
        for round in 0..<rounds {
            do {
                try read(mutated(source, round: round))
                outcomes.read += 1
            } catch is DataError {
                outcomes.refused += 1
            }
        }
        return outcomes
    }
}
