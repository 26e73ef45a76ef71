// SPDX-License-Identifier: Apache-2.0

/// The precision in which a network is computed: the type of its activations and their gradients in
/// memory.
///
/// Weights, the optimizer's state, sums, logits and losses are float32 in either.
public enum Precision: String, Codable, Hashable, Sendable, CaseIterable {
    /// 32 bits: 24 of them the significand.
    case float32
    /// 16 bits: 8 bits of significand, and the range of float32.
    ///
    /// Numbers are rounded to the nearest, and ties to even. Where a processor multiplies such
    /// numbers faster, they are multiplied as they are; elsewhere as float32.
    case bfloat16
}
