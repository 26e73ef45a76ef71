// SPDX-License-Identifier: Apache-2.0

extension Float {
    /// The number that these bits mean in IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits.
    ///
    /// Every such number is exactly a float32. The standard library's `Float16` would do, but Macs with Intel processors lack it.
    init(float16BitPattern bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 0x1F)
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            // Zeros and subnormal numbers: fraction · 2^-24, which float32 holds as a normal number.
            let magnitude = Float(fraction) * 0x1p-24
            self.init(bitPattern: sign | magnitude.bitPattern)
        case 0x1F:
            self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
