// SPDX-License-Identifier: Apache-2.0

/// A file of a published data set: where it is, how long it is, and what it must be.
struct RemoteFile: Hashable, Sendable {
    let name: String
    let byteCount: Int
    /// The SHA-256 of its bytes, in lower-case hexadecimal digits.
    let sha256: String
}

/// A data set that is known by name.
struct KnownDataset: Sendable {
    /// What it is called on the command line, and its directory in the cache.
    let name: String
    /// Addresses of the directory with its files, tried in this order; each ends with a slash.
    let addresses: [String]
    let trainFiles: [RemoteFile]
    let testFiles: [RemoteFile]
    /// The names of the classes, for sets whose files do not tell them.
    let classNames: [String]
    /// The directory below the system's data sets in which a distribution installs it.
    var systemDirectory: String?

    /// The files that a split needs.
    func files(_ split: Split) -> [RemoteFile] {
        split == .train ? trainFiles : testFiles
    }
}
