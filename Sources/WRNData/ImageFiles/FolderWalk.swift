// SPDX-License-Identifier: Apache-2.0

import WRNArchive

/// The images below one folder, at any depth.
///
/// They come in torchvision's order: folder by folder, the folders sorted by their paths, and in each the files by their names.
/// A link back to a folder above itself is passed over and reported.
struct FolderWalk {
    /// An image file: its path in the store, and its number in an archive.
    struct Image: Sendable {
        let path: String
        let entry: Int
    }

    /// The most files below one folder.
    static let maximumFileCount = 10_000_000
    /// The most folders below one folder: links between folders can multiply them.
    static let maximumFolderCount = 1_000_000

    private(set) var images: [Image] = []
    /// Images of formats that are not read, by extension.
    private(set) var unread: [String: Int] = [:]
    /// Files that are no images by their names.
    private(set) var otherCount = 0
    /// Folders that lead back to one above them.
    private(set) var loops: [String] = []

    private let store: ImageStore
    private var groups: [(folder: String, images: [Image])] = []
    private var (fileCount, folderCount) = (0, 0)

    /// Walks through a folder.
    ///
    /// - Throws: ``DataError`` for a folder that cannot be read, or beyond a limit.
    init(_ folder: String, of store: ImageStore) throws(DataError) {
        self.store = store
        var ancestors: [Directory.Identity] = []
        try walk(folder, &ancestors)
        groups.sort { precedes($0.folder, $1.folder) }
        images = groups.flatMap(\.images)
        groups = []
    }

    private mutating func walk(
        _ folder: String, _ ancestors: inout [Directory.Identity]
    ) throws(DataError) {
        if let identity = store.identity(of: folder) {
            guard !ancestors.contains(identity) else {
                loops.append(folder)
                return
            }
            ancestors.append(identity)
        }
        defer { if store.isArchive == false { ancestors.removeLast() } }
        let contents = try store.contents(of: folder)
        folderCount += 1
        fileCount += contents.files.count
        try checkLimits(folder, depth: ancestors.count)
        var found: [Image] = []
        for file in contents.files {
            if ImageFileExtension.isRead(file.name) {
                found.append(Image(path: joined(folder, file.name), entry: file.entry))
            } else if let suffix = ImageFileExtension.image(file.name) {
                unread[suffix, default: 0] += 1
            } else {
                otherCount += 1
            }
        }
        if !found.isEmpty { groups.append((folder, found)) }
        for name in contents.folders { try walk(joined(folder, name), &ancestors) }
    }

    private func checkLimits(_ folder: String, depth: Int) throws(DataError) {
        guard depth <= ArchivePath.maximumDepth else {
            throw DataError(
                .tooLarge, file: store.fullName(folder),
                "this folder lies more than \(ArchivePath.maximumDepth) folders deep")
        }
        guard folderCount <= Self.maximumFolderCount, fileCount <= Self.maximumFileCount else {
            throw DataError(
                .tooLarge, file: store.fullName(folder),
                "there are more than \(Self.maximumFolderCount) folders or "
                    + "\(Self.maximumFileCount) files around this one")
        }
    }
}
