// SPDX-License-Identifier: Apache-2.0

/// Iterates over the chunks of a WebP file (RIFF).
enum WebPChunks {
    /// A chunk: its four letters, and the range of its data.
    struct Chunk {
        let name: ArraySlice<UInt8>
        let data: ArraySlice<UInt8>

        func isNamed(_ letters: String) -> Bool { name.elementsEqual(letters.utf8) }
    }

    /// The first frame of an animation.
    struct Frame {
        let left: Int
        let top: Int
        let width: Int
        let height: Int
        /// Its image: chunks as libwebp reads them.
        let data: ArraySlice<UInt8>
    }

    private static let animationFlag: UInt8 = 0x02
    private static let exifFlag: UInt8 = 0x08

    /// The image's size and orientation; of an animation, the size of its canvas.
    static func image(in bytes: [UInt8]) throws(ImageError) -> StoredImage {
        guard let first = chunk(at: 12, in: bytes) else { throw truncated }
        if first.isNamed("VP8 ") || first.isNamed("VP8L") {
            guard let size = bitstreamSize(first) else { throw truncated }
            return size
        }
        guard first.isNamed("VP8X") else {
            throw ImageError(
                .malformed, "the WebP file begins with a chunk that is none of VP8, VP8L and VP8X")
        }
        let order = ByteOrder.littleEndian
        guard let width = order.number(3, at: 4, in: first.data),
            let height = order.number(3, at: 7, in: first.data)
        else { throw truncated }
        var image = StoredImage(width: width + 1, height: height + 1)
        guard let flags = first.data.first, flags & exifFlag != 0 else { return image }
        if let exif = firstChunk("EXIF", in: bytes) {
            image.orientation = EXIF.orientation(in: exif.data)
        }
        return image
    }

    /// The first frame, if the file is an animation.
    static func firstFrame(in bytes: [UInt8]) throws(ImageError) -> Frame? {
        guard let first = chunk(at: 12, in: bytes), first.isNamed("VP8X"),
            let flags = first.data.first, flags & animationFlag != 0
        else { return nil }
        let order = ByteOrder.littleEndian
        guard let frame = firstChunk("ANMF", in: bytes),
            let left = order.number(3, at: 0, in: frame.data),
            let top = order.number(3, at: 3, in: frame.data),
            let width = order.number(3, at: 6, in: frame.data),
            let height = order.number(3, at: 9, in: frame.data), frame.data.count > 16
        else {
            throw ImageError(.malformed, "the WebP file is an animation without a whole frame")
        }
        return Frame(
            left: 2 * left, top: 2 * top, width: width + 1, height: height + 1,
            data: frame.data.dropFirst(16))
    }

    private static var truncated: ImageError {
        ImageError(.truncated, "the WebP file ends in its header; it was cut off, so get it again")
    }

    /// The chunk at a place; its data end with the file.
    private static func chunk(at place: Int, in bytes: [UInt8]) -> Chunk? {
        guard let length = ByteOrder.littleEndian.number(4, at: place + 4, in: bytes[...]) else {
            return nil
        }
        let start = place + 8
        return Chunk(
            name: bytes[place..<place + 4],
            data: bytes[start..<min(start + length, bytes.count)])
    }

    private static func firstChunk(_ letters: String, in bytes: [UInt8]) -> Chunk? {
        var place = 12
        while let chunk = chunk(at: place, in: bytes) {
            if chunk.isNamed(letters) { return chunk }
            place = chunk.data.endIndex
            // Chunks begin at even places.
            place += place & 1
        }
        return nil
    }

    /// The size in the first bytes of an image, lossy or lossless.
    private static func bitstreamSize(_ chunk: Chunk) -> StoredImage? {
        let order = ByteOrder.littleEndian
        if chunk.isNamed("VP8 "), let width = order.number(2, at: 6, in: chunk.data),
            let height = order.number(2, at: 8, in: chunk.data)
        {
            return StoredImage(width: width & 0x3FFF, height: height & 0x3FFF)
        }
        if chunk.isNamed("VP8L"), let sizes = order.number(4, at: 1, in: chunk.data) {
            return StoredImage(width: sizes & 0x3FFF + 1, height: sizes >> 14 & 0x3FFF + 1)
        }
        return nil
    }
}
