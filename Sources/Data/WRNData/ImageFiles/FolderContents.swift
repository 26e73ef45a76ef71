// SPDX-License-Identifier: Apache-2.0

/// What lies in one folder, sorted by name as Python sorts (by Unicode code points).
struct FolderContents: Sendable {
    /// A file, and its number in an archive; 0 in a directory.
    struct File: Sendable {
        let name: String
        let entry: Int
    }

    /// What is neither a file nor a folder: a link that leads nowhere, a pipe, a link in an archive.
    struct Other: Sendable {
        let name: String
        let reason: LeftOut.Reason
    }

    private(set) var folders: [String] = []
    private(set) var files: [File] = []
    private(set) var others: [Other] = []

    mutating func add(folder: String) { folders.append(folder) }

    mutating func add(file: String, entry: Int) { files.append(File(name: file, entry: entry)) }

    mutating func add(other: String, _ reason: LeftOut.Reason) {
        others.append(Other(name: other, reason: reason))
    }

    /// Puts all lists in order.
    mutating func sort() {
        folders.sort(by: precedes)
        files.sort { precedes($0.name, $1.name) }
        others.sort { precedes($0.name, $1.name) }
    }

    /// The folders that are looked into.
    var openFolders: [String] { folders.filter { EntryKind.skippedFolder($0) == nil } }

    /// Whether there is a file whose name is an image's.
    var hasImages: Bool { files.contains { EntryKind.file($0.name) == .image } }
}

/// Whether a name comes before another in the order of their code points, which is that of their UTF-8 bytes.
///
/// Swift's own order of strings would take two spellings of one letter for the same; to a file system they are two names.
func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
}

/// A path below a folder; an empty folder is the root.
func joined(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : folder + "/" + name
}
