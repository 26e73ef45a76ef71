// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles
public import WRNText

/// The error of finding or fetching weights: one sentence, and its kind for a program.
public struct HubError: WideResNetError, Hashable {
    /// The area of the codes: `hub`.
    public static let area = "hub"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The reference has no known form, or names nothing known.
        case invalidReference
        /// No published weights have this name, which is like that of some.
        case unknownWeights
        /// There is no file at this path, and it is no name of known weights.
        case missing
        /// A variable of the environment has no valid value.
        case invalidSetting
        /// The server has no such repository, revision or file.
        case notFound
        /// The server requires a token, or another one.
        case accessDenied
        /// The network may not be used, and the cache does not have it.
        case offline
        /// The server or the network failed.
        case downloadFailed
        /// The bytes are not the published ones.
        case checksumMismatch
        /// The server's answer lacks what is needed to verify a file.
        case unverifiable
        /// The system refused to read or to write.
        case fileSystem
    }

    /// The kind of failure.
    public let code: Code
    /// The whole sentence: what, where, expected, found, what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        // It may contain text from a server.
        self.message = printable(message)
    }

    /// The error for a path without a file.
    static func missing(_ path: String) -> HubError {
        let hub = WeightsReference.asRepository(path).map {
            "; a repository of the Hugging Face hub is written \($0)"
        }
        return HubError(
            .missing,
            "\(path): there is no such file or directory, and no known weights have this name; "
                + NearestPath.advice(path) + (hub ?? ""))
    }

    /// The kind of a failed download.
    init(_ error: DataError) {
        let code: Code =
            switch error.code {
            case .downloadFailed: .downloadFailed
            case .checksumMismatch: .checksumMismatch
            case .notFound: .notFound
            default: .fileSystem
            }
        self.init(code, error.message)
    }
}
