// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFetch

/// The directories of data sets that are known by name, and whether these may be downloaded.
public struct DatasetCache: Hashable, Sendable {
    /// The directory that holds one directory for each data set.
    public var directory: String
    /// The directory in which the system's packages install data sets; nil to leave them out.
    public var systemDirectory: String?
    /// Whether a data set that is in neither directory is downloaded.
    public var allowsDownload: Bool
    /// Takes the place of the official addresses, for a mirror; ends with a slash.
    public var address: String?

    /// Creates a cache from its directories.
    public init(
        directory: String, systemDirectory: String? = "/usr/share/datasets",
        allowsDownload: Bool = true, address: String? = nil
    ) {
        self.directory = directory
        self.systemDirectory = systemDirectory
        self.allowsDownload = allowsDownload
        self.address = address
    }

    /// The user's cache: `wide-resnet/datasets` in `$XDG_CACHE_HOME`, or else in `~/.cache`.
    ///
    /// The system's packages are looked for in the first `datasets` that is there in a directory of
    /// `$XDG_DATA_DIRS`, by default in `/usr/local/share` and `/usr/share`. Nothing is downloaded
    /// where `$HF_HUB_OFFLINE` is 1, on, yes or true.
    ///
    /// - Parameter environment: The variables to look in; nil for those of this process.
    public init(environment: [String: String]? = nil) {
        let environment = environment ?? ProcessInfo.processInfo.environment
        // The specification requires relative paths to be ignored.
        let base =
            environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.cache"
        let shared =
            environment["XDG_DATA_DIRS"].flatMap { $0.isEmpty ? nil : $0 }
            ?? "/usr/local/share:/usr/share"
        let places: [String] = shared.split(separator: ":").filter { $0.hasPrefix("/") }
            .map { $0 + "/datasets" }
        self.init(
            directory: base + "/wide-resnet/datasets",
            systemDirectory: places.first { FileBytes.isDirectory($0) },
            allowsDownload: !OfflineVariable.isOn(in: environment))
    }
}
