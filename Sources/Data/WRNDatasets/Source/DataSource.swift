// SPDX-License-Identifier: Apache-2.0

import WRNArchive
public import WRNFetch
import WRNFiles
import WRNText

/// A source of images: a data set known by name, or a path.
///
/// Known names are looked for in the cache, then among the system's packages, and are otherwise
/// downloaded from their official addresses; `fashion-mnist-small` is part of the program. A
/// download whose digest is not the published one is thrown away. A path is a directory with IDX,
/// CIFAR or SVHN files (or with CIFAR's folder or archive in it), one of CIFAR's archives, one of
/// SVHN's `.mat` files, or a folder of labelled image files, also in a `.zip` or `.tar` archive, or
/// a folder in one (`photos.zip/folder`). Everything read is checked; nothing in it is ever
/// executed.
public struct DataSource: Sendable, CustomStringConvertible {
    /// The names that are known.
    public static var knownNames: [String] { KnownDataset.all.map(\.name) }

    /// Whether a text is the name of a known data set.
    package static func isKnown(_ text: String) -> Bool { knownNames.contains(text) }

    /// Whether a text is the name of a data set that is part of the program, and never downloaded.
    package static func isBundled(_ text: String) -> Bool {
        KnownDataset.all.contains { $0.name == text && $0.reader == .bundled }
    }

    /// The name or the path, as it was given.
    public let description: String
    /// How a folder of image files becomes a data set; of no effect on others.
    public let options: ImageFileOptions

    private let dataset: KnownDataset?
    private let cache: DatasetCache
    /// The images that are left out; nil for none.
    private var exclusion: ImageExclusion?
    /// The fold that the images for validation are; nil for the data set's own splits.
    private var fold: ImageFold?

    /// Creates a source from a known name or a path; a path that looks like a known name is written
    /// `./NAME`.
    public init(
        _ text: String, cache: DatasetCache = DatasetCache(),
        options: ImageFileOptions = ImageFileOptions()
    ) {
        description = text
        dataset = KnownDataset.all.first { $0.name == text }
        self.cache = cache
        self.options = options
    }

    /// Creates a source of a data set that is described by the caller.
    init(_ dataset: KnownDataset, cache: DatasetCache) {
        description = dataset.name
        self.dataset = dataset
        self.cache = cache
        options = ImageFileOptions()
    }

    /// The same source without the images of a list; nil for all images.
    package func excluding(_ exclusion: ImageExclusion?) -> DataSource {
        var source = self
        source.exclusion = exclusion
        return source
    }

    /// The same source whose training and validation images are those of a fold of a
    /// cross-validation; nil for the data set's own splits.
    package func folded(_ fold: ImageFold?) -> DataSource {
        var source = self
        source.fold = fold
        return source
    }

    /// Reads the images of one split, after a download where one is needed.
    ///
    /// Image files are listed and not decoded; all other sets are read into memory, as
    /// ``LabelledImages``.
    ///
    /// - Parameter progress: Called with the progress of a download, on another thread.
    /// - Throws: ``DataError`` for a source that is not there, is damaged, or cannot be downloaded.
    public func load(
        _ split: Split, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(DataError) -> any ImageSet {
        guard let fold else { return try loadKept(split, progress: progress) }
        if split == .test {
            let test = try loadKept(.test, progress: progress)
            if test.split == .test { return test }
        }
        let train = try loadKept(.train, progress: progress)
        let validation = try loadKept(.validation, progress: progress)
        let all: any ImageSet =
            if validation.split == .validation, let train = train as? ImageFiles,
                let validation = validation as? ImageFiles
            {
                train.joined(with: validation)
            } else {
                train
            }
        return try fold.part(split, of: all, source: description)
    }

    /// The images of a split of the data set's own, without those of the list.
    private func loadKept(
        _ split: Split, progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) -> any ImageSet {
        let images = try loadAll(split, progress: progress)
        guard let exclusion else { return images }
        return try exclusion.applied(
            to: images, of: description, allowsEmptyClasses: options.allowsEmptyClasses
        ) { () throws(DataError) in
            var others: [any ImageSet] = []
            for other in Split.allCases where other != images.split {
                do throws(DataError) {
                    others.append(try loadAll(other, progress: progress))
                } catch {
                    guard error.code == .noSplit else { throw error }
                }
            }
            return others
        }
    }

    private func loadAll(
        _ split: Split, progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) -> any ImageSet {
        guard let dataset else {
            let images = try loadPath(split)
            return (images as? LabelledImages)?.marked(as: Self.found(split)) ?? images
        }
        let stored = StoredDataset(dataset, cache: cache)
        return try stored.load(split, progress: progress).marked(as: Self.found(split))
    }

    /// Reads the images of one split into memory, of a set that is stored as arrays.
    ///
    /// - Throws: ``DataError`` as ``load(_:progress:)`` does, and for a folder of image files.
    public func loadArrays(
        _ split: Split, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(DataError) -> LabelledImages {
        guard let images = try load(split, progress: progress) as? LabelledImages else {
            throw DataError(
                .unsupported, file: description,
                "these are image files, and images in memory are needed here")
        }
        return images
    }

    /// Downloads whatever of a known data set is not there yet, without reading it; does nothing
    /// for a path.
    ///
    /// - Returns: The place in which the data set then is, a directory or `the program itself`; nil
    ///   for a path.
    /// - Throws: ``DataError`` for a file that cannot be downloaded or written.
    @discardableResult
    public func download(
        progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(DataError) -> String? {
        guard let dataset else { return nil }
        return try StoredDataset(dataset, cache: cache).download(progress: progress)
    }

    /// The split that data sets stored as arrays give: they have no validation images.
    private static func found(_ split: Split) -> Split { split == .train ? .train : .test }

    private func loadPath(_ split: Split) throws(DataError) -> any ImageSet {
        guard ImageStore.mayBe(description) else {
            throw DataError(
                .notFound, file: description,
                "there is no such file or directory, and it is not the name of a known data set "
                    + "(\(Self.knownNames.joined(separator: ", "))); "
                    + (NameSuggestions.likely(for: description, among: Self.knownNames)
                        .map { "the nearest is \($0)" } ?? NearestPath.advice(description)))
        }
        if let images = try SVHN.images(at: description, split) { return images }
        guard FileBytes.isDirectory(description) || FileBytes.isRegularFile(description) else {
            return try ImageFiles(description, split, options: options)
        }
        if let store = try Self.imageArchive(description) {
            return try ImageFiles(store, split, options: options)
        }
        let (tree, unpacked) = try FileTree.unpacking(description)
        if let finding = try DatasetFinder(tree: tree).find(split) {
            return try finding.read(split, as: nil)
        }
        let store: ImageStore =
            if let unpacked {
                try ImageStore.tar(OpenFile(unpacked))
            } else {
                try ImageStore.open(description)
            }
        do {
            return try ImageFiles(store, split, options: options)
        } catch {
            guard error.code == .notFound, let found = try Self.leftovers(store) else {
                throw error
            }
            throw DataError(
                .noSplit, file: tree.name,
                found.isEmpty
                    ? "no \(split.adjective) images; \(DatasetFinder.expectation(split))"
                    : "no \(split.adjective) images in class folders\(found); put the images of "
                        + "each class into a folder of its own, CLASS/NAME.jpg, or give another "
                        + "path (\(DatasetFinder.expectation(split)))"
            )
        }
    }

    /// The end of a sentence about a store without images; nil for a store with one.
    private static func leftovers(_ store: ImageStore) throws(DataError) -> String? {
        let walk = try FolderWalk("", of: store)
        guard !walk.images.contains(where: { $0.path.utf8.contains(UInt8(ascii: "/")) }) else {
            return nil
        }
        let count = walk.images.count
        // Other files are not listed, because any folder may have many.
        var found = walk.leftOut.all.filter {
            ![.noImage, .hidden, .systemFile].contains($0.reason)
        }
        .map(\.description)
        if count > 0 {
            found.insert("\(count) image\(count == 1 ? "" : "s") without a class folder", at: 0)
        }
        return found.isEmpty ? "" : "; found only " + found.joined(separator: ", ")
    }

    /// The archive at a path, where it is one that is read in place: zip, or an uncompressed tar
    /// with image files in it.
    private static func imageArchive(_ path: String) throws(DataError) -> ImageStore? {
        guard !FileBytes.isDirectory(path) else { return nil }
        let file = try OpenFile(path)
        if ZipDirectory.isZip(file) { return try .zip(file) }
        guard TarIndex.isTar(file), case .tar(let index, let tree) = try ImageStore.tar(file)
        else { return nil }
        let names = index.entries.map { $0.path.components.last ?? "" }
        // A file without an ending may be an image, or one of a set that is stored as arrays.
        let hasImages =
            names.contains { EntryKind.file($0) == .image }
            || names.contains {
                if case .unsure = EntryKind.file($0) { true } else { false }
            } && !names.contains(where: DatasetFinder.fileNames.contains)
        return hasImages ? .tar(index, tree) : nil
    }
}
