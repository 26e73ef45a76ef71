// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNFetch
import WRNFiles
package import WRNImages

/// Labelled image files in a folder, or in an archive that is read in place; each is decoded when
/// its turn comes.
///
/// As for torchvision's `ImageFolder`, each folder is a class and holds images at any depth;
/// classes are numbered in the order of their folders' names, and the images are sorted by class,
/// folder and name. Names are compared by their code points.
///
///     photos/train/cat/1.jpg     photos/cat/1.jpg
///     photos/train/dog/2.png     photos/dog/2.png
///     photos/val/cat/3.jpg       photos/dog/more/3.webp
///     photos/val/dog/4.webp      (a tenth of each class is kept for validation)
///
/// Nothing is unpacked to disk, and several threads may read images at once.
package struct ImageFiles: ImageSet {
    /// The largest file that is read, in bytes.
    package static let maximumFileByteCount = 256 << 20
    /// The first bytes of a file, in which the header of most is whole: cameras put a small picture
    /// before it.
    private static let headerByteCount = 64 << 10

    /// The folder's or the archive's path.
    package let name: String
    /// The channels of an image.
    package let channels: Int
    /// The rows of a fitted image.
    package let height: Int
    /// The columns of a fitted image.
    package let width: Int
    /// The class of each image.
    package let labels: [Int]
    /// The names of the classes.
    package let classNames: [String]
    /// The preparation of a file's image to the set's size.
    package let preparation: ImagePreparation
    /// The options with which the folder was read.
    package let options: ImageFileOptions
    /// The report on what was found besides the images.
    package let report: ImageFolderReport
    /// Which split of the folder the images are.
    package var split: Split? { report.split }
    /// Whether a class map gave the classes their numbers, rather than the order of their folders'
    /// names.
    package let hasClassMap: Bool

    /// The remarks on files that were decoded; shared by the set's parts.
    package let remarks: ImageRemarks

    private let store: ImageStore
    private let images: [FolderWalk.Image]
    private let limits: ImageLimits

    /// Finds the images of one split; none is decoded.
    ///
    /// - Parameter path: A directory, or a `.zip`, `.tar` or `.tar.gz` archive of one (the last is
    ///   unpacked in memory, up to 1 GiB); a folder in an archive is `photos.zip/folder`.
    /// - Throws: ``DataError`` when there are no class folders with images, when splits have
    ///   different classes or a class is empty, for names that are not UTF-8, and for an archive or
    ///   a class map that is damaged or beyond a limit.
    package init(
        _ path: String, _ split: Split, options: ImageFileOptions = ImageFileOptions()
    ) throws(DataError) {
        let (store, folder) = try ImageStore.locate(path)
        try self.init(store, in: folder, split, options: options)
    }

    init(
        _ store: ImageStore, in folder: String = "", _ split: Split, options: ImageFileOptions
    ) throws(DataError) {
        try options.check()
        let listing = try ImageListing(of: store, in: folder, split, options: options)
        self.init(
            name: store.path(to: folder), options: options,
            preparation: options.usedPreparation,
            report: listing.report, store: store, images: listing.images, labels: listing.labels,
            classNames: listing.classNames)
    }

    private init(
        name: String, options: ImageFileOptions, preparation: ImagePreparation,
        report: ImageFolderReport, store: ImageStore, images: [FolderWalk.Image], labels: [Int],
        classNames: [String]
    ) {
        self.name = name
        channels = options.channels
        height = options.height
        width = options.width
        limits = options.limits
        hasClassMap = options.classMap != nil
        self.preparation = preparation
        self.options = options
        self.report = report
        remarks = ImageRemarks()
        self.store = store
        self.images = images
        self.labels = labels
        self.classNames = classNames
    }

    /// The file's path; in an archive, behind the archive's.
    package func title(of index: Int) -> String { store.fullName(images[index].path) }

    /// The file's path below the directory, or in the archive.
    func path(of index: Int) -> String { images[index].path }

    /// The files without some of them.
    func without(_ leftOut: Set<Int>) -> ImageFiles {
        ImageFiles(self, labels.indices.filter { !leftOut.contains($0) })
    }

    /// The file's bytes.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read, is damaged in its archive, or is too
    ///   large.
    /// - Precondition: `index` is in `0 ..< count`.
    package func fileBytes(at index: Int) throws(DataError) -> [UInt8] {
        precondition(labels.indices.contains(index), "image \(index) of \(count)")
        return try store.bytes(
            of: images[index].path, entry: images[index].entry, limit: Self.maximumFileByteCount)
    }

    /// The size of a file; nil when it is not there any more.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    func fileByteCount(at index: Int) -> Int? {
        store.byteCount(of: images[index].path, entry: images[index].entry)
    }

    /// The rows and columns of a file's image as it is shown, by its header.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read or whose header is none of an image.
    /// - Precondition: `index` is in `0 ..< count`.
    func size(at index: Int) throws(DataError) -> (height: Int, width: Int) {
        let title = title(of: index)
        let start = try store.prefix(
            of: images[index].path, entry: images[index].entry, count: Self.headerByteCount)
        if let header = try? ImageHeader(of: start, file: title) {
            return (header.height, header.width)
        }
        let bytes = try fileBytes(at: index)
        do throws(ImageError) {
            let header = try ImageHeader(of: bytes, file: title)
            return (header.height, header.width)
        } catch {
            throw DataError(error, file: title)
        }
    }

    /// The image of a file, or a part of it; what lies outside the part is not decoded where the
    /// format permits.
    ///
    /// - Parameter cropping: Called with the image's height and width; returns the part to decode,
    ///   or nil for all.
    /// - Throws: ``DataError`` for a file that cannot be read or is no image.
    /// - Precondition: `index` is in `0 ..< count`.
    package func image(
        at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage {
        try decoded(fileBytes(at: index), index, cropping)
    }

    /// The image of a file prepared to the set's size, as in evaluations.
    package func fittedImage(at index: Int) throws(DataError) -> PixelImage {
        try preparation(image(at: index) { _, _ in nil })
    }

    /// The SHA-256 of all files' paths and classes, in hexadecimal digits: other for other files,
    /// whatever folder they are in.
    package var fingerprint: String {
        var digest = FileDigest.Computation(like: .sha256(""))
        for (image, label) in zip(images, labels) {
            digest.update(Array("\(label) \(image.path)\n".utf8))
        }
        return digest.digest.digits
    }

    /// `count` images, or all of them when there are fewer: as many of each class as there are, the
    /// first ones of each.
    ///
    /// The files are sorted by class, so the first ones alone would be of one class.
    package func prefix(_ count: Int) -> ImageFiles {
        let kept = RoundRobin.indices(labels: labels, classes: classNames.count, count: count)
        return ImageFiles(self, kept)
    }
}

extension ImageFiles {
    /// The whole image of a file, the format that its content has, and a remark on it.
    func examined(at index: Int) throws(DataError) -> (PixelImage, String, ImageRemark?) {
        let bytes = try fileBytes(at: index)
        do {
            let (image, remark) = try PixelImage.decoding(
                bytes, file: title(of: index), limits: limits)
            return (
                image.converted(toChannels: channels),
                ImageFormat(of: bytes)?.rawValue ?? "unknown", remark
            )
        } catch {
            throw DataError(error, file: title(of: index))
        }
    }

    func decoded(
        _ bytes: [UInt8], _ index: Int, _ cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage {
        do {
            let (image, remark) = try PixelImage.decoding(
                bytes, file: title(of: index), limits: limits, cropping: cropping)
            if let remark { remarks.add(remark, title: title(of: index)) }
            return image.converted(toChannels: channels)
        } catch {
            throw DataError(error, file: title(of: index))
        }
    }

    /// Some of the files, as a split of their data set.
    func part(_ indices: [Int], as split: Split) -> ImageFiles {
        var report = report
        report.split = split
        return ImageFiles(
            self, images: indices.map { images[$0] }, labels: indices.map { labels[$0] }, report,
            options)
    }

    /// The files of two splits of one folder, sorted by class and path.
    func joined(with other: ImageFiles) -> ImageFiles {
        let all = zip(labels + other.labels, images + other.images)
            .sorted { one, other in
                one.0 == other.0
                    ? one.1.path.utf8.lexicographicallyPrecedes(other.1.path.utf8)
                    : one.0 < other.0
            }
        return ImageFiles(self, images: all.map(\.1), labels: all.map(\.0), report, options)
    }

    /// The same files, prepared to images of another size.
    ///
    /// - Parameter options: The options with which the folder was read, with another height, width
    ///   or preparation.
    /// - Throws: ``DataError`` for a size that cannot be made.
    package func resized(_ options: ImageFileOptions) throws(DataError) -> ImageFiles {
        try options.check()
        return ImageFiles(self, images: images, labels: labels, report, options)
    }

    private init(_ all: ImageFiles, _ indices: [Int]) {
        self.init(
            all, images: indices.map { all.images[$0] }, labels: indices.map { all.labels[$0] },
            all.report, all.options)
    }

    private init(
        _ all: ImageFiles, images: [FolderWalk.Image], labels: [Int], _ report: ImageFolderReport,
        _ options: ImageFileOptions
    ) {
        self.options = options
        name = all.name
        channels = options.channels
        height = options.height
        width = options.width
        limits = options.limits
        hasClassMap = all.hasClassMap
        preparation = options.usedPreparation
        self.report = report
        remarks = all.remarks
        store = all.store
        classNames = all.classNames
        self.images = images
        self.labels = labels
    }
}
