// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNArchive
public import WRNFetch
import WRNFiles
public import WRNImages

/// Image files without labels: named one by one, or all of a folder or an archive.
///
/// Each file is decoded when its image is read, and several threads may read at once.
public struct ImageList: Sendable {
    /// A file and its store.
    private enum Item: Sendable {
        case file(String)
        case entry(ImageStore, FolderWalk.Image)
        case bytes([UInt8], title: String)
        case failure(DataError, title: String)
    }

    /// The entries of the added folders and archives that are no images and were left out.
    package private(set) var leftOut: [LeftOut] = []
    /// The remarks on files that were decoded.
    package let remarks = ImageRemarks()

    private var items: [Item] = []
    private let limits: ImageLimits

    /// Creates a list without files.
    public init(limits: ImageLimits = ImageLimits()) {
        self.limits = limits
    }

    /// Adds a file, or all images of a folder or an archive in the order of their paths.
    ///
    /// The format of a file follows from its content; in folders and archives the names select the
    /// files that are images. A folder in them that cannot be read is an element of its own, whose
    /// image is its error.
    ///
    /// - Parameter path: A file, a directory, a `.zip`, `.tar` or `.tar.gz` archive, or a folder in
    ///   one (`photos.zip/folder`).
    /// - Throws: ``DataError`` for a path that is not there, a folder or an archive without images,
    ///   and a damaged archive.
    public mutating func append(_ path: String) throws(DataError) {
        guard let (store, folder) = try Self.store(path) else { return items.append(.file(path)) }
        let walk = try FolderWalk(folder, of: store, collectsFailures: true)
        guard !walk.images.isEmpty || !walk.failures.isEmpty else {
            throw DataError(
                .notFound, file: path,
                "there are no images (\(ImageFormat.fileNameExtensions.joined(separator: ", "))) "
                    + "in it"
                    + (walk.leftOut.all.summary.map { "; \($0)" } ?? ""))
        }
        items += walk.images.map { .entry(store, $0) }
        for failure in walk.failures { append(failure, title: failure.file ?? path) }
        leftOut = (leftOut + walk.leftOut.all).merged
    }

    /// Adds an element that could not be opened, whose image is its error; `title` is its name in
    /// messages.
    public mutating func append(_ failure: DataError, title: String) {
        items.append(.failure(failure, title: title))
    }

    /// Adds a file whose bytes are in memory; `title` is its name in messages.
    public mutating func append(_ bytes: [UInt8], title: String) {
        items.append(.bytes(bytes, title: title))
    }

    /// The folder or archive at a path; nil for a file of another kind.
    ///
    /// A file that begins like a zip archive and has an image's name is one image among others,
    /// whose content then is no image's.
    private static func store(
        _ path: String
    ) throws(DataError) -> (store: ImageStore, folder: String)? {
        if FileBytes.isDirectory(path) { return (.directory(path), "") }
        guard FileBytes.isRegularFile(path) else {
            if ImageStore.mayBe(path) { return try ImageStore.locate(path) }
            // A path that does not exist, or is no regular file, throws here.
            _ = try OpenFile(path)
            return nil
        }
        let file = try OpenFile(path)
        let head = try file.bytes(at: 0, min(file.count, 2), "the first bytes")
        let isArchive =
            ZipDirectory.isZip(file) || TarIndex.isTar(file) || Gzip.isGzip(head[...])
        guard isArchive, !ImageFormat.isImageFileName(path) else { return nil }
        return try ImageStore.locate(path)
    }

    /// The number of files.
    public var count: Int { items.count }

    /// The file's path; in an archive, behind the archive's.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    public func title(of index: Int) -> String {
        switch items[index] {
        case .file(let path): path
        case .entry(let store, let image): store.fullName(image.path)
        case .bytes(_, let title), .failure(_, let title): title
        }
    }

    /// The path of an image that is a file of its own; nil in an archive and for bytes in memory.
    func filePath(of index: Int) -> String? {
        switch items[index] {
        case .file(let path): path
        case .entry(.directory(let path), let image):
            ImageStore.directory(path).fullName(image.path)
        case .entry, .bytes, .failure: nil
        }
    }

    /// The first image that is no file of its own: in an archive or in memory.
    package var firstWithoutFile: Int? {
        items.indices.first { index in
            if case .failure = items[index] { return false }
            return filePath(of: index) == nil
        }
    }

    /// The path of a file, in an archive that of its entry; empty for bytes in memory.
    func entryName(of index: Int) -> String {
        switch items[index] {
        case .file(let path): path
        case .entry(_, let image): image.path
        case .bytes, .failure: ""
        }
    }

    /// Removes the files below a directory, links to files among them, as where an earlier run of a
    /// command put its results into a folder of its input.
    ///
    /// - Returns: How many there were.
    package mutating func remove(below directory: String) -> Int {
        guard
            let root = realpath(directory, nil).map({ path in
                defer { free(path) }
                return String(cString: path)
            })
        else { return 0 }
        let all = items.count
        var known: [String: Bool] = [:]
        items = zip(items.indices, items).filter { index, _ in
            guard let path = filePath(of: index) else { return true }
            // The folder is resolved, and not the file, which may be a link to elsewhere.
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            if let isOutside = known[folder] { return isOutside }
            let resolved = realpath(folder.isEmpty ? "/" : folder, nil).map { path in
                defer { free(path) }
                return String(cString: path)
            }
            let isOutside = resolved.map { !($0 + "/").hasPrefix(root + "/") } ?? true
            known[folder] = isOutside
            return isOutside
        }.map(\.1)
        return all - items.count
    }

    /// The image of a file, in colour.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read or is no image.
    /// - Precondition: `index` is in `0 ..< count`.
    public func image(at index: Int) throws(DataError) -> PixelImage {
        let (title, bytes) = (title(of: index), try bytes(at: index))
        do {
            let (image, remark) = try PixelImage.decoding(bytes, file: title, limits: limits)
            if let remark { remarks.add(remark, title: title) }
            return image
        } catch {
            throw DataError(error, file: title)
        }
    }

    /// The bytes of a file.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    func bytes(at index: Int) throws(DataError) -> [UInt8] {
        let limit = ImageFiles.maximumFileByteCount
        switch items[index] {
        case .file(let path): return Array(try FileBytes.read(path, limit: limit).bytes)
        case .entry(let store, let image):
            return try store.bytes(of: image.path, entry: image.entry, limit: limit)
        case .bytes(let bytes, _): return bytes
        case .failure(let error, _): throw error
        }
    }
}
