// SPDX-License-Identifier: Apache-2.0

import WRNText

/// What is wrong with an image file, or with what was asked of an image: one sentence.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Hashable, Sendable {
        /// The bytes end before the image does.
        case truncated
        /// The bytes break their format's rules.
        case malformed
        /// The bytes are no image, or one of a kind that is not read here.
        case unsupported
        /// A limit would be passed.
        case tooLarge
        /// An argument is out of its range.
        case invalidArgument
    }

    /// The kind of failure.
    public let code: Code
    /// The sentence without the file's name: expected, found, what to do.
    public let sentence: String
    /// The file that is at fault, where there is one.
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
