// SPDX-License-Identifier: Apache-2.0

/// The counter-based generator Philox4x32-10: a pure function from a key and a counter to 128
/// random bits.
///
/// Calls share no state, so that the numbers depend neither on their order nor on the thread.
///
/// - Reference: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3", section 3.2.
package struct Philox: Hashable, Sendable {
    /// The two key words, a seed's low and high half.
    package let key: SIMD2<UInt32>

    /// Creates a generator from a 64-bit key.
    @inlinable
    package init(key: UInt64) {
        self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    }

    /// The 128 bits that belong to `counter`, as four words.
    @inlinable
    package func callAsFunction(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var block = counter
        var roundKey = key
        for _ in 0..<10 {
            let first = block.x.multipliedFullWidth(by: 0xD251_1F53)
            let second = block.z.multipliedFullWidth(by: 0xCD9E_8D57)
            block = SIMD4(
                second.high ^ block.y ^ roundKey.x, second.low,
                first.high ^ block.w ^ roundKey.y, first.low)
            roundKey = SIMD2(roundKey.x &+ 0x9E37_79B9, roundKey.y &+ 0xBB67_AE85)
        }
        return block
    }
}
