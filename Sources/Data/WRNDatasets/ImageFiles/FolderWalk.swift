// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch
import WRNFiles
import WRNImages

/// The images below one folder, at any depth, and the other entries there, by reason.
///
/// They come in torchvision's order: folder by folder, the folders sorted by their paths, and in
/// each the files by their names. Unlike there, hidden files and files of operating systems and
/// programs are no images, whatever their names end with; and a file without an image's ending is
/// one when its first bytes are an image's.
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
    /// The entries that are no images.
    private(set) var leftOut = LeftOutCounter()
    /// Folders that lead back to one above them.
    private(set) var loops: [String] = []
    /// The errors of the folders that cannot be read.
    private(set) var failures: [DataError] = []
    /// Whether images lie directly in the folder.
    private(set) var hasOwnImages = false
    /// The folders directly in the folder that have images directly in them.
    private(set) var foldersOfImages: [String] = []

    private let store: ImageStore
    private var groups: [(folder: String, images: [Image])] = []
    private var (fileCount, folderCount) = (0, 0)
    /// The number of folders above the one that is walked through, which do not count for the
    /// depth.
    private var aboveCount = 0

    /// Walks through a folder.
    ///
    /// - Throws: ``DataError`` beyond a limit, and for a folder that cannot be read unless
    ///   `collectsFailures`.
    init(
        _ folder: String, of store: ImageStore, collectsFailures: Bool = false
    ) throws(DataError) {
        self.store = store
        var ancestors = Self.identities(above: folder, in: store)
        aboveCount = ancestors.count
        try walk(folder, &ancestors)
        if let failure = failures.first, !collectsFailures { throw failure }
        groups.sort { precedes($0.folder, $1.folder) }
        images = groups.flatMap(\.images)
        let depth = folder.isEmpty ? 1 : folder.utf8.count { $0 == UInt8(ascii: "/") } + 2
        for group in groups {
            let path = group.folder.utf8.split(separator: UInt8(ascii: "/"))
            if group.folder.utf8.elementsEqual(folder.utf8) { hasOwnImages = true }
            if path.count == depth { foldersOfImages.append(String(Substring(path[depth - 1]))) }
        }
        groups = []
    }

    /// The identities of the store's root and of the folders on the way to another one.
    ///
    /// Without them a link in a class to the data set itself would make its images those of other
    /// classes, too.
    private static func identities(
        above folder: String, in store: ImageStore
    ) -> [Directory.Identity] {
        guard !folder.isEmpty else { return [] }
        let bytes = folder.utf8
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }
        return ([""] + ends.map { String(folder[..<$0]) }).compactMap { store.identity(of: $0) }
    }

    private mutating func walk(
        _ folder: String, _ ancestors: inout [Directory.Identity], isSkipped: Skipped? = nil
    ) throws(DataError) {
        // Between the listing and this call a folder may vanish or become unreadable.
        let identity = store.identity(of: folder)
        if let identity {
            guard !ancestors.contains(identity) else {
                leftOut.add(.loop, path: folder)
                loops.append(folder)
                return
            }
            ancestors.append(identity)
        }
        defer { if identity != nil { ancestors.removeLast() } }
        let contents: FolderContents
        do {
            contents = try store.contents(of: folder)
        } catch {
            if isSkipped == nil {
                failures.append(vanished(error))
            } else {
                // Such a folder would not have been searched.
                leftOut.add(.unreadable, path: folder)
            }
            return
        }
        folderCount += 1
        fileCount += contents.files.count
        try checkLimits(folder, depth: ancestors.count - aboveCount)
        if let isSkipped {
            for name in contents.files.map(\.name) + contents.others.map(\.name) {
                leftOut.add(isSkipped.reason, isSkipped.detail, path: joined(folder, name))
            }
            for name in contents.folders {
                try walk(joined(folder, name), &ancestors, isSkipped: isSkipped)
            }
            return
        }
        let found = store.images(in: folder, contents, &leftOut)
        if !found.isEmpty { groups.append((folder, found)) }
        for name in contents.folders {
            let skipped = EntryKind.skippedFolder(name).map {
                Skipped(reason: $0.reason, detail: $0.detail)
            }
            try walk(joined(folder, name), &ancestors, isSkipped: skipped)
        }
    }

    private struct Skipped {
        let reason: LeftOut.Reason
        let detail: String
    }

    /// The error for a folder that was listed and then vanished.
    private func vanished(_ error: DataError) -> DataError {
        guard error.code == .notFound else { return error }
        return DataError(
            .unreadable, file: error.file,
            "the folder vanished while it was read; try again when nothing changes it")
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

    /// Counts everything below a folder under one reason.
    static func count(
        _ folder: String, of store: ImageStore, as reason: LeftOut.Reason, _ detail: String
    ) throws(DataError) -> LeftOutCounter {
        var walk = FolderWalk(store)
        var ancestors = identities(above: folder, in: store)
        walk.aboveCount = ancestors.count
        try walk.walk(folder, &ancestors, isSkipped: Skipped(reason: reason, detail: detail))
        return walk.leftOut
    }

    private init(_ store: ImageStore) { self.store = store }
}

extension ImageStore {
    /// The images directly in a folder; what else lies there is counted.
    ///
    /// A file of another image format, or without an ending, is opened to determine its kind.
    func images(
        in folder: String, _ contents: FolderContents, _ leftOut: inout LeftOutCounter
    ) -> [FolderWalk.Image] {
        var found: [FolderWalk.Image] = []
        for other in contents.others {
            leftOut.add(other.reason, path: joined(folder, other.name))
        }
        for file in contents.files {
            let path = joined(folder, file.name)
            let image = FolderWalk.Image(path: path, entry: file.entry)
            switch EntryKind.file(file.name) {
            case .image: found.append(image)
            case .skipped(let reason, let detail): leftOut.add(reason, detail, path: path)
            case .other(let ending): leftOut.add(.noImage, "." + ending, path: path)
            case .unsure(let ending):
                guard let start = try? prefix(of: path, entry: file.entry) else {
                    leftOut.add(.unreadable, path: path)
                    continue
                }
                if ImageFormat(of: start) != nil {
                    found.append(image)
                } else {
                    let (reason, detail) = Self.kind(start, ending: ending)
                    leftOut.add(reason, detail, path: path)
                }
            }
        }
        return found
    }

    /// The reason for leaving out a file whose name may be an image's and whose content is not
    /// read.
    private static func kind(
        _ start: [UInt8], ending: String
    ) -> (reason: LeftOut.Reason, detail: String) {
        if let kind = FileSignature(of: start), kind.isImage {
            return (.otherFormat, kind.rawValue)
        }
        if ending.isEmpty { return (.noImage, "") }
        return (ending.allSatisfy(\.isNumber) ? .noImage : .otherFormat, "." + ending)
    }
}
