// SPDX-License-Identifier: Apache-2.0

import WRNText

/// Why a run could not begin, go on, or be kept.
public struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A number of the configuration is out of its range.
        case invalidConfiguration
        /// A recipe that is not there, or says what no recipe can.
        case invalidRecipe
        /// The directory holds a run already, or files that a run would replace.
        case directoryTaken
        /// The directory holds no run.
        case noRun
        /// Another process trains in the directory.
        case directoryLocked
        /// The directory cannot be created or written to.
        case unwritable
        /// A file of the run is missing or does not say what it should.
        case damagedRun
        /// The checkpoint is of another network or training than the configuration.
        case checkpointMismatch
        /// The images are not those that the run began with, or do not suit each other.
        case dataMismatch
        /// The weights that a run begins from are not those that it was made for.
        case weightsMismatch
        /// The loss is no longer a number.
        case diverged
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence: what, where, expected, found, what to do.
    public let message: String

    /// The message.
    public var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        // Names come from runs, recipes and files of others.
        self.message = printable(message)
    }
}
