// SPDX-License-Identifier: Apache-2.0

import WRNGraph

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Activations by their formulas, in double precision.
extension Activation {
    /// The function's value at `x`.
    func value(_ x: Double) -> Double {
        switch self {
        case .relu: max(x, 0)
        case .leakyReLU(let slope): x > 0 ? x : slope * x
        case .silu: x / (1 + exp(-x))
        }
    }

    /// The derivative at `x`; at zero that from the left.
    func slope(at x: Double) -> Double {
        switch self {
        case .relu: x > 0 ? 1 : 0
        case .leakyReLU(let slope): x > 0 ? 1 : slope
        case .silu: (1 + x / (1 + exp(x))) / (1 + exp(-x))
        }
    }
}
