// SPDX-License-Identifier: Apache-2.0

/// What was found beside the images when a folder or an archive was read: nothing of it stops anything, all of it may surprise.
public struct ImageFolderReport: Hashable, Sendable {
    /// The folder or the archive.
    public let source: String
    /// The folder in it whose subfolders are the classes; empty for `source` itself.
    public let folder: String
    /// Which split the images are; nil for all images of a folder without splits.
    public internal(set) var split: Split?
    /// Whether the split was drawn by chance from one folder.
    public internal(set) var isDrawn = false
    /// Images that lie beside the class folders, and so have no class.
    public internal(set) var imagesWithoutClass = 0
    /// Images of formats that are not read, by extension in lower case.
    public internal(set) var unreadImages: [String: Int] = [:]
    /// Files that are no images by their names.
    public internal(set) var otherFiles = 0
    /// Links, devices and the like in an archive.
    public internal(set) var links = 0
    /// Folders that lead back to one above them.
    public internal(set) var loops: [String] = []
    /// Folders without images, by name; permitted by an option.
    public internal(set) var emptyClasses: [String] = []
    /// Folders beside those of the splits.
    public internal(set) var ignoredFolders: [String] = []

    init(source: String, folder: String) {
        self.source = source
        self.folder = folder
    }

    /// One sentence for each thing that a person should know; none when all is as it should be.
    public var sentences: [String] {
        var sentences: [String] = []
        func say(_ what: String, _ count: Int, _ names: [String] = []) {
            guard count > 0 else { return }
            sentences.append("\(what): \(count)" + (names.isEmpty ? "" : " (\(listed(names)))"))
        }
        say("images beside the class folders, which have no class", imagesWithoutClass)
        for (suffix, count) in unreadImages.sorted(by: { $0.key < $1.key }) {
            say(
                ".\(suffix) images, left out; convert them to JPEG, PNG or WebP to use them", count)
        }
        say("links or devices in the archive, left out", links)
        say("folders that lead back to one above them, left out", loops.count, loops)
        say("classes without images", emptyClasses.count, emptyClasses)
        say("folders that are no splits, left out", ignoredFolders.count, ignoredFolders)
        return sentences
    }
}

/// The first few of some names, as a sentence lists them.
func listed(_ names: [String]) -> String {
    let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
}
