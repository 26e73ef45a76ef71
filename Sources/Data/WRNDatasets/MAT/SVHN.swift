// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

/// Street View House Numbers, cropped digits: MATLAB files with the images `X` (rows, columns, 3
/// and the number of images) and their labels `y`, where 10 stands for the digit 0.
///
/// - Reference: Netzer et al. 2011, "Reading Digits in Natural Images with Unsupervised Feature
///   Learning".
enum SVHN {
    static let classNames = (0...9).map(String.init)
    /// The most images in one file.
    static let maximumImageCount = 10_000_000
    /// The largest side of an image.
    static let maximumSide = 1024

    /// The file in which a split is published; for training there are extra images in another one.
    static func fileName(_ split: Split) -> String {
        split == .train ? "train_32x32.mat" : "test_32x32.mat"
    }

    /// The images of a split at a path: a directory with the published files, or one of them; nil
    /// where there are none.
    ///
    /// Of a file that is called `train...` or `extra...` the test images are in `test_32x32.mat`
    /// beside it, and the other way round.
    ///
    /// - Throws: ``DataError`` for files that are damaged, and for a `.mat` file whose name does
    ///   not name the split that it holds.
    static func images(at path: String, _ split: Split) throws(DataError) -> LabelledImages? {
        if FileBytes.isDirectory(path) {
            let file = path + "/" + fileName(split)
            guard FileBytes.isRegularFile(file) else { return nil }
            return try images(named: "svhn", in: [file])
        }
        guard path.lowercased().hasSuffix(".mat") else { return nil }
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let name = path[slash...].lowercased()
        let isTest = name.hasPrefix("test")
        guard isTest || name.hasPrefix("train") || name.hasPrefix("extra") else {
            throw DataError(
                .unsupported, file: path,
                "the name of the .mat file does not say which images it holds; "
                    + "call it train_32x32.mat, extra_32x32.mat or test_32x32.mat")
        }
        if isTest == (split != .train) { return try images(named: "svhn", in: [path]) }
        let other = String(path[..<slash]) + fileName(split)
        guard FileBytes.isRegularFile(other) else {
            throw DataError(
                .noSplit, file: path,
                "\(fileName(split)), which has the \(split == .train ? "training" : "test") "
                    + "images, is not beside it; put it there")
        }
        return try images(named: "svhn", in: [other])
    }

    /// The images of some files, one after the other.
    ///
    /// - Throws: ``DataError`` for a file that is not there, is damaged, or does not hold what it
    ///   should.
    static func images(named name: String, in paths: [String]) throws(DataError) -> LabelledImages {
        var (pixels, labels, size): ([UInt8], [Int], [Int]) = ([], [], [])
        for path in paths {
            let part = try SVHNFile(OpenFile(path), after: &pixels)
            guard size.isEmpty || size == part.size else {
                throw DataError(
                    .inconsistent, file: path,
                    "the images have \(part.size[0])x\(part.size[1]) pixels, those of \(paths[0]) "
                        + "\(size[0])x\(size[1])")
            }
            size = part.size
            labels += part.labels
        }
        return try LabelledImages(
            name: name, channels: 3, height: size.first ?? 0, width: size.last ?? 0,
            pixels: pixels, labels: labels, classNames: classNames)
    }
}

/// One file of SVHN, read in one pass.
struct SVHNFile {
    /// The rows and columns of its images.
    private(set) var size: [Int] = []
    /// The digit of each image.
    private(set) var labels: [Int] = []

    /// Reads a file, and adds its images to `pixels` as NHWC.
    ///
    /// - Throws: ``DataError`` for a file that is damaged, or that does not hold as many labels as
    ///   images.
    init(_ file: OpenFile, after pixels: inout [UInt8]) throws(DataError) {
        var (hasImages, hasLabels, names) = (false, false, [String]())
        var (found, digits, extents) = (pixels, [Int](), [Int]())
        // The images grow where they are, without a second copy.
        pixels = []
        try MATFile(file).forEachArray { (array, stream) throws(DataError) in
            names.append(array.name)
            if array.name == "X", !hasImages {
                extents = try Self.read(array, stream, after: &found)
                hasImages = true
            } else if array.name == "y", !hasLabels {
                digits = try Self.digits(array, stream)
                hasLabels = true
            }
        }
        guard hasImages, hasLabels else {
            let list = names.isEmpty ? "none" : names.prefix(10).joined(separator: ", ")
            throw file.error(
                .notFound, "the file needs the arrays X (images) and y (labels); found \(list)")
        }
        guard extents[2] == digits.count else {
            throw file.error(
                .inconsistent, "X has \(extents[2]) images, but y has \(digits.count) labels")
        }
        (size, labels, pixels) = (Array(extents[..<2]), digits, found)
    }

    /// Adds the images of `X`, which MATLAB stores column after column and channel after channel;
    /// rows, columns and count.
    private static func read(
        _ array: MATArray, _ stream: MATStream, after pixels: inout [UInt8]
    ) throws(DataError) -> [Int] {
        // MATLAB drops a last extent of 1.
        let extents = array.extents.count == 3 ? array.extents + [1] : array.extents
        guard array.isNumeric, extents.count == 4, extents[2] == 3,
            extents[..<2].allSatisfy({ (1...SVHN.maximumSide).contains($0) }),
            (1...SVHN.maximumImageCount).contains(extents[3])
        else {
            throw stream.error(
                .unsupported,
                "X has the extents \(array.extents); expected rows, columns, 3 and the number of "
                    + "images, up to \(SVHN.maximumSide) and \(SVHN.maximumImageCount)")
        }
        let tag = MATTag(try stream.take(MATTag.byteCount, "the tag of X"))
        guard tag.kind == MATTag.Kind.uint8, !tag.isSmall, tag.size == array.count,
            tag.size <= stream.remaining
        else {
            throw stream.error(
                .inconsistent,
                "X has \(tag.size) bytes of kind \(tag.kind) with \(stream.remaining) left in the "
                    + "array; expected \(array.count) unsigned bytes (kind \(MATTag.Kind.uint8))")
        }
        let (rows, columns) = (extents[0], extents[1])
        let imageSize = rows * columns * 3
        pixels.reserveCapacity(pixels.count + array.count)
        var image = [UInt8](repeating: 0, count: imageSize)
        for _ in 0..<extents[3] {
            try image.withUnsafeMutableBufferPointer {
                (buffer) throws(DataError) in try stream.fill(buffer, "X")
            }
            for row in 0..<rows {
                for column in 0..<columns {
                    for channel in 0..<3 {
                        pixels.append(image[(channel * columns + column) * rows + row])
                    }
                }
            }
        }
        return [rows, columns, extents[3]]
    }

    /// The labels of `y` as digits: 10 stands for 0.
    private static func digits(
        _ array: MATArray, _ stream: MATStream
    ) throws(DataError) -> [Int] {
        let numbers = try array.integers(stream, limit: SVHN.maximumImageCount)
        if let index = numbers.firstIndex(where: { !(1...10).contains($0) }) {
            throw stream.error(
                .malformed,
                "label \(index) is \(numbers[index]); expected 1 to 10 (10 is the digit 0)")
        }
        return numbers.map { $0 % 10 }
    }
}
