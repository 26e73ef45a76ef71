// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRandom

/// One row of the known answers that the Random123 distribution ships for Philox4x32-10.
struct KnownAnswer: Sendable {
    let counter: SIMD4<UInt32>
    let key: UInt64
    let expected: SIMD4<UInt32>

    /// Nothing, everything, and the digits of pi.
    static let all = [
        KnownAnswer(
            counter: SIMD4(repeating: 0), key: 0,
            expected: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
        KnownAnswer(
            counter: SIMD4(repeating: .max), key: .max,
            expected: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
        KnownAnswer(
            counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
            key: 0x299f_31d0_a409_3822,
            expected: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
    ]
}

@Suite("Philox4x32-10")
struct PhiloxTests {
    @Test("gives Random123's known answers", arguments: KnownAnswer.all)
    func knownAnswers(answer: KnownAnswer) {
        #expect(Philox(key: answer.key)(answer.counter) == answer.expected)
    }

    @Test("turns half of the 128 bits when one bit of the counter turns")
    func avalanche() {
        let philox = Philox(key: 7)
        let base = philox(SIMD4(1, 2, 3, 4))
        var turned = 0
        for word in 0..<4 {
            for bit in 0..<32 {
                var counter = SIMD4<UInt32>(1, 2, 3, 4)
                counter[word] ^= 1 << UInt32(bit)
                let difference = philox(counter) ^ base
                for lane in 0..<4 { turned += difference[lane].nonzeroBitCount }
            }
        }
        // 128 · 128 coins: mean 8192, standard deviation 64.
        #expect(abs(turned - 8192) < 4 * 64)
    }
}
