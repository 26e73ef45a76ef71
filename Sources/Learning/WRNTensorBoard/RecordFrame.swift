// SPDX-License-Identifier: Apache-2.0

/// One record of a TFRecord file.
///
///     length of the data       8 bytes, lowest first
///     its masked CRC-32C       4 bytes
///     data
///     its masked CRC-32C       4 bytes
///
/// - Reference: TensorFlow's "TFRecord and tf.train.Example", section "TFRecords format details".
enum RecordFrame {
    /// The record's bytes.
    static func bytes(of data: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(data.count))
        return length + littleEndian(CRC32C.masked(length)) + data
            + littleEndian(CRC32C.masked(data))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
