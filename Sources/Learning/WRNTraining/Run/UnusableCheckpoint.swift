// SPDX-License-Identifier: Apache-2.0

/// A checkpoint that a run could not go on from, so that it uses an older one or begins again.
public struct UnusableCheckpoint: Hashable, Sendable {
    /// The checkpoint's file; where all are gone, the directory that should hold one.
    public let file: String
    /// One sentence: which file, what is wrong, which one is used instead.
    public let message: String
}
