// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import WRNText

/// An error of a server before it answers requests: one sentence.
public struct ServingError: WideResNetError, Hashable {
    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// An option is out of its range, or contradicts another one.
        case invalidOption
        /// A certificate, a key or a file of tokens cannot be read.
        case unreadableFile
        /// The address cannot be used.
        case unavailableAddress
    }

    /// The area of the codes: `serving`.
    public static let area = "serving"

    /// The kind of failure.
    public let code: Code
    /// One sentence: what, expected, found, what to do.
    public let message: String
    /// The message.
    public var description: String { message }

    /// Creates an error.
    public init(_ code: Code, _ sentence: String) {
        self.code = code
        message = printable(sentence)
    }
}

extension ServingError: LocalizedError {
    /// The message.
    public var errorDescription: String? { message }
}
