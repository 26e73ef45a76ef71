// SPDX-License-Identifier: Apache-2.0

/// Bytes that nobody vouched for, and the name under which messages speak of them.
struct NamedBytes: Sendable {
    /// The path of the file, followed by the entry's name for a file in an archive.
    let name: String
    /// The bytes.
    let bytes: ArraySlice<UInt8>

    init(name: String, _ bytes: ArraySlice<UInt8>) {
        self.name = name
        self.bytes = bytes
    }

    init(name: String, _ bytes: [UInt8]) {
        self.init(name: name, bytes[...])
    }

    /// The number of bytes.
    var count: Int { bytes.count }

    /// An error about these bytes.
    func error(_ code: DataError.Code, at offset: Int? = nil, _ sentence: String) -> DataError {
        DataError(code, file: name, at: offset, sentence)
    }
}
