// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// Street View House Numbers, cropped digits: MATLAB files with the images `X` (rows, columns, 3 and the number of images) and their
/// labels `y`, where 10 stands for the digit 0.
///
/// - Reference: Netzer et al. 2011, "Reading Digits in Natural Images with Unsupervised Feature Learning".
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

    /// The images of a split at a path: a directory with the published files, or one of them; nil where there are none.
    ///
    /// Of a file that is called `train...` or `extra...` the test images are in `test_32x32.mat` beside it, and the other way round.
    ///
    /// - Throws: ``DataError`` for files that are damaged, and for a `.mat` file whose name does not say which split it holds.
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
        return try images(named: "svhn", in: [path[..<slash] + fileName(split)])
    }

    /// The images of some files, one after the other.
    ///
    /// - Throws: ``DataError`` for a file that is not there, is damaged, or does not hold what it should.
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
