// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch
import WRNFiles

/// Reads one split of CIFAR from the files of a layout.
struct CIFARReader {
    let layout: CIFARLayout
    /// Where the files are.
    let tree: FileTree
    /// The folder in that tree, empty for its root.
    let folder: String

    /// Reads the images of `split`.
    ///
    /// - Throws: ``DataError`` when a file is missing or is not what it should be.
    func read(_ split: Split) throws(DataError) -> LabelledImages {
        let files = layout.files(split)
        for file in files + [layout.namesFile] where !tree.contains(path(file)) {
            throw DataError(
                .notFound, file: tree.fullName(folder),
                "'\(file)' is not there, which belongs to the \(split.rawValue) images of "
                    + "\(layout.dataset) in this layout; get the whole set again")
        }
        let classNames = try readClassNames(tree.bytes(path(layout.namesFile)))
        var pixels: [UInt8] = []
        var labels: [Int] = []
        for file in files {
            let source = try tree.bytes(path(file))
            switch layout.encoding {
            case .binary(let labelByteCount):
                try appendRecords(
                    of: source, labelByteCount: labelByteCount, to: &pixels, &labels,
                    fileCount: files.count)
            case .pickle(let labelsKey, _):
                try appendPickle(
                    of: source, labelsKey: labelsKey, to: &pixels, &labels, fileCount: files.count)
            }
        }
        return try LabelledImages(
            name: layout.dataset, channels: CIFARLayout.channels, height: CIFARLayout.side,
            width: CIFARLayout.side, pixels: pixels, labels: labels, classNames: classNames)
    }

    /// Whether all files of a split are there.
    func isWhole(_ split: Split) -> Bool {
        hasClassNames && layout.files(split).allSatisfy { tree.contains(path($0)) }
    }

    /// Whether the file with the classes' names is there.
    var hasClassNames: Bool { tree.contains(path(layout.namesFile)) }

    private func path(_ file: String) -> String {
        folder.isEmpty ? file : folder + "/" + file
    }

    // MARK: Binary files

    private func appendRecords(
        of source: NamedBytes, labelByteCount: Int, to pixels: inout [UInt8],
        _ labels: inout [Int], fileCount: Int
    ) throws(DataError) {
        let recordByteCount = labelByteCount + CIFARLayout.imageByteCount
        let (count, rest) = source.count.quotientAndRemainder(dividingBy: recordByteCount)
        guard count > 0, rest == 0 else {
            throw source.error(
                .truncated, at: count * recordByteCount,
                "\(source.count) bytes are not a whole number of records of \(recordByteCount) "
                    + "bytes; the file was cut off or is another")
        }
        if pixels.isEmpty {
            pixels.reserveCapacity(fileCount * count * CIFARLayout.imageByteCount)
        }
        for record in 0..<count {
            let place = record * recordByteCount
            let start = source.bytes.startIndex + place
            // CIFAR-100 has a coarse label first; the class is the byte before the pixels.
            let label = Int(source.bytes[start + labelByteCount - 1])
            try check(label, at: place + labelByteCount - 1, image: record, of: source)
            labels.append(label)
        }
        PlanarImages.appendInterleaved(
            source.bytes, recordByteCount: recordByteCount, skipping: labelByteCount,
            count: count, to: &pixels)
    }

    // MARK: Pickled files

    private func appendPickle(
        of source: NamedBytes, labelsKey: String, to pixels: inout [UInt8],
        _ labels: inout [Int], fileCount: Int
    ) throws(DataError) {
        let document = try PickleReader.read(source)
        guard let data = document.value(of: "data").flatMap(document.array),
            data.shape.count == 2, data.shape[0] > 0, data.shape[1] == CIFARLayout.imageByteCount
        else {
            throw source.error(
                .malformed,
                "the pickle has no array 'data' of N x \(CIFARLayout.imageByteCount) unsigned bytes"
            )
        }
        let found = try readLabels(document.value(of: labelsKey), document, source, labelsKey)
        guard found.count == data.shape[0] else {
            throw source.error(
                .inconsistent, "\(data.shape[0]) images, but \(found.count) \(labelsKey)")
        }
        labels += found
        if pixels.isEmpty { pixels.reserveCapacity(fileCount * data.bytes.count) }
        PlanarImages.appendInterleaved(
            data.rowMajorBytes, recordByteCount: CIFARLayout.imageByteCount, skipping: 0,
            count: data.shape[0], to: &pixels)
    }

    private func readLabels(
        _ value: PickleValue?, _ document: PickleDocument, _ source: NamedBytes, _ key: String
    ) throws(DataError) -> [Int] {
        guard let items = value.flatMap(document.items) else {
            throw source.error(.malformed, "the pickle has no list '\(key)'")
        }
        var labels: [Int] = []
        labels.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            guard case .int(let label) = item else {
                throw source.error(.malformed, "element \(index) of '\(key)' is not an integer")
            }
            try check(label, at: nil, image: index, of: source)
            labels.append(label)
        }
        return labels
    }

    private func check(
        _ label: Int, at place: Int?, image: Int, of source: NamedBytes
    ) throws(DataError) {
        guard (0..<layout.classCount).contains(label) else {
            throw source.error(
                .malformed, at: place,
                "the label of image \(image) is \(label); expected 0 to \(layout.classCount - 1)")
        }
    }
}

extension CIFARReader {
    /// The longest name of a class, in bytes.
    static let maximumClassNameByteCount = 200

    /// The names of the classes: a line each, or a list in a pickled dictionary.
    func readClassNames(_ source: NamedBytes) throws(DataError) -> [String] {
        var fields: [ArraySlice<UInt8>] = []
        switch layout.encoding {
        case .binary:
            fields = source.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
                .map { $0.last == 0x0D ? $0.dropLast() : $0 }
            while fields.last?.isEmpty ?? false { fields.removeLast() }
        case .pickle(_, let key):
            let document = try PickleReader.read(source)
            guard let items = document.value(of: key).flatMap(document.items) else {
                throw source.error(.malformed, "the pickle has no list '\(key)'")
            }
            for (index, item) in items.enumerated() {
                guard let bytes = document.string(item) else {
                    throw source.error(.malformed, "element \(index) of '\(key)' is not a string")
                }
                fields.append(bytes)
            }
        }
        guard fields.count == layout.classCount else {
            throw source.error(
                .malformed, "\(fields.count) names of classes; expected \(layout.classCount)")
        }
        var names: [String] = []
        for (index, field) in fields.enumerated() {
            guard !field.isEmpty, field.count <= Self.maximumClassNameByteCount,
                let name = String(validating: field, as: UTF8.self)
            else {
                throw source.error(
                    .malformed,
                    "the name of class \(index) is not a text of 1 to "
                        + "\(Self.maximumClassNameByteCount) bytes")
            }
            names.append(name)
        }
        return names
    }
}

/// One of the forms in which CIFAR-10 and CIFAR-100 are published: which files there are, and what
/// they hold.
struct CIFARLayout: Sendable {
    /// How a file holds its images.
    enum Encoding: Hashable, Sendable {
        /// Records of some label bytes and 3,072 pixel bytes; the class is the last label byte.
        case binary(labelByteCount: Int)
        /// A pickled dictionary with `data` and a list of labels.
        case pickle(labelsKey: String, namesKey: String)
    }

    /// The number of rows, and of columns.
    static let side = 32
    /// Red, green and blue.
    static let channels = 3
    /// The bytes of one image.
    static let imageByteCount = side * side * channels

    /// The data set's name.
    let dataset: String
    /// The folder that its archive unpacks to.
    let folder: String
    /// The archive's name, without `.gz`.
    let archive: String
    let trainFiles: [String]
    let testFiles: [String]
    /// The file with the classes' names.
    let namesFile: String
    let encoding: Encoding
    let classCount: Int

    /// The files of one split.
    func files(_ split: Split) -> [String] {
        split == .train ? trainFiles : testFiles
    }

    /// Whether a folder with the files for which `contains` is true has this layout.
    ///
    /// One of several batches is enough, so that reading can name those that are missing. `train`
    /// and `test` are common names; only with `meta` beside them are they CIFAR-100's.
    func isRecognizable(_ split: Split, contains: (String) -> Bool) -> Bool {
        guard case .pickle = encoding, files(split).allSatisfy({ !$0.contains("batch") }) else {
            return files(split).contains(where: contains)
        }
        return files(split).contains(where: contains) && contains(namesFile)
    }

    /// All forms, the preferred one of each data set first.
    static let all = [cifar10Binary, cifar10Python, cifar100Binary, cifar100Python]

    static let cifar10Binary = CIFARLayout(
        dataset: "cifar10", folder: "cifar-10-batches-bin", archive: "cifar-10-binary.tar",
        trainFiles: (1...5).map { "data_batch_\($0).bin" }, testFiles: ["test_batch.bin"],
        namesFile: "batches.meta.txt", encoding: .binary(labelByteCount: 1), classCount: 10)

    static let cifar10Python = CIFARLayout(
        dataset: "cifar10", folder: "cifar-10-batches-py", archive: "cifar-10-python.tar",
        trainFiles: (1...5).map { "data_batch_\($0)" }, testFiles: ["test_batch"],
        namesFile: "batches.meta",
        encoding: .pickle(labelsKey: "labels", namesKey: "label_names"), classCount: 10)

    static let cifar100Binary = CIFARLayout(
        dataset: "cifar100", folder: "cifar-100-binary", archive: "cifar-100-binary.tar",
        trainFiles: ["train.bin"], testFiles: ["test.bin"], namesFile: "fine_label_names.txt",
        encoding: .binary(labelByteCount: 2), classCount: 100)

    static let cifar100Python = CIFARLayout(
        dataset: "cifar100", folder: "cifar-100-python", archive: "cifar-100-python.tar",
        trainFiles: ["train"], testFiles: ["test"], namesFile: "meta",
        encoding: .pickle(labelsKey: "fine_labels", namesKey: "fine_label_names"),
        classCount: 100)
}
