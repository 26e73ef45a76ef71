// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

/// A file of the IDX format, in which MNIST and its successors are published.
///
/// Four bytes begin it (two zeros, the element type, the rank); one big-endian 32-bit extent per
/// axis and the elements follow. Only unsigned bytes are read: type 8, rank 3 for images and rank 1
/// for labels.
struct IDXFile {
    /// The largest extent of an image's side.
    static let maximumImageExtent = 4096
    /// The most images or labels.
    static let maximumItemCount = 100_000_000

    /// The extents, outermost first.
    let extents: [Int]
    /// The elements in row-major order.
    let elements: ArraySlice<UInt8>

    /// The content that a file is expected to have.
    enum Content {
        case images
        case labels

        var rank: Int { self == .images ? 3 : 1 }
        var word: String { self == .images ? "images" : "labels" }
    }

    /// Reads a file, and checks that it holds `content` and nothing else.
    init(_ source: NamedBytes, holding content: Content) throws(DataError) {
        var cursor = ByteCursor(source)
        let magic = try cursor.bigEndian32("the IDX magic number")
        let expected = 0x0800 + UInt32(content.rank)
        guard magic == expected else {
            throw cursor.error(
                magic >> 16 == 0 ? .unsupported : .malformed, at: 0,
                "the magic number is \(Self.hexadecimal(magic)); "
                    + "expected \(Self.hexadecimal(expected)) "
                    + "(IDX \(content.word) of unsigned bytes), so this is another kind of file")
        }
        var extents: [Int] = []
        for axis in 0..<content.rank {
            let place = cursor.offset
            let extent = Int(try cursor.bigEndian32("the extent of axis \(axis)"))
            let limit = axis == 0 ? Self.maximumItemCount : Self.maximumImageExtent
            guard (1...limit).contains(extent) else {
                throw cursor.error(
                    extent == 0 ? .malformed : .tooLarge, at: place,
                    "the extent of axis \(axis) is \(extent); expected 1 to \(limit)")
            }
            extents.append(extent)
        }
        guard let size = checkedProduct(extents), size <= cursor.remaining else {
            let shape = extents.map(String.init).joined(separator: " x ")
            throw cursor.error(
                .truncated,
                "the header announces \(shape) bytes of \(content.word), but \(cursor.remaining) "
                    + "follow; the file was cut off, so get it again")
        }
        elements = try cursor.take(size, content.word)
        guard cursor.remaining == 0 else {
            throw cursor.error(
                .malformed,
                "\(cursor.remaining) bytes follow the last of the \(extents[0]) \(content.word)")
        }
        self.extents = extents
    }

    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// Joins an IDX file of images with an IDX file of labels.
enum IDXDataset {
    /// Reads the two files of one split.
    ///
    /// - Throws: ``DataError`` when either is not what it should be, when their counts differ, or
    ///   when a label names no class.
    static func read(
        name: String, classNames: [String], images imageBytes: NamedBytes,
        labels labelBytes: NamedBytes
    ) throws(DataError) -> LabelledImages {
        let labelFile = try IDXFile(labelBytes, holding: .labels)
        let imageFile = try IDXFile(imageBytes, holding: .images)
        let (images, labels) = (imageFile.extents[0], labelFile.extents[0])
        guard images == labels else {
            throw imageBytes.error(
                .inconsistent, at: 4,
                "\(images) images, but \(labelBytes.name) has \(labels) labels; the two files do "
                    + "not belong together")
        }
        for (index, label) in labelFile.elements.enumerated() where label >= classNames.count {
            throw labelBytes.error(
                .malformed, at: 8 + index,
                "label \(index) is \(label); expected 0 to \(classNames.count - 1)")
        }
        return try LabelledImages(
            name: name, channels: 1, height: imageFile.extents[1], width: imageFile.extents[2],
            pixels: Array(imageFile.elements), labels: labelFile.elements.map(Int.init),
            classNames: classNames)
    }
}

/// The names under which IDX files are found.
enum IDXNames {
    /// The beginnings of a split's two names.
    static func stems(_ split: Split) -> (images: String, labels: String) {
        let part = split == .train ? "train" : "t10k"
        return ("\(part)-images", "\(part)-labels")
    }

    /// The names of the file with the images, the likeliest first.
    static func images(_ split: Split) -> [String] {
        variants(stems(split).images, "idx3-ubyte")
    }

    /// The names of the file with the labels, the likeliest first.
    static func labels(_ split: Split) -> [String] {
        variants(stems(split).labels, "idx1-ubyte")
    }

    /// The plain form comes first because it needs no unpacking; some unpackers write a dot for the
    /// dash.
    private static func variants(_ stem: String, _ suffix: String) -> [String] {
        ["-", "."].flatMap { ["\(stem)\($0)\(suffix)", "\(stem)\($0)\(suffix).gz"] }
    }
}
