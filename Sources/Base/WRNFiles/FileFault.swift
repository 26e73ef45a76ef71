// SPDX-License-Identifier: Apache-2.0

public import WRNText

/// A fault in a file, before a reader converts it to its own error.
package struct FileFault: Sendable {
    /// The kind of fault.
    package enum Code: Hashable, Sendable {
        /// The system refused to open the file, or to read from it; with its error number.
        case system(Int32)
        /// The path leads to something other than a file, which is named.
        case notRegular(String)
        /// The file became shorter while it was read.
        case shortened
        /// Something that should be in the file is not.
        case notFound
        /// The bytes end before their announced length.
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
        /// The system refused to write.
        case cannotWrite
        /// There is no space left on the disk.
        case diskFull
    }

    /// The kind of fault.
    package let code: Code
    /// The file's name in messages.
    package let file: String
    /// The place of the fault, in bytes from the file's start.
    package let byteOffset: Int?
    /// What was expected, what was found, and what to do; empty for errors of the system.
    package let sentence: String

    /// Creates a fault; names from outside in it are made printable.
    package init(code: Code, file: String, byteOffset: Int?, sentence: String) {
        self.code = code
        self.file = printable(file)
        self.byteOffset = byteOffset
        self.sentence = printable(sentence)
    }
}

extension FileFault {
    /// The fault of a file that the system refused to write: `cannot rename a file to: no space
    /// left on device; free some space`.
    package init(writing file: String, _ problem: String, _ error: SystemError) {
        self.init(
            code: error.isDiskFull ? .diskFull : .cannotWrite, file: file, byteOffset: nil,
            sentence: "\(problem): \(error.sentence); \(error.writingAdvice)")
    }
}

/// An error that a ``FileFault`` can be converted to: each module that reads untrusted bytes has
/// one.
///
/// The types of this module are generic over it, so that a reader's errors are its own module's
/// from the start.
package protocol FileFailure: Error {
    /// Creates the error for a fault.
    init(_ fault: FileFault)
}

/// An error of reading or writing a file, for modules without an error of their own for it.
public struct FileError: WideResNetError, Hashable {
    /// The area of the codes: `files`.
    public static let area = "files"

    /// The message.
    public var description: String { message }

    /// The kinds of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The file is absent, unreadable, no regular file, or breaks the rules of its format.
        case cannotRead
        /// The system refused to write.
        case cannotWrite
        /// There is no space left for the file.
        case diskFull
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence: the file, what was expected, what was found, and what to do.
    public let message: String
    /// The file's path.
    public let file: String
}

extension FileError: FileFailure {
    /// Creates the error for a fault.
    package init(_ fault: FileFault) {
        file = fault.file
        switch fault.code {
        case .system(let number):
            let error = SystemError(number: number)
            code = .cannotRead
            message =
                "\(fault.file): cannot open the file: \(error.sentence); \(error.readingAdvice)"
        case .cannotWrite, .diskFull:
            code = fault.code == .diskFull ? .diskFull : .cannotWrite
            message = "\(fault.file): \(fault.sentence)"
        default:
            code = .cannotRead
            message =
                fault.byteOffset.map { "\(fault.file), byte \($0): \(fault.sentence)" }
                ?? "\(fault.file): \(fault.sentence)"
        }
    }
}
