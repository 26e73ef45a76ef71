// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNText

/// The class folders of a data set in the order of their numbers, the same for all its splits.
struct ClassFolders {
    let entries: [ClassMap.Entry]

    /// Compares the splits' folders, and numbers them by the class map or by their names.
    ///
    /// - Throws: ``DataError`` for splits with different classes, a class that the map lacks, and
    ///   two names that only differ in their Unicode form.
    init(
        _ layout: ImageFolderLayout, of store: ImageStore, map: ClassMap?,
        options: ImageFileOptions
    ) throws(DataError) {
        let parts = layout.shared.map { [$0] } ?? layout.folders
        guard let first = parts.first else {
            entries = []
            return
        }
        let folders = try Self.folders(in: first, of: store)
        for part in parts.dropFirst() {
            let others = try Self.folders(in: part, of: store)
            let missing = Self.difference(folders, others)
            let added = Self.difference(others, folders)
            if !added.isEmpty || (!missing.isEmpty && !options.allowsEmptyClasses) {
                let isCase =
                    Set(missing.map { $0.lowercased() }) == Set(added.map { $0.lowercased() })
                throw DataError(
                    .inconsistent, file: store.fullName(part),
                    "the classes differ from those of '\(printable(first))': "
                        + [("without", missing), ("also", added)].filter { !$0.1.isEmpty }
                        .map { "\($0.0) \(listed($0.1))" }.joined(separator: ", ")
                        + (isCase ? ", which differ in upper and lower case only" : "")
                        + "; both need the same folders")
            }
        }
        guard let map else {
            entries = folders.map { ClassMap.Entry(folder: $0, name: $0) }
            return
        }
        let entries = map.entries(for: folders)
        let unnamed = Self.difference(folders, entries.map(\.folder))
        guard unnamed.isEmpty else {
            throw DataError(
                .inconsistent, file: map.source,
                "the class map does not have \(listed(unnamed)), which "
                    + "\(store.fullName(first)) has")
        }
        self.entries = entries
    }

    /// A class's folder among those of a split: the same name, or the same letters in another
    /// Unicode form, as file systems and archives of macOS write them.
    static func spelling(of folder: String, among folders: [String]) -> String? {
        folders.first { $0.utf8.elementsEqual(folder.utf8) } ?? folders.first { $0 == folder }
    }

    private static func folders(
        in part: String, of store: ImageStore
    ) throws(DataError) -> [String] {
        let folders = try store.contents(of: part).openFolders
        // Strings of Swift are equal when their letters are, whatever their Unicode form.
        var seen: [String: String] = [:]
        for name in folders {
            if let other = seen.updateValue(name, forKey: name) {
                throw DataError(
                    .inconsistent, file: store.fullName(part),
                    "there are two class folders '\(printable(name))' whose names look alike: the "
                        + "same letters in two Unicode forms (\(scalars(other)) and "
                        + "\(scalars(name))); put their images into one")
            }
        }
        return folders
    }

    /// The numbers of the characters beyond ASCII, by which names that look alike differ.
    private static func scalars(_ name: String) -> String {
        name.unicodeScalars.filter { !$0.isASCII }.prefix(4)
            .map { "U+" + String(format($0.value)) }.joined(separator: " ")
    }

    private static func format(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The names of the first list that are not in the second, in any Unicode form.
    private static func difference(_ first: [String], _ second: [String]) -> [String] {
        let known = Set(second)
        return first.filter { !known.contains($0) }
    }
}

/// The distribution of images in a class's folder, by which folders that are no classes are
/// recognised.
struct ClassShape {
    let folder: String
    let hasOwnImages: Bool
    /// The folders directly in it that have images directly in them.
    let folders: [String]

    init(folder: String, _ walk: FolderWalk) {
        self.folder = folder
        hasOwnImages = walk.hasOwnImages
        folders = walk.foldersOfImages
    }

    /// Refuses folders that are rather parts of a data set than classes: those that hold the same
    /// folders, or one that holds all classes.
    ///
    /// - Throws: ``DataError`` with the likely layout; with a class map the folders are taken as
    ///   classes.
    static func check(
        _ shapes: [ClassShape], in store: ImageStore, _ folder: String, isSplit: Bool
    ) throws(DataError) {
        let nested = shapes.filter { !$0.hasOwnImages && $0.folders.count > 1 }
        guard shapes.count > 1, let first = nested.first else { return }
        let reading: String
        if nested.count > 1 {
            guard nested.allSatisfy({ Set($0.folders) == Set(first.folders) }),
                nested.count == shapes.count || !isSplit
            else { return }
            let inner = first.folders.compactMap(SplitName.split)
            reading =
                "the folders \(listed(nested.map(\.folder))) hold the same folders "
                + "(\(listed(first.folders))), so "
                + (inner.count == first.folders.count
                    ? "the splits seem to lie in the classes; put the classes into the splits "
                        + "(\(first.folders[0])/\(first.folder)/NAME.jpg)"
                    : "these seem to be the classes; give the path of one of them "
                        + "(\(store.path(to: joined(folder, first.folder)))), or put the images "
                        + "into one folder for each class")
        } else {
            guard !isSplit else { return }
            let others = shapes.filter { $0.folder != first.folder }.map(\.folder)
            reading =
                "the folder '\(printable(first.folder))' holds folders of images "
                + "(\(listed(first.folders))), and \(listed(others)) "
                + "\(others.count == 1 ? "holds" : "hold") no folders, so these seem to be the "
                + "classes; give its path (\(store.path(to: joined(folder, first.folder))))"
        }
        throw DataError(
            .inconsistent, file: store.fullName(folder),
            reading
                + ". If \(listed(shapes.map(\.folder))) are the classes, name them in a class map")
    }
}
