// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNArchive

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
