// SPDX-License-Identifier: Apache-2.0

/// The images of one split with their classes, as the names of folders and files tell them.
struct ImageListing {
    private(set) var images: [FolderWalk.Image] = []
    private(set) var labels: [Int] = []
    let classNames: [String]
    private(set) var report: ImageFolderReport

    /// Lists the images of a split.
    ///
    /// - Throws: ``DataError`` when there are none, when the splits' classes differ, or when a class is empty that may not be.
    init(
        of store: ImageStore, _ split: Split, options: ImageFileOptions
    ) throws(DataError) {
        let layout = try ImageFolderLayout(of: store)
        guard let folder = layout.folder(split) else {
            throw DataError(
                .notFound, file: store.fullName(layout.root),
                "there are no training images: the folder 'train' is missing beside "
                    + listed(layout.folders))
        }
        let classes = try Self.classes(layout, of: store, options: options)
        classNames = classes.map(\.name)
        report = ImageFolderReport(source: store.name, folder: folder.path)
        let isDrawn = folder.isShared && !options.takesWhole
        report.isDrawn = isDrawn
        report.split = folder.isShared && options.takesWhole ? nil : layout.found(split)
        report.links = store.linkCount
        report.ignoredFolders = layout.ignored
        for place in Set([layout.root, folder.path]) {
            report.imagesWithoutClass += try store.contents(of: place).files.count {
                ImageFileExtension.image($0.name) != nil
            }
        }
        let present = Set(try store.contents(of: folder.path).folders.map { Array($0.utf8) })
        let drawing = StratifiedSplit(fraction: options.validationFraction, seed: options.seed)
        var total = 0
        for (label, entry) in classes.enumerated() {
            guard present.contains(Array(entry.folder.utf8)) else {
                report.emptyClasses.append(entry.folder)
                continue
            }
            let walk = try FolderWalk(joined(folder.path, entry.folder), of: store)
            total += walk.images.count
            take(walk, entry, label, drawing: isDrawn ? drawing : nil, split)
        }
        guard total > 0 else { throw Self.nothing(in: store, folder.path, report, classes.count) }
        guard report.emptyClasses.isEmpty || options.allowsEmptyClasses else {
            throw DataError(
                .notFound, file: store.fullName(folder.path),
                "\(report.emptyClasses.count) of \(classes.count) classes have no images "
                    + "(\(listed(report.emptyClasses))); remove these folders, or permit empty classes"
            )
        }
        guard !images.isEmpty else {
            throw DataError(
                .notFound, file: store.fullName(folder.path),
                "no images are left for \(split.rawValue): each class has one image only, and a "
                    + "class is split from two on; give folders 'train' and 'val'")
        }
    }

    /// Takes a class's images, or those that fell to the split.
    private mutating func take(
        _ walk: FolderWalk, _ entry: ClassMap.Entry, _ label: Int, drawing: StratifiedSplit?,
        _ split: Split
    ) {
        report.otherFiles += walk.otherCount
        report.loops += walk.loops
        report.unreadImages.merge(walk.unread, uniquingKeysWith: +)
        if walk.images.isEmpty { report.emptyClasses.append(entry.folder) }
        if let drawing {
            let chosen = drawing.isForValidation(folder: entry.folder, count: walk.images.count)
            images += zip(walk.images, chosen).filter { $0.1 != (split == .train) }.map(\.0)
        } else {
            images += walk.images
        }
        labels += Array(repeating: label, count: images.count - labels.count)
    }

    /// The classes in the order of their numbers, the same for all splits.
    private static func classes(
        _ layout: ImageFolderLayout, of store: ImageStore, options: ImageFileOptions
    ) throws(DataError) -> [ClassMap.Entry] {
        let parts = layout.shared.map { [$0] } ?? layout.folders
        guard let first = parts.first else { return [] }
        let folders = try store.contents(of: first).folders.filter {
            !(store.isArchive && $0 == "__MACOSX")
        }
        for part in parts.dropFirst() {
            let others = try store.contents(of: part).folders
            let missing = difference(folders, others)
            let added = difference(others, folders)
            if !added.isEmpty || (!missing.isEmpty && !options.allowsEmptyClasses) {
                throw DataError(
                    .inconsistent, file: store.fullName(part),
                    "the classes differ from those of '\(first)': "
                        + [("without", missing), ("also", added)].filter { !$0.1.isEmpty }
                        .map { "\($0.0) \(listed($0.1))" }.joined(separator: ", ")
                        + "; both need the same folders")
            }
        }
        guard let path = options.classMap else {
            return folders.map { ClassMap.Entry(folder: $0, name: $0) }
        }
        let map = try ClassMap(contentsOf: path)
        let unnamed = difference(folders, map.entries.map(\.folder))
        guard unnamed.isEmpty else {
            throw DataError(
                .inconsistent, file: path,
                "the class map does not have \(listed(unnamed)), which "
                    + "\(store.fullName(first)) has")
        }
        return map.entries
    }

    /// The names of the first list that are not in the second, byte for byte.
    private static func difference(_ first: [String], _ second: [String]) -> [String] {
        let known = Set(second.map { Array($0.utf8) })
        return first.filter { !known.contains(Array($0.utf8)) }
    }

    private static func nothing(
        in store: ImageStore, _ folder: String, _ report: ImageFolderReport, _ classCount: Int
    ) -> DataError {
        let found = report.sentences.filter { !$0.hasSuffix("')") }
        return DataError(
            .notFound, file: store.fullName(folder),
            "there are no images in class folders; looked for CLASS/NAME.jpg (.jpeg, .png, .webp) "
                + "here and in train, val and test, and found "
                + (classCount == 0
                    ? "no folders"
                    : "\(classCount) folder\(classCount == 1 ? "" : "s") without images")
                + found.map { "; \($0)" }.joined())
    }
}
