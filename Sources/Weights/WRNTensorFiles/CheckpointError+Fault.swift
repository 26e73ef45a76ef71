// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

// What this module opens and writes files with, its errors being this module's.

typealias ReadableFile = OpenFile<CheckpointError>
typealias AtomicFile = WRNFiles.AtomicFile<CheckpointError>
package typealias TemporaryFile = WRNFiles.TemporaryFile<CheckpointError>

extension CheckpointError: FileFailure {
    /// Creates the error for a fault.
    package init(_ fault: FileFault) {
        switch fault.code {
        case .system(let number):
            let error = SystemError(number: number)
            let action = fault.byteOffset.map { "read byte \($0)" } ?? "open the file"
            self.init(
                fault.byteOffset == nil ? .cannotOpen : .cannotRead, file: fault.file,
                "cannot \(action): \(error.sentence)", advice: error.readingAdvice,
                byteOffset: fault.byteOffset)
        case .notRegular:
            self.init(.cannotOpen, file: fault.file, sentence: fault.sentence, byteOffset: nil)
        default:
            self.init(
                Code(fault.code), file: fault.file, sentence: fault.sentence,
                byteOffset: fault.byteOffset)
        }
    }
}

extension CheckpointError.Code {
    fileprivate init(_ code: FileFault.Code) {
        switch code {
        case .system, .notRegular: self = .cannotOpen
        case .shortened, .noMemory: self = .cannotRead
        case .notFound: self = .tensorNotFound
        case .truncated: self = .truncated
        case .malformed: self = .malformedContent
        case .unsupported: self = .unsupportedContent
        case .tooLarge: self = .limitExceeded
        case .inconsistent: self = .contradiction
        case .checksumMismatch: self = .checksumMismatch
        case .cannotWrite: self = .cannotWrite
        case .diskFull: self = .diskFull
        }
    }
}
