// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
import WRNArchive

// What this module reads untrusted bytes with, its errors being this module's.

typealias NamedBytes = WRNFiles.NamedBytes<DataError>
typealias ByteCursor = WRNFiles.ByteCursor<DataError>
typealias OpenFile = WRNFiles.OpenFile<DataError>
typealias Inflater = WRNArchive.Inflater<DataError>
typealias TarArchive = WRNArchive.TarArchive<DataError>
typealias TarIndex = WRNArchive.TarIndex<DataError>
typealias ZipArchive = WRNArchive.ZipArchive<DataError>
typealias ZipDirectory = WRNArchive.ZipDirectory<DataError>
typealias ZipEntry = WRNArchive.ZipEntry<DataError>
typealias PickleReader = WRNArchive.PickleReader<NumpyVocabulary>
typealias PickleDocument = WRNArchive.PickleDocument<NumpyVocabulary>

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
