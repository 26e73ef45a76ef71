// SPDX-License-Identifier: Apache-2.0

/// How the numbers that direct convolutions multiply are rounded; sums are always taken in float32.
public enum Precision: String, Sendable, CaseIterable {
    /// 24 bits of significand: nothing is rounded.
    case float32
    /// 8 bits of significand and the range of float32, where the processor multiplies pairs of them.
    ///
    /// Weights and activations stay float32 in memory and are rounded, to the nearest and ties to even, as a direct convolution reads them.
    /// Winograd's algorithm and everything else computes in float32.
    case bfloat16

    /// The precisions that this processor can compute in with its fastest instructions.
    public static var usable: [Precision] {
        allCases.filter { Kernels.usable.last?.supports($0) ?? false }
    }

    /// The bytes of a number.
    var byteCount: Int { self == .float32 ? 4 : 2 }

    /// The channels that one step of a convolution multiplies and adds.
    var channelsPerStep: Int { self == .float32 ? 1 : 2 }
}
