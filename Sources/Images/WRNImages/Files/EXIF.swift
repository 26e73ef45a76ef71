// SPDX-License-Identifier: Apache-2.0

/// Finds the orientation in EXIF data: a small TIFF file whose first directory has it as tag
/// 0x0112.
///
/// Only that directory is read, and each entry once, so that offsets cannot form a cycle. Broken
/// data have no orientation.
enum EXIF {
    /// The prefix of the data in JPEG, which other formats may have.
    static let prefix: [UInt8] = Array("Exif\0\0".utf8)

    private static let orientationTag = 0x0112
    private static let entryByteCount = 12

    /// The orientation; upright if the data have none or are damaged.
    static func orientation(in data: ArraySlice<UInt8>) -> Orientation {
        var tiff = data
        while tiff.starts(with: prefix) { tiff = tiff.dropFirst(prefix.count) }
        let order: ByteOrder
        if tiff.starts(with: [0x49, 0x49, 42, 0]) {
            order = .littleEndian
        } else if tiff.starts(with: [0x4D, 0x4D, 0, 42]) {
            order = .bigEndian
        } else {
            return .upright
        }
        guard let directory = order.number(4, at: 4, in: tiff),
            let count = order.number(2, at: directory, in: tiff)
        else { return .upright }
        var found = Orientation.upright
        for entry in 0..<count {
            let place = directory + 2 + entry * entryByteCount
            guard place <= tiff.count - entryByteCount else { break }
            guard order.number(2, at: place, in: tiff) == orientationTag,
                let value = value(at: place, order, in: tiff)
            else { continue }
            // Of several entries the last counts, as in Pillow's dictionary.
            found = Orientation(exif: value) ?? .upright
        }
        return found
    }

    /// The value of an entry that holds one unsigned number, whatever its width.
    private static func value(
        at entry: Int, _ order: ByteOrder, in tiff: ArraySlice<UInt8>
    ) -> Int? {
        guard order.number(4, at: entry + 4, in: tiff) == 1 else { return nil }
        switch order.number(2, at: entry + 2, in: tiff) {
        case 1: return order.number(1, at: entry + 8, in: tiff)
        case 3: return order.number(2, at: entry + 8, in: tiff)
        case 4: return order.number(4, at: entry + 8, in: tiff)
        default: return nil
        }
    }
}
