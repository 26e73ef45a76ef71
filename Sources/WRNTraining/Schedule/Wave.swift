// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The one function of the schedules that the system computes.
enum Wave {
    /// The cosine of an angle in radians.
    static func cosine(_ angle: Double) -> Double { cos(angle) }
}
