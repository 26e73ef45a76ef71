// SPDX-License-Identifier: Apache-2.0

import WRNText

/// What is wrong with a file, before the room that reads it has made an error of its own of it.
package struct ArchiveFault: Sendable {
    /// The kind of fault.
    package enum Code: Hashable, Sendable {
        /// The system refused to open the file, or to read from it; with its error number.
        case system(Int32)
        /// The path leads to something else than a file; with what that is.
        case notRegular(String)
        /// The file became shorter while it was read.
        case shortened
        /// Something that should be in the file is not.
        case notFound
        /// The bytes end before what they announce.
        case truncated
        /// The bytes break their format's rules.
        case malformed
        /// The bytes are valid, but of a kind that is not read here.
        case unsupported
        /// A limit of the reader would be passed.
        case tooLarge
        /// Two parts that belong together contradict each other.
        case inconsistent
        /// A checksum is not that of the bytes.
        case checksumMismatch
        /// There is no memory left to begin.
        case noMemory
    }

    /// The kind of fault.
    package let code: Code
    /// What messages call the file.
    package let file: String
    /// Where in it the fault shows, in bytes from its start.
    package let byteOffset: Int?
    /// What was expected, what was found, and what to do; empty for what the system refused.
    package let sentence: String

    /// Collects what is known; names from outside, which stand in it, are made printable.
    package init(code: Code, file: String, byteOffset: Int?, sentence: String) {
        self.code = code
        self.file = printable(file)
        self.byteOffset = byteOffset
        self.sentence = printable(sentence)
    }
}

/// An error that a fault can become: each room that reads untrusted bytes has one.
///
/// The types of this room are generic over it, so that a reader's errors are its own room's from the start.
package protocol ArchiveFailure: Error {
    /// Words a fault.
    init(_ fault: ArchiveFault)
}
