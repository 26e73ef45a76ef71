// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNText

/// The images of one split with their classes, from the names of folders and files.
struct ImageListing {
    private(set) var images: [FolderWalk.Image] = []
    private(set) var labels: [Int] = []
    let classNames: [String]
    private(set) var report: ImageFolderReport

    /// Lists the images of a split that lie in a folder of a store.
    ///
    /// - Throws: ``DataError`` when there are none, when the splits' classes differ, when a class
    ///   is empty that may not be, and when the folders are rather something else than classes.
    init(
        of store: ImageStore, in base: String = "", _ split: Split, options: ImageFileOptions
    ) throws(DataError) {
        let map = try options.classMap.map { path throws(DataError) in
            try ClassMap(contentsOf: path)
        }
        let layout = try ImageFolderLayout(of: store, in: base, classes: map?.folders ?? [])
        guard let folder = layout.folder(split) else {
            throw DataError(
                .noSplit, file: store.fullName(layout.root),
                "there are no training images: the folder 'train' is missing beside "
                    + listed(layout.folders))
        }
        let classes = try ClassFolders(layout, of: store, map: map, options: options)
        classNames = classes.entries.map(\.name)
        report = ImageFolderReport(source: store.name, folder: folder.path)
        let isDrawn = folder.isShared && !options.takesWhole
        report.isDrawn = isDrawn
        report.split = folder.isShared && options.takesWhole ? nil : folder.holds
        report.leftOutBeside = layout.beside.all
        report.ignoredFolders = layout.ignored
        if layout.root.utf8.count > base.utf8.count { report.enteredFolder = layout.root }
        var leftOut = try layout.clutter(of: folder.path)
        let drawing = StratifiedSplit(fraction: options.validationFraction, seed: options.seed)
        let present = try store.contents(of: folder.path).openFolders
        var shapes: [ClassShape] = []
        var total = 0
        for (label, entry) in classes.entries.enumerated() {
            guard let own = ClassFolders.spelling(of: entry.folder, among: present) else {
                report.emptyClasses.append(entry.folder)
                continue
            }
            if !own.utf8.elementsEqual(entry.folder.utf8) { report.respelledClasses.append(own) }
            let walk = try FolderWalk(joined(folder.path, own), of: store)
            total += walk.images.count
            leftOut.add(walk.leftOut)
            shapes.append(ClassShape(folder: own, walk))
            take(walk, entry, label, drawing: isDrawn ? drawing : nil, split)
        }
        report.leftOut = leftOut.all
        guard total > 0 else {
            throw Self.nothing(in: store, folder.path, report, classes.entries.count)
        }
        if map == nil {
            try ClassShape.check(shapes, in: store, folder.path, isSplit: !folder.isShared)
        }
        guard report.emptyClasses.isEmpty || options.allowsEmptyClasses else {
            throw DataError(
                .notFound, file: store.fullName(folder.path),
                "\(report.emptyClasses.count) of \(classes.entries.count) classes have no images "
                    + "(\(listed(report.emptyClasses))); remove these folders, or permit empty "
                    + "classes"
            )
        }
        guard !images.isEmpty else {
            throw DataError(
                .noSplit, file: store.fullName(folder.path),
                "no images are left for \(split.rawValue): each class has one image only, and a "
                    + "class is split from two on; give folders 'train' and 'val'")
        }
    }

    /// Takes a class's images, or those that fell to the split.
    private mutating func take(
        _ walk: FolderWalk, _ entry: ClassMap.Entry, _ label: Int, drawing: StratifiedSplit?,
        _ split: Split
    ) {
        report.loops += walk.loops
        if walk.images.isEmpty { report.emptyClasses.append(entry.folder) }
        if let drawing {
            let chosen = drawing.isForValidation(folder: entry.folder, count: walk.images.count)
            images += zip(walk.images, chosen).filter { $0.1 != (split == .train) }.map(\.0)
        } else {
            images += walk.images
        }
        labels += Array(repeating: label, count: images.count - labels.count)
    }

    private static func nothing(
        in store: ImageStore, _ folder: String, _ report: ImageFolderReport, _ classCount: Int
    ) -> DataError {
        let found = (report.leftOut + report.leftOutBeside).merged.map(\.description)
        return DataError(
            .notFound, file: store.fullName(folder),
            "there are no images in class folders; looked for CLASS/NAME.jpg (.jpeg, .png, .webp) "
                + "here and in \(SplitName.expectation), and found "
                + (classCount == 0
                    ? "no folders"
                    : "\(classCount) folder\(classCount == 1 ? "" : "s") without images")
                + found.map { ", \($0)" }.joined())
    }
}
