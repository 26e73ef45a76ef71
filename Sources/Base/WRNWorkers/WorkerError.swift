// SPDX-License-Identifier: Apache-2.0

public import WRNText

/// An error of a training that several processes share.
public struct WorkerError: WideResNetError, Hashable {
    /// The area of the codes: `workers`.
    public static let area = "workers"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The number of workers is not a power of two, or does not suit the run.
        case invalidCount
        /// The workers cannot be joined: this build has no MPI, or MPI refuses.
        case unavailable
        /// Another worker has ended, or has failed.
        case lost
        /// Another worker does not answer within the time-out.
        case timedOut
        /// The workers do not do the same: versions, data, settings or steps differ.
        case mismatch
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence: what, where, expected, found, what to do.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        // Host names and other workers' sentences come from outside.
        self.message = printable(message)
    }
}
