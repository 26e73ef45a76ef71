// SPDX-License-Identifier: Apache-2.0

extension Float {
    /// The number that these bits mean in IEEE 754 half precision: 1 sign, 5 exponent and 10
    /// fraction bits.
    ///
    /// Every such number is exactly a float32. The standard library's `Float16` would do, but Macs
    /// with Intel processors lack it.
    package init(float16BitPattern bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 0x1F)
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            // Zeros and subnormal numbers: fraction · 2^-24, which float32 holds as a normal
            // number.
            let magnitude = Float(fraction) * 0x1p-24
            self.init(bitPattern: sign | magnitude.bitPattern)
        case 0x1F:
            self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}

extension Float {
    /// The bits of the nearest half-precision number, ties to the even one; beyond the largest it
    /// is infinite.
    package var float16BitPattern: UInt16 {
        let bits = bitPattern
        let sign = UInt16(truncatingIfNeeded: bits >> 16 & 0x8000)
        let magnitude = bits & 0x7FFF_FFFF
        guard magnitude <= 0x7F80_0000 else { return sign | 0x7E00 }
        // From 65520 on, half way between the largest number and the next power, everything rounds
        // to infinity.
        guard magnitude < 0x477F_F000 else { return sign | 0x7C00 }
        guard magnitude >= 0x3880_0000 else {
            // Subnormal numbers are multiples of 2^-24, and so is what rounds to the smallest
            // normal one.
            let units = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
            return sign | UInt16(units)
        }
        // 13 bits of fraction go; adding just below half of their unit, and one more for odd ones,
        // rounds to even.
        let rounded = magnitude + 0xFFF + (magnitude >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded - 0x3800_0000) >> 13)
    }
}
