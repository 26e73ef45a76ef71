// SPDX-License-Identifier: Apache-2.0

import WRNFetch

/// A known data set in the cache, among the system's packages, or not there yet.
struct StoredDataset {
    private let dataset: KnownDataset
    private let cache: DatasetCache

    init(_ dataset: KnownDataset, cache: DatasetCache) {
        self.dataset = dataset
        self.cache = cache
    }

    /// Its directory in the cache.
    var home: String { cache.directory + "/" + dataset.folder }

    /// Reads a split, after a download where one is needed.
    func load(
        _ split: Split, progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) -> LabelledImages {
        if dataset.reader == .bundled { return try BundledImages.read(split, of: dataset) }
        for directory in localDirectories {
            if let images = try images(split, in: directory) { return images }
        }
        let missing = dataset.files(split).filter { !isThere($0) }
        guard cache.allowsDownload else {
            let names = missing.map(\.name).joined(separator: " and ")
            throw DataError(
                .notFound, file: home,
                "\(dataset.name) is not there, and downloads are switched off; put \(names) there")
        }
        try get(missing, progress)
        guard let images = try images(split, in: home) else {
            throw DataError(.notFound, file: home, "no data; \(DatasetFinder.expectation(split))")
        }
        return images
    }

    /// Downloads what is not there; the place in which the data set then is.
    func download(
        progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) -> String {
        if let place = try place { return place }
        try get(dataset.allFiles.filter { !isThere($0) }, progress)
        return home
    }

    /// The place in which all splits are, a directory or the program; nil when a part is missing.
    var place: String? {
        get throws(DataError) {
            if dataset.reader == .bundled { return BundledImages.place }
            for directory in localDirectories {
                let tree = FileTree.directory(directory)
                if dataset.allFiles.allSatisfy({ tree.contains($0.name) }) { return directory }
                // Unpacked or unzipped, the files have other names.
                guard dataset.reader == .found else { continue }
                var isWhole = true
                for split in [Split.train, .test] {
                    let found = try DatasetFinder(tree: tree).find(split)
                    isWhole = isWhole && found != nil && isComplete(split, in: tree)
                }
                if isWhole { return directory }
            }
            return nil
        }
    }

    private func get(
        _ files: [RemoteFile], _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) {
        let addresses = cache.address.map { [$0] } ?? dataset.addresses
        for file in files {
            try Download(file: file, addresses: addresses, directory: home).run(progress)
        }
    }

    private func isThere(_ file: RemoteFile) -> Bool {
        FileBytes.isRegularFile(home + "/" + file.name)
    }

    /// The images of a split in a directory; nil when they are not there.
    private func images(
        _ split: Split, in directory: String
    ) throws(DataError) -> LabelledImages? {
        let tree = FileTree.directory(directory)
        guard isComplete(split, in: tree) else { return nil }
        switch dataset.reader {
        case .bundled: return nil
        case .svhn:
            let paths = dataset.files(split).map { directory + "/" + $0.name }
            return try SVHN.images(named: dataset.name, in: paths)
        case .found:
            return try DatasetFinder(tree: tree).find(split)?.read(split, as: dataset)
        }
    }

    /// The directories that may hold the data set already.
    private var localDirectories: [String] {
        var directories = [home]
        if let system = cache.systemDirectory, let name = dataset.systemDirectory {
            directories.append(system + "/" + name)
        }
        return directories
    }

    /// Whether all files are there of a set that has several; one alone would hide the download of
    /// the other.
    private func isComplete(_ split: Split, in tree: FileTree) -> Bool {
        switch dataset.reader {
        case .bundled: true
        case .svhn: dataset.files(split).allSatisfy { tree.contains($0.name) }
        case .found:
            dataset.files(split).count == 1
                || IDXNames.images(split).contains(where: tree.contains)
                    && IDXNames.labels(split).contains(where: tree.contains)
        }
    }
}
