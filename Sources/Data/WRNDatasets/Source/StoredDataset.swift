// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

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
        try get(dataset.files(split).filter { !isThere($0) }, progress)
        guard let images = try images(split, in: home, hasParts: true) else {
            throw DataError(.notFound, file: home, "no data; \(DatasetFinder.expectation(split))")
        }
        return images
    }

    /// Downloads what is not there, and checks the published files that are in the cache; the place
    /// in which the data set then is.
    func download(
        progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) -> String {
        for file in dataset.allFiles where isThere(file) { try check(file) }
        if let place = try place { return place }
        try get(dataset.allFiles.filter { !isThere($0) }, progress)
        return home
    }

    /// Refuses a file in the cache that has a published one's name and other bytes.
    private func check(_ file: RemoteFile) throws(DataError) {
        let open = try OpenFile(home + "/" + file.name)
        let found = try open.count == file.byteCount ? file.digest.computed(of: open) : nil
        guard found.map(file.digest.accepts) != true else { return }
        throw DataError(
            .checksumMismatch, file: home + "/" + file.name,
            "expected the published file (\(file.byteCount) bytes, \(file.digest)), found "
                + (found.map { "\($0)" } ?? "\(open.count) bytes")
                + "; remove it to have it downloaded, or, if it is as you want it, move it to a "
                + "directory of your own and give that")
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
                let finder = DatasetFinder(tree: tree)
                if try finder.find(.train)?.isWhole(.train) == true,
                    try finder.find(.test)?.isWhole(.test) == true
                {
                    return directory
                }
            }
            return nil
        }
    }

    private func get(
        _ files: [RemoteFile], _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) {
        guard cache.allowsDownload || files.isEmpty else {
            let names = files.map(\.name).joined(separator: ", ")
            throw DataError(
                .notFound, file: home,
                "\(dataset.name) is not there, and downloads are switched off, as by "
                    + "\(OfflineVariable.name) in the environment; allow them, or put \(names) "
                    + "there")
        }
        let addresses = cache.address.map { [$0] } ?? dataset.addresses
        for file in files {
            try Download(file: file, addresses: addresses, directory: home).run(progress)
        }
    }

    private func isThere(_ file: RemoteFile) -> Bool {
        FileBytes.isRegularFile(home + "/" + file.name)
    }

    /// The images of a split in a directory; nil when they are not there, or only parts of them.
    ///
    /// - Parameter hasParts: Whether parts are read, too, so that the reader names what is missing.
    private func images(
        _ split: Split, in directory: String, hasParts: Bool = false
    ) throws(DataError) -> LabelledImages? {
        let tree = FileTree.directory(directory)
        switch dataset.reader {
        case .bundled: return nil
        case .svhn:
            guard dataset.files(split).allSatisfy({ tree.contains($0.name) }) else { return nil }
            let paths = dataset.files(split).map { directory + "/" + $0.name }
            return try SVHN.images(named: dataset.name, in: paths)
        case .found:
            // A part alone would hide the download of the others.
            let finding = try DatasetFinder(tree: tree).find(split)
            guard let finding, hasParts || finding.isWhole(split) else { return nil }
            return try finding.read(split, as: dataset)
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
}
