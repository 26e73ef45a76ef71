// SPDX-License-Identifier: Apache-2.0

/// A mistake or a double meaning of the paper, explained by counts that were made for the explanation.
public struct Erratum: Codable, Hashable, Sendable {
    /// The number by which rows refer to it.
    public let number: Int
    /// What it is about.
    public let title: String
    /// What is printed, what is true, and how one knows.
    public let explanation: String
    /// Whether every count in the explanation was confirmed.
    public let isConfirmed: Bool
}
