// SPDX-License-Identifier: Apache-2.0

/// What a network is planned for.
public enum PlanMode: String, Codable, Sendable, CaseIterable {
    /// Classifying: forward with running statistics.
    case inference
    /// Training: forward with the batch's statistics, backward, and an update.
    case training
}
