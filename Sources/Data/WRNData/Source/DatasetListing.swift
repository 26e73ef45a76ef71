// SPDX-License-Identifier: Apache-2.0

/// A data set that is known by name, and whether it is there.
public struct DatasetListing: Hashable, Sendable, Codable {
    /// What it is called.
    public let name: String
    /// What it shows, in a few words.
    public let summary: String
    /// The bytes of all its files.
    public let downloadByteCount: Int
    /// The directory in which it is whole, or `the program itself`; nil when a part is missing.
    public let directory: String?
}

extension DatasetCache {
    /// All data sets that are known by name, and where each is.
    ///
    /// - Throws: ``DataError`` for an archive in the cache that cannot be read.
    public func listings() throws(DataError) -> [DatasetListing] {
        var listings: [DatasetListing] = []
        for dataset in KnownDataset.all {
            listings.append(
                DatasetListing(
                    name: dataset.name, summary: dataset.summary,
                    downloadByteCount: dataset.allFiles.reduce(0) { $0 + $1.byteCount },
                    directory: try StoredDataset(dataset, cache: self).place))
        }
        return listings
    }
}
