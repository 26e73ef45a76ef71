// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
public import WRNText

/// An error of a data set, a download or a data file: one sentence, and the parts of it that a
/// program can use.
public struct DataError: WideResNetError, Hashable {
    /// The area of the codes: `data`.
    public static let area = "data"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A file, a directory or the data in it is not there.
        case notFound
        /// The data set has no images of the split that is wanted.
        case noSplit
        /// The system refused to read.
        case unreadable
        /// The system refused to write.
        case unwritable
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
        /// A downloaded file is not the official one.
        case checksumMismatch
        /// The server or the network failed.
        case downloadFailed
        /// An argument is out of its range.
        case invalidArgument
        /// The loader was cancelled.
        case cancelled
    }

    /// The kind of failure.
    public let code: Code
    /// The whole sentence: what, where, expected, found, what to do.
    public let message: String
    /// The file that is at fault, where there is one.
    public let file: String?
    /// Where in that file, counted in bytes from its start (after decompression, for compressed
    /// files).
    public let byteOffset: Int?

    /// Creates an error whose message is the place followed by `sentence`: that of an image set of
    /// one's own, for example, whose image cannot be read.
    ///
    /// - Parameters:
    ///   - file: The file that is at fault; nil where there is none.
    ///   - byteOffset: The place in that file, in bytes from its start; it counts only with a file.
    ///   - sentence: What was expected, what was found, and what to do.
    public init(_ code: Code, file: String? = nil, at byteOffset: Int? = nil, _ sentence: String) {
        self.code = code
        self.file = file
        self.byteOffset = byteOffset
        let place =
            switch (file, byteOffset) {
            case (let file?, let offset?): "\(file), byte offset \(offset): "
            case (let file?, nil): "\(file): "
            case (nil, _): ""
            }
        // Names come from folders, archives and servers.
        message = printable(place + sentence)
    }
}

extension DataError: FileFailure {
    /// Creates the error for a fault.
    package init(_ fault: FileFault) {
        switch fault.code {
        case .system(let number):
            self = FileBytes.failure(fault.file, number)
        case .notRegular:
            self.init(
                .unreadable, file: fault.file, "this is not a regular file; give one that is")
        default:
            self.init(
                Code(fault.code), file: fault.file, at: fault.byteOffset, fault.sentence)
        }
    }
}

extension DataError.Code {
    fileprivate init(_ code: FileFault.Code) {
        switch code {
        case .system, .notRegular, .noMemory: self = .unreadable
        case .cannotWrite, .diskFull: self = .unwritable
        case .notFound: self = .notFound
        case .shortened, .truncated: self = .truncated
        case .malformed: self = .malformed
        case .unsupported: self = .unsupported
        case .tooLarge: self = .tooLarge
        case .inconsistent: self = .inconsistent
        case .checksumMismatch: self = .checksumMismatch
        }
    }
}
