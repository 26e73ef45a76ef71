// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFetch

/// A search for the data set that a directory or an archive holds.
struct DatasetFinder {
    /// A data set that was found, not yet read.
    enum Finding {
        case cifar(CIFARReader)
        case idx(FileTree, images: String, labels: String, folder: String)
    }

    let tree: FileTree

    /// The data set of which `split` is there, or nil when there is none.
    ///
    /// Files of a CIFAR that are not all there are passed over where its archive is beside them.
    ///
    /// - Throws: ``DataError`` when there are two different ones, also of different splits, or when
    ///   an archive cannot be read.
    func find(_ split: Split) throws(DataError) -> Finding? {
        var readers = unpackedReaders(split)
        if !readers.contains(where: { $0.isWhole(split) }), case .directory(let path) = tree {
            var packed: [CIFARReader] = []
            for layout in CIFARLayout.all {
                let candidates = [layout.archive + ".gz", layout.archive]
                guard let archive = candidates.first(where: tree.contains) else { continue }
                // The preferred layout of a set is enough: archives are large.
                if packed.contains(where: { $0.layout.dataset == layout.dataset }) { continue }
                let opened = try FileTree.open(path + "/" + archive)
                packed += Self.readers(of: layout, in: opened, split).prefix(1)
            }
            readers = packed + readers
        }
        try checkIsOne(readers)
        if let finding = findIDX(split) { return finding }
        return (readers.first { $0.isWhole(split) } ?? readers.first).map { .cifar($0) }
    }

    /// Refuses files of different data sets: some with `readers`, some unpacked of any split.
    private func checkIsOne(_ readers: [CIFARReader]) throws(DataError) {
        let splits: [Split] = [.train, .test]
        let all = readers + splits.flatMap(unpackedReaders).filter(\.hasClassNames)
        var datasets = Set(all.map(\.layout.dataset))
        if splits.contains(where: { findIDX($0) != nil }) { datasets.insert("IDX files") }
        guard datasets.count <= 1 else {
            throw DataError(
                .inconsistent, file: tree.name,
                "there is more than one data set here "
                    + "(\(datasets.sorted().joined(separator: ", "))); give the path of one")
        }
    }

    private func unpackedReaders(_ split: Split) -> [CIFARReader] {
        CIFARLayout.all.flatMap { Self.readers(of: $0, in: tree, split) }
    }

    /// The names of all files by which a data set is found.
    static let fileNames = Set(
        CIFARLayout.all.flatMap { $0.trainFiles + $0.testFiles + [$0.namesFile] }
            + [Split.train, .test].flatMap { IDXNames.images($0) + IDXNames.labels($0) })

    /// What `find` looks for, as a sentence lists it.
    static func expectation(_ split: Split) -> String {
        let (images, labels) = IDXNames.stems(split)
        let cifar = CIFARLayout.all.map { $0.files(split)[0] }
        let archives = CIFARLayout.all.map(\.archive)
        return "looked for the IDX files \(images)-idx3-ubyte[.gz] and \(labels)-idx1-ubyte[.gz], "
            + "the CIFAR files \(cifar.joined(separator: ", ")) here and in "
            + "\(CIFARLayout.all.map(\.folder).joined(separator: ", ")), the archives "
            + "\(archives.joined(separator: ", "))[.gz], SVHN's \(SVHN.fileName(split)), and for "
            + "image files in class folders, CLASS/NAME.jpg (.jpeg, .png, .webp), here and in "
            + "train, val and test"
    }

    private func findIDX(_ split: Split) -> Finding? {
        for folder in tree.folders(among: ["raw"]) {
            let prefix = folder.isEmpty ? "" : folder + "/"
            let images = IDXNames.images(split).first { tree.contains(prefix + $0) }
            let labels = IDXNames.labels(split).first { tree.contains(prefix + $0) }
            guard images != nil || labels != nil else { continue }
            // With one of the two missing, reading will name it.
            return .idx(
                tree, images: prefix + (images ?? IDXNames.images(split)[0]),
                labels: prefix + (labels ?? IDXNames.labels(split)[0]), folder: folder)
        }
        return nil
    }

    private static func readers(
        of layout: CIFARLayout, in tree: FileTree, _ split: Split
    ) -> [CIFARReader] {
        tree.folders(among: [layout.folder]).compactMap { folder in
            let prefix = folder.isEmpty ? "" : folder + "/"
            let isThere = layout.isRecognizable(split) { tree.contains(prefix + $0) }
            return isThere ? CIFARReader(layout: layout, tree: tree, folder: folder) : nil
        }
    }
}

extension DatasetFinder.Finding {
    /// Whether all files of a split are there.
    func isWhole(_ split: Split) -> Bool {
        switch self {
        case .cifar(let reader): reader.isWhole(split)
        case .idx(let tree, let images, let labels, _):
            tree.contains(images) && tree.contains(labels)
        }
    }

    /// Reads the images; `dataset` is what they must be, nil for whatever they are.
    func read(_ split: Split, as dataset: KnownDataset?) throws(DataError) -> LabelledImages {
        switch self {
        case .cifar(let reader):
            if let dataset, dataset.name != reader.layout.dataset {
                throw DataError(
                    .inconsistent, file: reader.tree.name,
                    "these are the files of \(reader.layout.dataset), not of \(dataset.name); "
                        + "remove them")
            }
            return try reader.read(split)
        case .idx(let tree, let images, let labels, let folder):
            let known = dataset ?? Self.dataset(namedLike: folder, of: tree)
            return try IDXDataset.read(
                name: known?.name ?? "idx", classNames: known?.classNames ?? Self.digits,
                images: tree.bytes(images), labels: tree.bytes(labels))
        }
    }

    /// The data set that the name of the folder with its files stands for, because IDX files do not
    /// name it.
    private static func dataset(namedLike folder: String, of tree: FileTree) -> KnownDataset? {
        guard case .directory = tree else {
            return dataset(namedLike: folder.isEmpty ? tree.name : folder)
        }
        // Neither `.` nor a link has the directory's name. A link that has a data set's may lead to
        // a directory that has not.
        let path = tree.fullName(folder)
        return resolved(path).flatMap { dataset(namedLike: $0) } ?? dataset(namedLike: path)
    }

    /// The data set that the last part of a path names: `fashion-mnist`, or `FashionMNIST/raw` as
    /// torchvision has it.
    private static func dataset(namedLike path: String) -> KnownDataset? {
        var parts = path.split(separator: "/").map { part in
            String(part.lowercased().filter { $0.isLetter })
        }
        if parts.last == "raw" { parts.removeLast() }
        return KnownDataset.all.first { dataset in
            parts.last == String(dataset.name.filter(\.isLetter)) && dataset.reader == .found
                && dataset.files(.train).count == 2
        }
    }

    /// A path without links, `.` and `..`; nil where there is nothing.
    private static func resolved(_ path: String) -> String? {
        guard let bytes = realpath(path, nil) else { return nil }
        defer { free(bytes) }
        return String(cString: bytes)
    }

    private static let digits = (0...9).map(String.init)
}

/// A data set that is known by name, and whether it is there.
package struct DatasetListing: Hashable, Sendable, Codable {
    /// What it is called.
    package let name: String
    /// What it shows, in a few words.
    package let summary: String
    /// The bytes of all its files.
    package let downloadByteCount: Int
    /// The directory in which it is whole, or `the program itself`; nil when a part is missing.
    package let directory: String?
    /// The sentence about a file of it that cannot be read; nil where there is none.
    package let problem: String?
}

extension DatasetCache {
    /// All data sets that are known by name, and where each is.
    package func listings() -> [DatasetListing] {
        KnownDataset.all.map { dataset in
            var (directory, problem): (String?, String?)
            do throws(DataError) {
                directory = try StoredDataset(dataset, cache: self).place
            } catch {
                problem = error.message
            }
            return DatasetListing(
                name: dataset.name, summary: dataset.summary,
                downloadByteCount: dataset.allFiles.reduce(0) { $0 + $1.byteCount },
                directory: directory, problem: problem)
        }
    }
}
