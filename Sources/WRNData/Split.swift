// SPDX-License-Identifier: Apache-2.0

/// Which part of a data set: the images to learn from, or those to be judged by.
public enum Split: String, CaseIterable, Hashable, Sendable, Codable {
    /// The training images.
    case train
    /// The test images.
    case test
}
