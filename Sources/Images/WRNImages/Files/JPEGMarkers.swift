// SPDX-License-Identifier: Apache-2.0

/// Iterates over the markers of a JPEG file as libjpeg does: bytes between markers are skipped.
enum JPEGMarkers {
    private enum Code {
        static let endOfImage: UInt8 = 0xD9
        static let startOfScan: UInt8 = 0xDA
        static let application1: UInt8 = 0xE1
        static let progressiveFrame: UInt8 = 0xC2

        /// Start of frame, of any process: all but DHT, JPG and DAC in this range.
        static func isFrame(_ code: UInt8) -> Bool {
            (0xC0...0xCF).contains(code) && ![0xC4, 0xC8, 0xCC].contains(code)
        }

        static func isRestart(_ code: UInt8) -> Bool { (0xD0...0xD7).contains(code) }

        /// Markers between the scans of one image: tables, the next scan, comments, applications'
        /// data.
        static func mayFollowScan(_ code: UInt8) -> Bool {
            [0xC4, 0xDA, 0xDB, 0xDD, 0xFE].contains(code) || (0xE0...0xEF).contains(code)
        }

        /// Without parameters: TEM, the restarts, SOI, and the zero behind a byte FF of data.
        static func isAlone(_ code: UInt8) -> Bool {
            code <= 0x01 || (0xD0...0xD8).contains(code)
        }
    }

    /// The image's size and orientation, from the markers before the first scan.
    static func image(in bytes: [UInt8]) throws(ImageError) -> StoredImage {
        var frame: StoredImage?
        var orientation: Orientation?
        var place = 2
        while let (code, after) = marker(from: place, in: bytes) {
            if Code.isAlone(code) {
                place = after
                continue
            }
            if code == Code.endOfImage || code == Code.startOfScan { break }
            guard let length = ByteOrder.bigEndian.number(2, at: after, in: bytes[...]) else {
                throw truncated
            }
            guard length >= 2 else {
                throw ImageError(
                    .malformed,
                    "a JPEG segment at byte \(after) says that it has \(length) bytes, and its "
                        + "length alone has 2"
                )
            }
            guard after + length <= bytes.count else { throw truncated }
            let segment = bytes[after + 2..<after + length]
            if Code.isFrame(code), frame == nil {
                guard let height = ByteOrder.bigEndian.number(2, at: 1, in: segment),
                    let width = ByteOrder.bigEndian.number(2, at: 3, in: segment)
                else { throw ImageError(.malformed, "the JPEG frame header is too short") }
                frame = StoredImage(width: width, height: height)
            } else if code == Code.application1, orientation == nil,
                segment.starts(with: EXIF.prefix)
            {
                orientation = EXIF.orientation(in: segment)
            }
            place = after + length
        }
        guard var image = frame else {
            if place >= bytes.count { throw truncated }
            throw ImageError(.malformed, "the JPEG file has no frame header before its first scan")
        }
        image.orientation = orientation ?? .upright
        return image
    }

    /// Whether the markers from the first scan on are those of a whole image, up to the end marker;
    /// the data between them are not looked at.
    ///
    /// Where they are not, libjpeg may refuse the image or not, which only decoding all of it
    /// shows. A sequential image of several scans is not taken for whole here, so that a marker
    /// inside its one scan is not either.
    static func endsAsExpected(_ bytes: [UInt8]) -> Bool {
        var place = 2
        var (isInScans, isProgressive) = (false, false)
        while let (code, after) = marker(from: place, in: bytes) {
            if code == Code.endOfImage { return isInScans }
            place = after
            if Code.isAlone(code) {
                guard !isInScans || code == 0 || Code.isRestart(code) else { return false }
                continue
            }
            guard !isInScans || isProgressive && Code.mayFollowScan(code),
                let length = ByteOrder.bigEndian.number(2, at: after, in: bytes[...])
            else { return false }
            if Code.isFrame(code) { isProgressive = code == Code.progressiveFrame }
            if code == Code.startOfScan { isInScans = true }
            place += max(2, length)
        }
        return false
    }

    private static var truncated: ImageError {
        ImageError(.truncated, "the JPEG file ends in its header; it was cut off, so get it again")
    }

    /// The first marker's code from `place` on, and the place after it; nil when there is none.
    private static func marker(from place: Int, in bytes: [UInt8]) -> (UInt8, Int)? {
        bytes.withUnsafeBufferPointer { bytes in
            var place = place
            while place < bytes.count {
                if bytes[place] == 0xFF {
                    while place < bytes.count, bytes[place] == 0xFF { place += 1 }
                    guard place < bytes.count else { return nil }
                    return (bytes[place], place + 1)
                }
                place += 1
            }
            return nil
        }
    }
}
