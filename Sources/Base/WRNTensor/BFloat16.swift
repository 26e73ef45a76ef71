// SPDX-License-Identifier: Apache-2.0

/// A number in bfloat16: the upper half of a float32.
@usableFromInline
package struct BFloat16: Hashable, Sendable {
    /// The sign, 8 bits of exponent and 7 of fraction.
    @usableFromInline package let bitPattern: UInt16

    /// The number with these bits.
    @inlinable
    package init(bitPattern: UInt16) {
        self.bitPattern = bitPattern
    }

    /// The number nearest to a float32, ties to the even one; a NaN stays a NaN.
    @inlinable
    package init(_ value: Float) {
        let bits = value.bitPattern
        guard !value.isNaN else {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
            return
        }
        bitPattern = UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
    }
}

extension Float {
    /// The float32 that a bfloat16 is.
    @inlinable
    package init(_ value: BFloat16) {
        self.init(bitPattern: UInt32(value.bitPattern) << 16)
    }
}
