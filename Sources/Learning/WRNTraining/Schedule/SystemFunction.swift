// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system's library computes for schedules.
enum SystemFunction {
    /// The cosine of an angle in radians.
    static func cosine(_ angle: Double) -> Double { cos(angle) }

    /// A power of a number above zero.
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
