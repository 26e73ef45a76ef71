// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch
import WRNText

/// Which folders of a store hold which split.
struct ImageFolderLayout {
    /// The folder of the training images; nil when there are only validation or test images.
    private(set) var train: String?
    /// The folder of the validation images.
    private(set) var validation: String?
    /// The folder of the test images.
    private(set) var test: String?
    /// The one folder whose classes are split by chance.
    private(set) var shared: String?
    /// Folders beside those of the splits, which are not read.
    private(set) var ignored: [String] = []
    /// The entries beside the splits, or beside and above the one folder of all classes.
    private(set) var beside = LeftOutCounter()
    /// The folder in which the splits, or the classes, lie; images directly in it have no class.
    private(set) var root: String

    private let store: ImageStore

    /// Examines the folders near `folder`, which is the store's root when it is empty.
    ///
    /// - Parameter classes: The folders that a class map names, which are classes even when their
    ///   names are those of splits.
    /// - Throws: ``DataError`` for a folder that cannot be read, for two folders of one split, and
    ///   for splits without class folders.
    init(
        of store: ImageStore, in folder: String = "", classes: [String] = []
    ) throws(DataError) {
        self.store = store
        root = folder
        try enterWrappers(classes)
        let contents = try store.contents(of: root)
        let folders = contents.openFolders
        beside.add(try clutter(contents, in: root))
        let named = folders.filter { name in
            SplitName.split(of: name) != nil
                && !classes.contains { $0.utf8.elementsEqual(name.utf8) }
        }
        let parts = try self.parts(named, of: folders)
        guard !parts.isEmpty else {
            shared = root
            return
        }
        if classes.isEmpty, named.count == 1 { try checkSplit(named[0], among: folders) }
        for split in Split.allCases {
            let same = parts.filter { SplitName.split(of: $0) == split }
            guard same.count <= 1 else {
                throw DataError(
                    .inconsistent, file: store.fullName(root),
                    "there are the folders \(same.joined(separator: " and ")), of which only one "
                        + "can hold the \(split == .train ? "training" : split.rawValue) images; "
                        + "rename the other"
                )
            }
            guard let name = same.first else { continue }
            let path = try entered(joined(root, name), split)
            switch split {
            case .train: train = path
            case .validation: validation = path
            case .test: test = path
            }
        }
        try ignore(folders.filter { !parts.contains($0) }, named)
        if validation == nil, test == nil {
            shared = train
            train = nil
        }
    }

    /// The folder of a split, which split it holds, and whether the other split's images must be
    /// taken out of it.
    func folder(_ split: Split) -> (path: String, holds: Split, isShared: Bool)? {
        if let shared { return (shared, split == .train ? .train : .validation, true) }
        let order: [Split] =
            switch split {
            case .train: [.train]
            case .validation: [.validation, .test]
            case .test: [.test, .validation]
            }
        for holds in order {
            if let path = own(holds) { return (path, holds, false) }
        }
        return nil
    }

    private func own(_ split: Split) -> String? {
        switch split {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }

    /// All folders that hold a split of their own.
    var folders: [String] { [train, validation, test].compactMap(\.self) }

    /// Enters a folder that is the only one and holds folders itself: `photos/dataset/{cat,dog}`.
    private mutating func enterWrappers(_ classes: [String]) throws(DataError) {
        for _ in 0..<ArchivePath.maximumDepth {
            let contents = try store.contents(of: root)
            guard contents.openFolders.count == 1, let only = contents.openFolders.first,
                !contents.hasImages, SplitName.split(of: only) == nil,
                !classes.contains(where: { $0.utf8.elementsEqual(only.utf8) }),
                try isWrapper(joined(root, only))
            else { return }
            beside.add(try clutter(contents, in: root))
            root = joined(root, only)
        }
    }

    /// Whether a folder holds what would be classes or splits: at least two folders, or one of a
    /// split.
    ///
    /// One folder alone is a class whose images lie deeper.
    private func isWrapper(_ folder: String) throws(DataError) -> Bool {
        var folder = folder
        // The depth is limited, because links can form a cycle.
        for _ in 0..<8 {
            let contents = try store.contents(of: folder)
            guard !contents.hasImages, let first = contents.openFolders.first else { return false }
            if contents.openFolders.count > 1 || SplitName.split(of: first) != nil { return true }
            folder = joined(folder, first)
        }
        return false
    }

    /// A split's folder, or the only folder in it where that has the split's name again:
    /// `train/train/{cat,dog}`.
    private mutating func entered(_ folder: String, _ split: Split) throws(DataError) -> String {
        let contents = try store.contents(of: folder)
        guard contents.openFolders.count == 1, let only = contents.openFolders.first,
            !contents.hasImages, SplitName.split(of: only) == split,
            try store.contents(of: joined(folder, only)).openFolders.count > 0
        else { return folder }
        beside.add(try clutter(contents, in: folder))
        return joined(folder, only)
    }

    /// The folders among those with splits' names that are splits; none where the folders are
    /// classes.
    ///
    /// Classes may be called `train` and `bus`: without class folders in `train`, or with something
    /// else beside `test`, they are.
    private func parts(
        _ named: [String], of folders: [String]
    ) throws(DataError) -> [String] {
        var (strong, mixed, flat): ([String], [String], [String]) = ([], [], [])
        for name in named {
            let contents = try store.contents(of: joined(root, name))
            if contents.openFolders.isEmpty {
                flat.append(name)
            } else if contents.hasImages {
                mixed.append(name)
            } else {
                strong.append(name)
            }
        }
        let splits = Set(named.compactMap(SplitName.split))
        // Folders of several splits' names are splits, and stray images do not make classes of
        // them.
        let parts = splits.count > 1 || !strong.isEmpty ? named.filter { !flat.contains($0) } : []
        if splits.count > 1,
            let lone = flat.first(where: isTrain) ?? (parts.isEmpty ? flat.first : nil)
        {
            throw DataError(
                .notFound, file: store.fullName(joined(root, lone)),
                "the name is that of a split, and there are no class folders in it; put its images "
                    + "into one folder for each class (\(lone)/CLASS/NAME.jpg), or, if "
                    + "\(listed(named)) are the classes, give a class map that names them")
        }
        // A copy that failed, for example: without it other images would be evaluated on.
        for name in parts.isEmpty ? [] : flat {
            guard try hasNothing(name) else { continue }
            throw DataError(
                .notFound, file: store.fullName(joined(root, name)),
                "the name is that of a split, and the folder is empty; put its images into one "
                    + "folder for each class (\(name)/CLASS/NAME.jpg), or remove the folder")
        }
        let hasTrain = parts.contains(where: isTrain)
        return hasTrain || (!parts.isEmpty && named.count == folders.count) ? parts : []
    }

    /// Refuses the only folder with a split's name where one beside it holds images, as a class
    /// does: these would be left out, and the folders in the other be the classes.
    private func checkSplit(_ name: String, among folders: [String]) throws(DataError) {
        let other = folders.first { folder in
            folder != name && (try? store.contents(of: joined(root, folder)))?.hasImages == true
        }
        guard let other else { return }
        throw DataError(
            .inconsistent, file: store.fullName(root),
            "the folder '\(printable(name))' has the name of a split, and '\(printable(other))' "
                + "beside it holds images, as a class does; if the classes are in "
                + "'\(printable(name))', give its path (\(store.path(to: joined(root, name)))), and "
                + "if \(listed(folders)) are the classes, name them in a class map")
    }

    private func isTrain(_ name: String) -> Bool { SplitName.split(of: name) == .train }

    /// Whether a folder has neither files nor folders, hidden ones aside.
    private func hasNothing(_ name: String) throws(DataError) -> Bool {
        let contents = try store.contents(of: joined(root, name))
        return contents.folders.allSatisfy { $0.hasPrefix(".") }
            && contents.files.allSatisfy { $0.name.hasPrefix(".") } && contents.others.isEmpty
    }

    /// Counts what lies in folders that are not read: images of a split without class folders have
    /// no class.
    private mutating func ignore(_ names: [String], _ named: [String]) throws(DataError) {
        ignored = names
        for name in names {
            let reason: LeftOut.Reason = named.contains(name) ? .withoutClass : .noSplit
            beside.add(
                try FolderWalk.count(
                    joined(root, name), of: store, as: reason, reason == .noSplit ? name : ""))
        }
    }

    /// The entries directly in a folder of folders that are no such folders: files, links, and
    /// folders that are never searched.
    private func clutter(
        _ contents: FolderContents, in folder: String
    ) throws(DataError) -> LeftOutCounter {
        var counter = LeftOutCounter()
        for image in store.images(in: folder, contents, &counter) {
            counter.add(.withoutClass, path: image.path)
        }
        for name in contents.folders {
            guard let skipped = EntryKind.skippedFolder(name) else { continue }
            counter.add(
                try FolderWalk.count(
                    joined(folder, name), of: store, as: skipped.reason, skipped.detail))
        }
        return counter
    }

    /// The entries beside the class folders of a split's own folder.
    func clutter(of folder: String) throws(DataError) -> LeftOutCounter {
        // The root's is in `beside` already.
        folder == root ? LeftOutCounter() : try clutter(store.contents(of: folder), in: folder)
    }
}
