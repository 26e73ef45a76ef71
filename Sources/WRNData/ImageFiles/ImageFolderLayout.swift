// SPDX-License-Identifier: Apache-2.0

import WRNArchive

/// Which folders of a store hold which split.
struct ImageFolderLayout {
    /// The folder of the training images; nil where only images to judge by are there.
    private(set) var train: String?
    /// The folder `val`, `valid` or `validation`.
    private(set) var validation: String?
    /// The folder `test`.
    private(set) var test: String?
    /// The one folder whose classes are split by chance.
    private(set) var shared: String?
    /// Folders beside those of the splits, which are not read.
    private(set) var ignored: [String] = []
    /// The folder in which the splits, or the classes, lie; images directly in it have no class.
    let root: String

    static let validationNames = ["val", "valid", "validation"]

    /// Looks at the folders near a store's root.
    ///
    /// - Throws: ``DataError`` for a folder that cannot be read, or for two folders of validation images.
    init(of store: ImageStore) throws(DataError) {
        root = try Self.root(of: store)
        let folders = try store.contents(of: root).folders.filter { !Self.isClutter($0, in: store) }
        let names = ["train", "test"] + Self.validationNames
        var parts: [String] = []
        for name in folders where names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
            if try Self.holdsClasses(joined(root, name), of: store) { parts.append(name) }
        }
        // Classes may be called `train` and `bus`: without the training images' folder, nothing else may be there.
        guard parts.contains("train") || (!parts.isEmpty && parts.count == folders.count) else {
            shared = root
            return
        }
        let validations = parts.filter(Self.validationNames.contains)
        guard validations.count <= 1 else {
            throw DataError(
                .inconsistent, file: store.fullName(root),
                "there are the folders \(validations.joined(separator: " and ")), "
                    + "of which only one can hold the validation images; rename the other")
        }
        if parts.contains("train") { train = joined(root, "train") }
        if parts.contains("test") { test = joined(root, "test") }
        validation = validations.first.map { joined(root, $0) }
        ignored = folders.filter { !parts.contains($0) }
        if validation == nil, test == nil {
            shared = train
            train = nil
        }
    }

    /// The folder of a split, and whether the other split's images must be taken out of it.
    func folder(_ split: Split) -> (path: String, isShared: Bool)? {
        if let shared { return (shared, true) }
        let path =
            switch split {
            case .train: train
            case .validation: validation ?? test
            case .test: test ?? validation
            }
        return path.map { ($0, false) }
    }

    /// Which split the images are that ``folder(_:)`` gives: what is kept of a shared folder is for validation.
    func found(_ split: Split) -> Split {
        switch split {
        case .train: .train
        case .validation: shared != nil || validation != nil ? .validation : .test
        case .test: shared == nil && test != nil ? .test : .validation
        }
    }

    /// All folders that hold a split of their own.
    var folders: [String] { [train, validation, test].compactMap(\.self) }

    /// Many archives hold one folder with everything in it.
    private static func root(of store: ImageStore) throws(DataError) -> String {
        var root = ""
        guard store.isArchive else { return root }
        for _ in 0..<ArchivePath.maximumDepth {
            let contents = try store.contents(of: root)
            let folders = contents.folders.filter { !isClutter($0, in: store) }
            guard folders.count == 1, let only = folders.first, !hasImages(contents),
                try holdsClasses(joined(root, only), of: store)
            else { break }
            root = joined(root, only)
        }
        return root
    }

    /// What macOS puts into archives beside the files.
    private static func isClutter(_ folder: String, in store: ImageStore) -> Bool {
        store.isArchive && folder == "__MACOSX"
    }

    /// Whether a folder has folders and no images of its own.
    private static func holdsClasses(
        _ folder: String, of store: ImageStore
    ) throws(DataError) -> Bool {
        let contents = try store.contents(of: folder)
        return !contents.folders.isEmpty && !hasImages(contents)
    }

    private static func hasImages(_ contents: FolderContents) -> Bool {
        contents.files.contains { ImageFileExtension.isRead($0.name) }
    }
}
