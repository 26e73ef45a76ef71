// SPDX-License-Identifier: Apache-2.0

/// Bytes that nobody vouched for, and the name under which messages speak of them.
package struct NamedBytes<Failure: ArchiveFailure>: Sendable {
    /// The path of the file, followed by the entry's name for a file in an archive.
    package let name: String
    /// The bytes.
    package let bytes: ArraySlice<UInt8>

    package init(name: String, _ bytes: ArraySlice<UInt8>) {
        self.name = name
        self.bytes = bytes
    }

    package init(name: String, _ bytes: [UInt8]) {
        self.init(name: name, bytes[...])
    }

    /// The number of bytes.
    package var count: Int { bytes.count }

    /// An error about these bytes.
    package func error(_ code: ArchiveFault.Code, at offset: Int? = nil, _ sentence: String)
        -> Failure
    {
        Failure(ArchiveFault(code: code, file: name, byteOffset: offset, sentence: sentence))
    }
}
