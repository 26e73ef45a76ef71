// SPDX-License-Identifier: Apache-2.0

import WRNText

/// An error of an image file, or of an operation on an image: one sentence.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Hashable, Sendable {
        /// The bytes end before the image does.
        case truncated
        /// The bytes break their format's rules.
        case malformed
        /// The bytes are no image, or of an unsupported kind.
        case unsupported
        /// A limit would be exceeded.
        case tooLarge
        /// An argument is out of its range.
        case invalidArgument
    }

    /// The kind of failure.
    public let code: Code
    /// The sentence without the file's name: expected, found, what to do.
    public let sentence: String
    /// The damaged file; nil if there is none.
    public let file: String?

    /// Creates an error.
    public init(_ code: Code, file: String? = nil, _ sentence: String) {
        self.code = code
        self.sentence = sentence
        self.file = file
    }

    /// The whole sentence, the file first.
    public var description: String {
        printable(file.map { "\($0): \(sentence)" } ?? sentence)
    }
}
