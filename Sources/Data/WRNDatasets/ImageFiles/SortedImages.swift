// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNFetch
import WRNFiles
import WRNImages
import WRNText

/// A directory with a folder for each class, into which image files are copied or linked.
///
///     sorted/cat/1.jpg
///     sorted/cat/1-2.jpg        another file 1.jpg of the class
///     sorted/dog/2.jpg
///     sorted/unknown/3.jpg
///
/// Files are never moved and never overwritten. An image that is in its folder already, by its name
/// and its bytes, stays as it is: a second run adds what is missing. A file appears when it is
/// whole.
package struct SortedImages {
    /// What is put into the folders.
    package enum Kind: Sendable {
        /// The bytes of the file.
        case copies
        /// Symbolic links to the file, with an absolute path.
        case links
    }

    /// An image's place.
    package struct Place: Hashable, Sendable {
        /// The path of the copy or the link.
        package let path: String
        /// Whether it was made now; else it was there before.
        package let isNew: Bool
    }

    /// The directory, as it was given.
    package let directory: String
    /// The folder of each class, and last that of images of no class.
    package let folders: [String]
    /// The number of images in each folder that were placed, in the order of ``folders``.
    package private(set) var counts: [Int]
    /// The number of images that were there before.
    package private(set) var presentCount = 0
    /// The number of images that another class's folder holds, too, from an earlier run.
    package private(set) var elsewhereCount = 0

    private let kind: Kind
    private var isPrepared: [Bool]
    /// The folders that hold a file of a name, from earlier runs.
    private let earlier: [String: [Int]]

    /// Creates the directory.
    ///
    /// - Parameter classNames: The classes; of names that no folder can have, such as `a/b`, the
    ///   folder has a similar one, and of equal ones the later have a number.
    /// - Throws: ``DataError`` when the directory cannot be made.
    package init(in directory: String, classNames: [String], as kind: Kind) throws(DataError) {
        self.directory =
            directory.count > 1 && directory.hasSuffix("/")
            ? String(directory.dropLast()) : directory
        self.kind = kind
        folders = Self.folderNames(of: classNames + ["unknown"])
        counts = [Int](repeating: 0, count: folders.count)
        isPrepared = [Bool](repeating: false, count: folders.count)
        try Self.makeDirectory(self.directory)
        var earlier: [String: [Int]] = [:]
        for (index, folder) in folders.enumerated() {
            let path = self.directory + "/" + folder
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                earlier[name, default: []].append(index)
            }
        }
        self.earlier = earlier
    }

    /// Copies or links an image into the folder of a class; nil for none.
    ///
    /// - Throws: ``DataError`` when the file cannot be read or the copy not be written, and, for a
    ///   link, when the image is no file of its own.
    /// - Precondition: `index` is in `0 ..< files.count`, and the class is one of those given.
    package mutating func place(
        _ index: Int, of files: ImageList, in classIndex: Int?
    ) throws(DataError) -> Place {
        let folder = classIndex ?? folders.count - 1
        let path = directory + "/" + folders[folder]
        if !isPrepared[folder] {
            try Self.makeDirectory(path)
            AtomicFile<DataError>.removeAbandonedFiles(in: path)
            isPrepared[folder] = true
        }
        let item = try item(index, of: files)
        for other in earlier[item.name] ?? [] where other != folder {
            let found = item.isAt(directory + "/" + folders[other] + "/" + item.name)
            if found { elsewhereCount += 1 }
        }
        var number = 1
        while true {
            let candidate = path + "/" + Self.numbered(item.name, number)
            if item.isAt(candidate) {
                counts[folder] += 1
                presentCount += 1
                return Place(path: candidate, isNew: false)
            }
            if try !exists(candidate), try item.create(at: candidate) {
                counts[folder] += 1
                return Place(path: candidate, isNew: true)
            }
            number += 1
        }
    }

    private func exists(_ path: String) throws(DataError) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private func item(_ index: Int, of files: ImageList) throws(DataError) -> Item {
        let bytes = try files.bytes(at: index)
        let source = files.filePath(of: index)
        var target: String?
        if kind == .links {
            guard let source else {
                throw DataError(
                    .unsupported, file: files.title(of: index),
                    "only a file of its own can be linked to, and this image is part of an archive "
                        + "or was piped in; copy the images")
            }
            target = Self.absolute(source)
        }
        let last = files.entryName(of: index).split(separator: "/").last.map(String.init) ?? ""
        // Piped images have no name of their own.
        let name =
            source == nil && last.isEmpty
            ? "image." + (ImageFormat(of: bytes)?.rawValue ?? "img") : last
        return Item(name: name, bytes: bytes, target: target)
    }
}

// MARK: Items

extension SortedImages {
    /// An image on its way into a folder.
    private struct Item {
        let name: String
        let bytes: [UInt8]
        /// The path that a link holds; nil for a copy.
        let target: String?

        /// Whether the path has this copy or link already.
        func isAt(_ path: String) -> Bool {
            var status = stat()
            guard lstat(path, &status) == 0 else { return false }
            if let target {
                return status.st_mode & S_IFMT == S_IFLNK
                    && (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == target
            }
            guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == bytes.count else {
                return false
            }
            return (try? FileBytes.read(path))?.bytes.elementsEqual(bytes) ?? false
        }

        /// Whether the file or the link is new; false where something has the name.
        func create(at path: String) throws(DataError) -> Bool {
            guard let target else { return try AtomicFile<DataError>.create(bytes, at: path) }
            if symlink(target, path) == 0 { return true }
            let error = SystemError.last
            if error.number == EEXIST { return false }
            throw DataError(FileFault(writing: path, "cannot create a link", error))
        }
    }
}

// MARK: Names

extension SortedImages {
    /// The longest name of a file, in bytes, that common file systems take.
    private static let maximumNameByteCount = 255

    /// `1.jpg`, `1-2.jpg`, `1-3.jpg`, ...; the part before the ending is cut where the name would
    /// be too long.
    static func numbered(_ name: String, _ number: Int) -> String {
        let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 }
        return Self.name(
            dot.map { name[..<$0] } ?? name[...], number,
            ending: dot.map { String(name[$0...]) } ?? "")
    }

    /// A name with a number, from 2 on, between its two parts; the first is cut, between two
    /// characters, where the name would be too long.
    package static func name(_ stem: Substring, _ number: Int, ending: String) -> String {
        let ending = (number > 1 ? "-\(number)" : "") + ending
        var stem = stem
        while stem.utf8.count + ending.utf8.count > maximumNameByteCount, !stem.isEmpty {
            stem.removeLast()
        }
        return stem + ending
    }

    /// A folder for each class, no two of which are equal, also where the file system ignores case.
    static func folderNames(of classNames: [String]) -> [String] {
        var taken: Set<String> = []
        return classNames.map { className in
            var name = printable(className).replacing("/", with: "_")
            if name.isEmpty || name.hasPrefix(".") { name = "_" + name }
            while name.utf8.count > 200 { name.removeLast() }
            var (result, number) = (name, 1)
            while !taken.insert(result.lowercased()).inserted {
                number += 1
                result = "\(name)-\(number)"
            }
            return result
        }
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    private static func makeDirectory(_ path: String) throws(DataError) {
        guard mkdir(path, 0o777) != 0 else { return }
        let error = SystemError.last
        if error.number == EEXIST {
            if FileBytes.isDirectory(path) { return }
            throw DataError(
                .unwritable, file: path,
                "expected a directory for sorted images, found a file; name another directory")
        }
        throw DataError(FileFault(writing: path, "cannot create the directory", error))
    }
}
