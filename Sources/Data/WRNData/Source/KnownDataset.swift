// SPDX-License-Identifier: Apache-2.0

/// A data set that is known by name.
struct KnownDataset: Sendable {
    /// What reads its files.
    enum Reader: Sendable {
        /// Whatever ``DatasetFinder`` finds in the directory: IDX, or CIFAR in one of its forms.
        case found
        /// ``SVHN``, file after file.
        case svhn
        /// ``BundledImages``: the program itself has them.
        case bundled
    }

    /// What it is called on the command line.
    let name: String
    /// What it shows, in a few words.
    let summary: String
    /// Addresses of the directory with its files, tried in this order; each ends with a slash.
    let addresses: [String]
    let trainFiles: [RemoteFile]
    let testFiles: [RemoteFile]
    /// The names of the classes, for sets whose files do not tell them.
    let classNames: [String]
    let reader: Reader
    /// Its directory in the cache; sets that share files share it.
    let folder: String
    /// The directory below the system's data sets in which a distribution installs it.
    let systemDirectory: String?

    init(
        name: String, summary: String = "", addresses: [String], trainFiles: [RemoteFile],
        testFiles: [RemoteFile], classNames: [String], reader: Reader = .found,
        folder: String? = nil, systemDirectory: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.addresses = addresses
        self.trainFiles = trainFiles
        self.testFiles = testFiles
        self.classNames = classNames
        self.reader = reader
        self.folder = folder ?? name
        self.systemDirectory = systemDirectory
    }

    /// The files that a split needs; what judges a run is the test split, as no other is published.
    func files(_ split: Split) -> [RemoteFile] {
        split == .train ? trainFiles : testFiles
    }

    /// The files of all splits, each once.
    var allFiles: [RemoteFile] {
        trainFiles + testFiles.filter { !trainFiles.contains($0) }
    }
}
