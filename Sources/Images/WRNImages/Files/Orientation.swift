// SPDX-License-Identifier: Apache-2.0

/// The orientation of a stored image, one of the eight values of EXIF's tag.
///
/// With S the stored image of h x w pixels, the shown one has at row r and column c
///
///     S[i][j],  (i, j) = swapsAxes ? (c, r) : (r, c)
///               i = h - 1 - i if flipsRows,  j = w - 1 - j if flipsColumns
struct Orientation: Hashable, Sendable {
    let swapsAxes: Bool
    let flipsRows: Bool
    let flipsColumns: Bool

    static let upright = Orientation(swapsAxes: false, flipsRows: false, flipsColumns: false)

    /// The orientation of a value of EXIF's tag 0x0112, or nil when it has no meaning.
    init?(exif value: Int) {
        switch value {
        case 1: self = .upright
        case 2: self.init(swapsAxes: false, flipsRows: false, flipsColumns: true)
        case 3: self.init(swapsAxes: false, flipsRows: true, flipsColumns: true)
        case 4: self.init(swapsAxes: false, flipsRows: true, flipsColumns: false)
        case 5: self.init(swapsAxes: true, flipsRows: false, flipsColumns: false)
        case 6: self.init(swapsAxes: true, flipsRows: true, flipsColumns: false)
        case 7: self.init(swapsAxes: true, flipsRows: true, flipsColumns: true)
        case 8: self.init(swapsAxes: true, flipsRows: false, flipsColumns: true)
        default: return nil
        }
    }

    private init(swapsAxes: Bool, flipsRows: Bool, flipsColumns: Bool) {
        self.swapsAxes = swapsAxes
        self.flipsRows = flipsRows
        self.flipsColumns = flipsColumns
    }

    /// The size after turning, from that before; or the other way.
    func turned(height: Int, width: Int) -> (height: Int, width: Int) {
        swapsAxes ? (width, height) : (height, width)
    }

    /// Where a rectangle of the shown image lies in the stored one, which has `height` x `width`
    /// pixels.
    func stored(_ shown: PixelRegion, height: Int, width: Int) -> PixelRegion {
        let (top, left) = swapsAxes ? (shown.left, shown.top) : (shown.top, shown.left)
        let (rows, columns) = turned(height: shown.height, width: shown.width)
        return PixelRegion(
            top: flipsRows ? height - top - rows : top,
            left: flipsColumns ? width - left - columns : left,
            height: rows, width: columns)
    }

    /// The image as it is shown, from `stored`.
    func shown(_ stored: PixelImage) -> PixelImage {
        guard self != .upright else { return stored }
        let (height, width) = turned(height: stored.height, width: stored.width)
        let channels = stored.channels
        // Steps from pixel to pixel in the stored image, as a row and as a column of the shown one
        // go on.
        let rowStep = flipsRows ? -stored.width : stored.width
        let columnStep = flipsColumns ? -1 : 1
        let (down, right) = swapsAxes ? (columnStep, rowStep) : (rowStep, columnStep)
        let start =
            (flipsRows ? (stored.height - 1) * stored.width : 0)
            + (flipsColumns ? stored.width - 1 : 0)
        let pixels = [UInt8](unsafeUninitializedCapacity: stored.pixels.count) { output, filled in
            filled = stored.pixels.count
            stored.pixels.withUnsafeBufferPointer { input in
                var place = 0
                for row in 0..<height {
                    for column in 0..<width {
                        let source = (start + row * down + column * right) * channels
                        for channel in 0..<channels {
                            output[place] = input[source + channel]
                            place += 1
                        }
                    }
                }
            }
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }
}

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

/// The order of the bytes of a number.
enum ByteOrder {
    case littleEndian
    case bigEndian

    /// The unsigned number in the `count` (1...4) bytes at `place`, or nil when they do not all lie
    /// in `bytes`.
    func number(_ count: Int, at place: Int, in bytes: ArraySlice<UInt8>) -> Int? {
        let start = bytes.startIndex
        guard place >= 0, place <= bytes.count - count else { return nil }
        let field = bytes[start + place..<start + place + count]
        switch self {
        case .littleEndian: return field.reversed().reduce(0) { $0 << 8 | Int($1) }
        case .bigEndian: return field.reduce(0) { $0 << 8 | Int($1) }
        }
    }
}
