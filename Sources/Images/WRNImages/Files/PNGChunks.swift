// SPDX-License-Identifier: Apache-2.0

/// Iterates over the chunks of a PNG file.
enum PNGChunks {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The image's size from the first chunk, and its orientation from the chunk eXIf, at any
    /// place.
    static func image(in bytes: [UInt8]) throws(ImageError) -> StoredImage {
        guard bytes.count >= signature.count + 25 else {
            throw ImageError(
                .truncated, "the PNG file ends in its header; it was cut off, so get it again")
        }
        let order = ByteOrder.bigEndian
        guard let length = order.number(4, at: 8, in: bytes[...]), length == 13,
            bytes[12..<16].elementsEqual("IHDR".utf8),
            let width = order.number(4, at: 16, in: bytes[...]),
            let height = order.number(4, at: 20, in: bytes[...]),
            width <= Int(Int32.max), height <= Int(Int32.max)
        else {
            throw ImageError(.malformed, "the PNG file does not begin with a valid chunk IHDR")
        }
        var image = StoredImage(width: width, height: height)
        var place = signature.count + 25
        while let length = order.number(4, at: place, in: bytes[...]),
            length <= bytes.count - place - 12
        {
            if bytes[place + 4..<place + 8].elementsEqual("eXIf".utf8) {
                image.orientation = EXIF.orientation(in: bytes[place + 8..<place + 8 + length])
                break
            }
            place += 12 + length
        }
        return image
    }

    /// The file without its ancillary chunks, which have no part in the pixels that are returned;
    /// the same bytes where it has none.
    ///
    /// A decoder reads them all the same, and refuses an image for a fault in its comments or
    /// colour profile. From a chunk with a length beyond the file on, everything is kept, and the
    /// decoder reports it.
    static func essential(_ bytes: [UInt8]) -> [UInt8] {
        var kept: [Range<Int>] = []
        var (place, start) = (signature.count, 0)
        while let length = ByteOrder.bigEndian.number(4, at: place, in: bytes[...]),
            length <= bytes.count - place - 12
        {
            let end = place + 12 + length
            // Bit 5 of a type's first byte, a small letter, marks ancillary chunks.
            if bytes[place + 4] & 0x20 != 0 {
                kept.append(start..<place)
                start = end
            }
            place = end
        }
        guard !kept.isEmpty else { return bytes }
        kept.append(start..<bytes.count)
        var rest: [UInt8] = []
        rest.reserveCapacity(kept.reduce(0) { $0 + $1.count })
        for range in kept { rest += bytes[range] }
        return rest
    }
}
