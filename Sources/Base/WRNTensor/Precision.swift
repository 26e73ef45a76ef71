// SPDX-License-Identifier: Apache-2.0

/// The precision in which a network is computed.
///
/// Weights, the optimizer's state, sums, logits and losses are float32 in either.
public enum Precision: String, Codable, Hashable, Sendable, CaseIterable {
    /// 24 bits of significand: nothing is rounded to fewer.
    case float32
    /// 8 bits of significand and the range of float32, for half of the memory and, on processors
    /// that multiply such numbers, in less time.
    ///
    /// Numbers are rounded to the nearest, and ties to even.
    case bfloat16
}
