// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
public import WRNText

/// Why a network was not exported, or an exported file could not be read: one sentence, and the
/// parts of it that a program can act on.
public struct ExportError: WideResNetError, Hashable {
    /// The area of the codes: `export`.
    public static let area = "export"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// An option is out of its range, or two options contradict each other.
        case invalidOptions
        /// The file's name ends in no format that is written here.
        case unknownFormat
        /// The format cannot express something that the network computes.
        case inexpressible
        /// The images for the ranges of activations are missing or cannot be used.
        case calibration
        /// The written file computes something else than the network.
        case differentResults
        /// The bytes end before what they announce, or break their format's rules.
        case malformed
        /// The bytes are valid, but of a kind that is not read here.
        case unsupported
        /// A limit of the format or of the reader would be passed.
        case tooLarge
        /// The system refused to read.
        case cannotRead
        /// The system refused to write.
        case cannotWrite
        /// There is no space left for the file.
        case diskFull
    }

    /// The kind of failure.
    public let code: Code
    /// The whole sentence: what, where, expected, found, what to do.
    public let message: String
    /// The file that is at fault, where there is one.
    public let file: String?
    /// The place in the file.
    private let byteOffset: Int?
    /// The sentence without the file and the place.
    private let sentence: String

    /// Creates an error whose message is the place followed by `sentence`.
    package init(_ code: Code, file: String? = nil, at byteOffset: Int? = nil, _ sentence: String) {
        self.code = code
        self.file = file
        self.byteOffset = byteOffset
        self.sentence = sentence
        let place = (file.map { [$0] } ?? []) + (byteOffset.map { ["byte \($0)"] } ?? [])
        message = printable(
            place.isEmpty ? sentence : "\(place.joined(separator: ", ")): \(sentence)")
    }

    /// The same failure, with another file's name.
    func naming(_ file: String) -> ExportError {
        ExportError(code, file: file, at: byteOffset, sentence)
    }
}

extension ExportError: FileFailure {
    /// Creates the error for a fault.
    package init(_ fault: FileFault) {
        switch fault.code {
        case .system(let number):
            let error = SystemError(number: number)
            self.init(
                .cannotRead, file: fault.file,
                "cannot read the file: \(error.sentence); \(error.readingAdvice)")
        default:
            self.init(
                Code(fault.code), file: fault.file, at: fault.byteOffset, fault.sentence)
        }
    }
}

extension ExportError.Code {
    fileprivate init(_ code: FileFault.Code) {
        self =
            switch code {
            case .system, .notRegular, .shortened, .notFound, .noMemory: .cannotRead
            case .truncated, .malformed, .inconsistent, .checksumMismatch: .malformed
            case .unsupported: .unsupported
            case .tooLarge: .tooLarge
            case .cannotWrite: .cannotWrite
            case .diskFull: .diskFull
            }
    }
}
