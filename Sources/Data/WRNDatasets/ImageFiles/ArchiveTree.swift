// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch

/// The folders and files of an archive, made from the names of its entries.
struct ArchiveTree: Sendable {
    /// Positions in `contents` by the bytes of the folder's path.
    private var places: [[UInt8]: Int] = [[]: 0]
    private var contents = [FolderContents()]
    private let name: String

    init(name: String) {
        self.name = name
    }

    /// Adds a folder, and the folders above it.
    mutating func add(folder components: some Collection<String>) {
        _ = place(of: components[...])
    }

    /// Adds a file, and the folders above it.
    mutating func add(file path: ArchivePath, entry: Int) {
        guard let last = path.components.last else { return }
        let folder = place(of: path.components.dropLast())
        contents[folder].add(file: last, entry: entry)
    }

    /// Adds a link or a device, and the folders above it.
    mutating func add(other components: [String]) {
        let folder = place(of: components.dropLast())
        contents[folder].add(other: components.last ?? "?", .archiveLink)
    }

    /// Puts everything in order, once all is added.
    ///
    /// - Throws: ``DataError`` for two files of one name in one folder.
    mutating func finish() throws(DataError) {
        for index in contents.indices {
            contents[index].sort()
            let files = contents[index].files
            for (file, next) in zip(files, files.dropFirst())
            where file.name.utf8.elementsEqual(next.name.utf8) {
                throw DataError(
                    .malformed, file: name,
                    "the archive has a second entry named '\(file.name)' in one folder; "
                        + "make it again")
            }
        }
    }

    /// Whether there is a folder of that path.
    func contains(folder: String) -> Bool { places[Array(folder.utf8)] != nil }

    /// What lies in a folder; nothing for one that is not there.
    func contents(of folder: String) -> FolderContents {
        places[Array(folder.utf8)].map { contents[$0] } ?? FolderContents()
    }

    private mutating func place(of components: some Collection<String>) -> Int {
        let key = Array(components.joined(separator: "/").utf8)
        if let place = places[key] { return place }
        var (path, parent) = ([UInt8](), 0)
        for component in components {
            path += (path.isEmpty ? [] : [UInt8(ascii: "/")]) + Array(component.utf8)
            if let place = places[path] {
                parent = place
                continue
            }
            contents[parent].add(folder: component)
            parent = contents.count
            places[path] = parent
            contents.append(FolderContents())
        }
        return parent
    }
}
