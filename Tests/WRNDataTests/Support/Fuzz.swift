// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNRandom

@testable import WRNDatasets
@testable import WRNFetch

/// How many changes each reader is tried with: a thousand, or as many as `WRN_FUZZ_ROUNDS` says.
private let rounds =
    ProcessInfo.processInfo.environment["WRN_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 1000

/// What the changes are drawn from; `Scripts/fuzz` gives another one each time, and says which.
private let seed =
    ProcessInfo.processInfo.environment["WRN_FUZZ_SEED"].flatMap { UInt64($0) } ?? 2026

/// Changes some bytes, removes or doubles a part, or cuts the end off, as round `round` draws.
private func mutated(_ source: NamedBytes, round: Int) -> NamedBytes {
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

/// Reads every mutation; both outcomes must occur, or the test would not test.
func fuzz(
    _ source: NamedBytes, needsSuccess: Bool = true, _ read: (NamedBytes) throws -> Void
) throws {
    var (successes, failures) = (0, 0)
    try read(source)
    for round in 0..<rounds {
        do {
            try read(mutated(source, round: round))
            successes += 1
        } catch is DataError {
            failures += 1
        }
    }
    #expect(failures > 0)
    #expect(successes > 0 || !needsSuccess)
}
