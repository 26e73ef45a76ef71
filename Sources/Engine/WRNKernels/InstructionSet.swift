// SPDX-License-Identifier: Apache-2.0

/// A set of vector instructions that kernels are compiled for.
public enum InstructionSet: String, Sendable, CaseIterable {
    /// No vectors: what every processor can run.
    case scalar
    /// 256-bit vectors with fused multiply-add, on x86-64.
    case avx2
    /// 512-bit vectors (F, VL, BW, DQ), on x86-64.
    case avx512
    /// 128-bit vectors, on 64-bit ARM.
    case neon

    /// The sets that this processor can run, the fastest last.
    public static var usable: [InstructionSet] { Kernels.usable.map(\.instructionSet) }
}
