// SPDX-License-Identifier: Apache-2.0

/// The kind of a file by its first bytes, whatever its name.
///
/// Readers use it to name a file that they cannot read: "a PDF document" helps more than "not an
/// image".
package enum FileSignature: String, CaseIterable, Sendable {
    // Images.
    case jpeg, png, webp, gif, bmp, tiff, avif, heic, jpegXL, jpeg2000, svg, photoshop, icon, pnm
    case openEXR, radiance, qoi, directDraw, fits, dicom, cameraRaw
    // Documents and text.
    case pdf, postScript, html, xml, gitLFSPointer, json, text
    // Archives and compressed files.
    case zip, gzip, bzip2, xz, zstandard, sevenZip, rar, tar
    // Numbers.
    case hdf5, numPy, pickle, gguf, parquet, sqlite, safetensors
    // Networks of other frameworks.
    case onnx, tensorFlowLite, savedModel, tensorFlowIndex, torch7
    // Film and sound.
    case mp4, quickTime, avi, matroska, wave
    // Files without content.
    case appleDouble, zeros

    /// The number of a file's first bytes that are examined.
    package static let byteCount = 512

    /// The kind of file that begins with these bytes; nil if it is unknown.
    ///
    /// With fewer than ``byteCount`` bytes, the file ends where they do.
    package init?(of start: some Sequence<UInt8>) {
        let bytes = Array(start.prefix(Self.byteCount))
        guard
            let kind = Self.exact(bytes) ?? Self.boxes(bytes) ?? Self.later(bytes)
                ?? Self.written(bytes)
        else { return nil }
        self = kind
    }

    /// Signatures of fixed bytes at the very beginning; a longer one stands before its own
    /// beginning.
    private static let prefixes: [(bytes: [UInt8], kind: FileSignature)] = [
        ([0xFF, 0xD8, 0xFF], .jpeg), ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png),
        (Array("GIF87a".utf8), .gif), (Array("GIF89a".utf8), .gif),
        ([0x49, 0x49, 42, 0, 0x10, 0, 0, 0, 0x43, 0x52], .cameraRaw),
        ([0x49, 0x49, 42, 0], .tiff), ([0x4D, 0x4D, 0, 42], .tiff), ([0x49, 0x49, 43, 0], .tiff),
        ([0x4D, 0x4D, 0, 43], .tiff), (Array("FUJIFILMCCD-RAW".utf8), .cameraRaw),
        ([0xFF, 0x0A], .jpegXL), ([0, 0, 0, 12] + Array("JXL ".utf8), .jpegXL),
        ([0, 0, 0, 12] + Array("jP  ".utf8), .jpeg2000), ([0xFF, 0x4F, 0xFF, 0x51], .jpeg2000),
        (Array("8BPS".utf8), .photoshop), ([0x76, 0x2F, 0x31, 0x01], .openEXR),
        (Array("#?RADIANCE".utf8), .radiance), (Array("#?RGBE".utf8), .radiance),
        (Array("qoif".utf8), .qoi), (Array("DDS ".utf8), .directDraw),
        (Array("SIMPLE  =".utf8), .fits), (Array("%PDF-".utf8), .pdf),
        (Array("%!PS".utf8), .postScript),
        (Array("version https://git-lfs.github.com/spec/".utf8), .gitLFSPointer),
        ([0x50, 0x4B, 3, 4], .zip), ([0x50, 0x4B, 5, 6], .zip), ([0x1F, 0x8B], .gzip),
        (Array("BZh".utf8), .bzip2), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .xz),
        ([0x28, 0xB5, 0x2F, 0xFD], .zstandard), ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip),
        (Array("Rar!".utf8) + [0x1A, 7], .rar),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .hdf5),
        ([0x93] + Array("NUMPY".utf8), .numPy), (Array("GGUF".utf8), .gguf),
        (Array("PAR1".utf8), .parquet), (Array("SQLite format 3".utf8) + [0], .sqlite),
        // The kind of the first value (3 a table, 4 an object) and its number, in bytes or as text.
        ([3, 0, 0, 0, 1, 0, 0, 0], .torch7), ([4, 0, 0, 0, 1, 0, 0, 0], .torch7),
        (Array("4\n1\n3\nV 1\n".utf8), .torch7), (Array("3\n1\n".utf8), .torch7),
        // A table whose first key is empty, with the number of files and the version as its value.
        ([0, 0, 6, 8, 1, 0x1A, 2, 8, 1], .tensorFlowIndex),
        ([0x1A, 0x45, 0xDF, 0xA3], .matroska), ([0, 5, 0x16, 7], .appleDouble),
    ]

    private static func exact(_ bytes: [UInt8]) -> FileSignature? {
        prefixes.first { bytes.starts(with: $0.bytes) }?.kind
    }

    /// Formats of boxes: RIFF, and the family of ISO 14496-12 (`ftyp`), which share their first
    /// bytes.
    private static func boxes(_ bytes: [UInt8]) -> FileSignature? {
        func word(_ place: Int) -> String {
            bytes.count >= place + 4
                ? String(decoding: bytes[place..<place + 4], as: UTF8.self) : ""
        }
        if word(0) == "RIFF" {
            return ["WEBP": .webp, "AVI ": .avi, "WAVE": .wave][word(8)]
        }
        guard word(4) == "ftyp" else {
            return ["moov", "mdat", "wide"].contains(word(4)) ? .quickTime : nil
        }
        let length = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
        // The main brand, then, behind a version, those that it is compatible with.
        let brands =
            [word(8)] + stride(from: 16, to: min(length, bytes.count), by: 4).map(word)
        if brands.contains(where: ["avif", "avis"].contains) { return .avif }
        if ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].contains(word(8)) {
            return .heic
        }
        switch word(8) {
        case "crx ": return .cameraRaw
        case "qt  ": return .quickTime
        case "jp2 ", "jpx ": return .jpeg2000
        default: return .mp4
        }
    }

    /// Kinds that need more than their first bytes.
    private static func later(_ bytes: [UInt8]) -> FileSignature? {
        if bytes.count >= 132, bytes[128..<132].elementsEqual("DICM".utf8) { return .dicom }
        if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) { return .tar }
        // A header of 40, 12, 64, 108 or 124 bytes follows the 14 of the file's own.
        if bytes.count >= 18, bytes.starts(with: "BM".utf8),
            [12, 40, 52, 56, 64, 108, 124].contains(Int(bytes[14])),
            bytes[15..<18].allSatisfy({ $0 == 0 })
        {
            return .bmp
        }
        if bytes.count >= 6, bytes.starts(with: [0, 0, 1, 0]), bytes[4] > 0, bytes[5] == 0 {
            return .icon
        }
        if bytes.count >= 3, bytes[0] == UInt8(ascii: "P"),
            (UInt8(ascii: "1")...UInt8(ascii: "7")).contains(bytes[1]),
            [0x0A, 0x0D, 0x20, 0x09].contains(bytes[2])
        {
            return .pnm
        }
        if bytes.count >= 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return .pickle }
        if bytes.count >= 10, bytes[3..<8].allSatisfy({ $0 == 0 }),
            bytes[8..<10].elementsEqual("{\"".utf8)
        {
            return .safetensors
        }
        if bytes.count >= 8, bytes[4..<8].elementsEqual("TFL3".utf8) { return .tensorFlowLite }
        if let kind = protocolBuffer(bytes) { return kind }
        if bytes.count >= 16, bytes.allSatisfy({ $0 == 0 }) { return .zeros }
        return nil
    }

    /// Networks as protocol buffers: a version as field 1, then as field 2 the producer (ONNX), or
    /// the first graph (TensorFlow).
    private static func protocolBuffer(_ bytes: [UInt8]) -> FileSignature? {
        guard bytes.count > 8, bytes[0] == 0x08, (1...20).contains(bytes[1]), bytes[2] == 0x12
        else { return nil }
        let text = bytes[4...].prefix(Int(bytes[3]))
        if (1..<0x80).contains(bytes[3]), text.allSatisfy({ (0x20..<0x7F).contains($0) }) {
            return .onnx
        }
        return bytes[1] == 1 && bytes[4...].prefix(6).contains(0x0A) ? .savedModel : nil
    }

    /// Text of any kind.
    private static func written(_ bytes: [UInt8]) -> FileSignature? {
        let spaces: Set<UInt8> = [0x09, 0x0A, 0x0D, 0x20]
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        let text = body.drop(while: spaces.contains)
        guard !text.isEmpty,
            text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || spaces.contains($0) })
        else { return nil }
        let start = String(decoding: text, as: UTF8.self).lowercased()
        if start.hasPrefix("<svg") || start.hasPrefix("<?xml") && start.contains("<svg") {
            return .svg
        }
        let pages = ["<!doctype html", "<html", "<head", "<body", "<script", "<title"]
        if pages.contains(where: start.hasPrefix) { return .html }
        if start.hasPrefix("<?xml") { return .xml }
        if start.hasPrefix("{"), start.contains("\"") { return .json }
        // Bytes above 7F may be any encoding's, or no text at all.
        return text.allSatisfy({ $0 < 0x80 }) ? .text : nil
    }
}

extension FileSignature {
    /// Whether it is an image, a drawing or a document of one; of every format, read here or not.
    package var isImage: Bool {
        switch self {
        case .jpeg, .png, .webp, .gif, .bmp, .tiff, .avif, .heic, .jpegXL, .jpeg2000, .svg,
            .photoshop, .icon, .pnm, .openEXR, .radiance, .qoi, .directDraw, .fits, .dicom,
            .cameraRaw:
            true
        default: false
        }
    }

    /// The kind without its article: "GIF image".
    package var noun: String {
        name.split(separator: " ", maxSplits: 1).last.map(String.init) ?? name
    }

    /// The kind with its article, as a sentence has it: "a GIF image".
    package var name: String {
        switch self {
        case .jpeg: "a JPEG image"
        case .png: "a PNG image"
        case .webp: "a WebP image"
        case .gif: "a GIF image"
        case .bmp: "a BMP image"
        case .tiff: "a TIFF image"
        case .avif: "an AVIF image"
        case .heic: "a HEIC image"
        case .jpegXL: "a JPEG XL image"
        case .jpeg2000: "a JPEG 2000 image"
        case .svg: "an SVG drawing"
        case .photoshop: "a Photoshop document"
        case .icon: "an icon (ICO)"
        case .pnm: "a PNM image (PBM, PGM, PPM)"
        case .openEXR: "an OpenEXR image"
        case .radiance: "a Radiance HDR image"
        case .qoi: "a QOI image"
        case .directDraw: "a DDS texture"
        case .fits: "a FITS image"
        case .dicom: "a DICOM file"
        case .cameraRaw: "a camera's raw image"
        case .pdf: "a PDF document"
        case .postScript: "a PostScript document"
        case .html: "an HTML page"
        case .xml: "an XML document"
        case .gitLFSPointer: "a git-LFS pointer, not the file itself"
        case .json: "JSON text"
        case .text: "plain text"
        case .zip: "a zip archive"
        case .gzip: "a gzip file"
        case .bzip2: "a bzip2 file"
        case .xz: "an xz file"
        case .zstandard: "a Zstandard file"
        case .sevenZip: "a 7z archive"
        case .rar: "a RAR archive"
        case .tar: "a tar archive"
        case .hdf5: "an HDF5 file"
        case .numPy: "a NumPy array"
        case .pickle: "a Python pickle"
        case .gguf: "a GGUF file"
        case .parquet: "a Parquet table"
        case .sqlite: "an SQLite database"
        case .safetensors: "a safetensors file"
        case .onnx: "an ONNX model"
        case .tensorFlowLite: "a TensorFlow Lite model"
        case .savedModel: "a SavedModel of TensorFlow"
        case .tensorFlowIndex: "the index of a TensorFlow checkpoint"
        case .torch7: "a file of Torch7 (Lua)"
        case .mp4: "an MP4 film"
        case .quickTime: "a QuickTime film"
        case .avi: "an AVI film"
        case .matroska: "a Matroska or WebM film"
        case .wave: "a WAVE sound"
        case .appleDouble: "macOS's AppleDouble data, not the file itself"
        case .zeros: "nothing but zero bytes"
        }
    }
}
