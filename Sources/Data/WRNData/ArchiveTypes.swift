// SPDX-License-Identifier: Apache-2.0

package import WRNArchive

// What this room reads untrusted bytes with, its errors being this room's.

typealias NamedBytes = WRNArchive.NamedBytes<DataError>
typealias ByteCursor = WRNArchive.ByteCursor<DataError>
typealias OpenFile = WRNArchive.OpenFile<DataError>
typealias Inflater = WRNArchive.Inflater<DataError>
typealias ZipArchive = WRNArchive.ZipArchive<DataError>
typealias ZipDirectory = WRNArchive.ZipDirectory<DataError>
typealias ZipEntry = WRNArchive.ZipEntry<DataError>
typealias PickleReader = WRNArchive.PickleReader<NumpyVocabulary>
typealias PickleDocument = WRNArchive.PickleDocument<NumpyVocabulary>

extension DataError: ArchiveFailure {
    /// Words a fault as this room does.
    package init(_ fault: ArchiveFault) {
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
    fileprivate init(_ code: ArchiveFault.Code) {
        switch code {
        case .system, .notRegular, .noMemory: self = .unreadable
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
