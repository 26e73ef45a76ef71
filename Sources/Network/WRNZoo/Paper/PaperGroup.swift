// SPDX-License-Identifier: Apache-2.0

/// A row of the paper's Table 1: a group of the networks for small images.
public struct PaperGroup: Hashable, Sendable {
    /// The group's name in the table.
    public let label: String
    /// The rows and columns that leave it.
    public let extent: Int
    /// The channels that leave it at width 1.
    public let channels: Int
    /// Whether the channels grow with the width, and the group has N blocks.
    public let isWidened: Bool
}
