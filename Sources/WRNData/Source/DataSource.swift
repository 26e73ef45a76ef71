// SPDX-License-Identifier: Apache-2.0

/// Where images come from: a data set known by name, or a path.
///
/// Known names are `fashion-mnist`, `mnist`, `cifar10` and `cifar100`. They are looked for in the cache, then among the
/// system's packages, and are otherwise downloaded from their official address; a download whose SHA-256 is not the
/// published one is thrown away. A path is a directory with IDX or CIFAR files (or with CIFAR's folder or archive in
/// it), or one of CIFAR's archives. Everything read is checked; nothing in it is ever executed.
public struct DataSource: Sendable, CustomStringConvertible {
    /// The names that are known.
    public static var knownNames: [String] { KnownDataset.all.map(\.name) }

    /// The name or the path, as it was given.
    public let description: String

    private let dataset: KnownDataset?
    private let cache: DatasetCache

    /// Creates a source from a known name or a path; a path that looks like a known name is written `./NAME`.
    public init(_ text: String, cache: DatasetCache = DatasetCache()) {
        description = text
        dataset = KnownDataset.all.first { $0.name == text }
        self.cache = cache
    }

    /// Creates a source of a data set that is described by the caller.
    init(_ dataset: KnownDataset, cache: DatasetCache) {
        description = dataset.name
        self.dataset = dataset
        self.cache = cache
    }

    /// Reads the images of one split, after a download where one is needed.
    ///
    /// - Parameter progress: Told how a download goes on; called on another thread.
    /// - Throws: ``DataError`` for a source that is not there, is damaged, or cannot be downloaded.
    public func load(
        _ split: Split, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(DataError) -> LabelledImages {
        guard let dataset else { return try loadPath(split) }
        for directory in localDirectories(of: dataset) {
            let tree = FileTree.directory(directory)
            guard isComplete(dataset, split, in: tree),
                let finding = try DatasetFinder(tree: tree).find(split)
            else { continue }
            return try read(finding, split, as: dataset)
        }
        let home = cache.directory + "/" + dataset.name
        guard cache.allowsDownload else {
            let names = dataset.files(split).map(\.name).joined(separator: " and ")
            throw DataError(
                .notFound, file: home,
                "\(dataset.name) is not there, and downloads are switched off; put \(names) there")
        }
        for file in dataset.files(split) where !FileBytes.isRegularFile(home + "/" + file.name) {
            let addresses = cache.address.map { [$0] } ?? dataset.addresses
            try Download(file: file, addresses: addresses, directory: home).run(progress)
        }
        guard let finding = try DatasetFinder(tree: .directory(home)).find(split) else {
            throw DataError(.notFound, file: home, "no data; \(DatasetFinder.expectation(split))")
        }
        return try read(finding, split, as: dataset)
    }

    private func loadPath(_ split: Split) throws(DataError) -> LabelledImages {
        guard FileBytes.isDirectory(description) || FileBytes.isRegularFile(description) else {
            throw DataError(
                .notFound, file: description,
                "there is no such file or directory, and it is not the name of a known data set "
                    + "(\(Self.knownNames.joined(separator: ", ")))")
        }
        let tree = try FileTree.open(description)
        guard let finding = try DatasetFinder(tree: tree).find(split) else {
            throw DataError(
                .notFound, file: tree.name,
                "no \(split.rawValue) images; \(DatasetFinder.expectation(split))")
        }
        return try read(finding, split, as: nil)
    }

    /// The directories that may hold a known data set already.
    private func localDirectories(of dataset: KnownDataset) -> [String] {
        var directories = [cache.directory + "/" + dataset.name]
        if let system = cache.systemDirectory, let name = dataset.systemDirectory {
            directories.append(system + "/" + name)
        }
        return directories
    }

    /// Whether both IDX files are there, for a set that comes as IDX; one alone would hide the download of the other.
    private func isComplete(_ dataset: KnownDataset, _ split: Split, in tree: FileTree) -> Bool {
        dataset.files(split).count == 1
            || IDXNames.images(split).contains(where: tree.contains)
                && IDXNames.labels(split).contains(where: tree.contains)
    }

    private func read(
        _ finding: DatasetFinder.Finding, _ split: Split, as dataset: KnownDataset?
    ) throws(DataError) -> LabelledImages {
        switch finding {
        case .cifar(let reader):
            if let dataset, dataset.name != reader.layout.dataset {
                throw DataError(
                    .inconsistent, file: reader.tree.name,
                    "these are the files of \(reader.layout.dataset), not of \(dataset.name); "
                        + "remove them")
            }
            return try reader.read(split)
        case .idx(let tree, let images, let labels, let folder):
            let known = dataset ?? Self.dataset(namedLike: tree.fullName(folder))
            return try IDXDataset.read(
                name: known?.name ?? "idx", classNames: known?.classNames ?? Self.digits,
                images: tree.bytes(images), labels: tree.bytes(labels))
        }
    }

    /// IDX files do not say what they show; a directory called `fashion-mnist` (or `FashionMNIST/raw`) does.
    private static func dataset(namedLike path: String) -> KnownDataset? {
        let parts = path.split(separator: "/").map { part in
            String(part.lowercased().filter { $0.isLetter })
        }
        return KnownDataset.all.first { dataset in
            let name = String(dataset.name.filter(\.isLetter))
            return parts.suffix(2).contains(name) && dataset.files(.train).count == 2
        }
    }

    private static let digits = (0...9).map(String.init)
}
