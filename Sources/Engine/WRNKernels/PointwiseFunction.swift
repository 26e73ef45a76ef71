// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// A function that kernels apply to each value by itself, on the way in or out.
package enum PointwiseFunction: Hashable, Sendable {
    /// The value as it is.
    case identity
    /// `max(x, 0)`.
    case relu
    /// `x` for `x > 0`, `slope · x` for the rest; the slope is above 0 and below 1.
    case leakyReLU(slope: Float)
    /// `x / (1 + exp(-x))`.
    case silu

    /// What the kernels take.
    var argument: wrn_activation {
        switch self {
        case .identity: wrn_activation(kind: Int32(WRN_IDENTITY), below: 0)
        case .relu: wrn_activation(kind: Int32(WRN_RELU), below: 0)
        case .leakyReLU(let slope): wrn_activation(kind: Int32(WRN_LEAKY_RELU), below: slope)
        case .silu: wrn_activation(kind: Int32(WRN_SILU), below: 0)
        }
    }
}
