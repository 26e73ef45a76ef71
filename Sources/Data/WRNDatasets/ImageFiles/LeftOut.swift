// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNImages
import WRNText

/// Files, links and other entries of a folder or an archive that are no images of a data set, for
/// one reason.
///
/// Each entry that is no image is counted under exactly one reason, so that the images and the
/// entries left out add up to all entries.
package struct LeftOut: Hashable, Sendable, Codable {
    /// Why an entry is no image of the data set.
    package enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        /// An image beside the class folders.
        case withoutClass = "without_class"
        /// A file of an image format that is not read.
        case otherFormat = "other_format"
        /// A file whose name and content are no image's.
        case noImage = "no_image"
        /// A file whose name begins with a dot, or in a folder with such a name.
        case hidden
        /// A file of macOS beside another file, `._NAME`.
        case appleDouble = "apple_double"
        /// A file of the operating system, `Thumbs.db` for example.
        case systemFile = "system_file"
        /// A file in a folder of a program, `@eaDir` for example.
        case cache
        /// A link whose target does not exist.
        case danglingLink = "dangling_link"
        /// A pipe, a socket or a device.
        case special
        /// A link or a device in an archive.
        case archiveLink = "archive_link"
        /// A folder that leads back to one above itself.
        case loop
        /// A file that the system does not let be read.
        case unreadable
        /// A file in a folder beside those of the splits.
        case noSplit = "no_split"
    }

    /// The reason.
    package let reason: Reason
    /// Details of the reason: the format, the ending of the names with its dot, or the folder's
    /// name.
    package let detail: String
    /// How many entries.
    package let count: Int
    /// Some of them, by their paths below the folder or the archive.
    package let examples: [String]

    /// The entries in a few words, for example `2 links that lead nowhere`.
    package var description: String {
        printable("\(count) " + (count == 1 ? reason.words(detail).one : reason.words(detail).many))
    }

    /// What to do about them; nil where nothing needs to be done.
    package var advice: String? {
        switch reason {
        case .withoutClass: "put them into class folders to use them"
        case .otherFormat:
            FileSignature(rawValue: detail)?.imageAdvice ?? "convert them to PNG to use them"
        case .danglingLink: "restore what they lead to"
        case .unreadable: "make them readable to use them"
        case .archiveLink: "unpack the archive to use what they lead to"
        default: nil
        }
    }

    init(reason: Reason, detail: String, count: Int, examples: [String]) {
        self.reason = reason
        self.detail = detail
        self.count = count
        self.examples = examples
    }
}

extension LeftOut.Reason {
    /// One entry, and several.
    fileprivate func words(_ detail: String) -> (one: String, many: String) {
        switch self {
        case .withoutClass: ("image without a class folder", "images without a class folder")
        case .otherFormat:
            if let kind = FileSignature(rawValue: detail) {
                (kind.noun + ", not read here", kind.noun + "s, not read here")
            } else {
                ("\(detail) file, not read here", "\(detail) files, not read here")
            }
        case .noImage:
            detail.isEmpty
                ? ("file that is no image", "files that are no images")
                : ("\(detail) file, no image", "\(detail) files, no images")
        case .hidden: ("hidden file", "hidden files")
        case .appleDouble:
            ("AppleDouble file of macOS (._NAME)", "AppleDouble files of macOS (._NAME)")
        case .systemFile: ("file of the system (\(detail))", "files of the system (\(detail))")
        case .cache: ("file in a folder \(detail)", "files in folders \(detail)")
        case .danglingLink: ("link that leads nowhere", "links that lead nowhere")
        case .special: ("pipe, socket or device", "pipes, sockets or devices")
        case .archiveLink: ("link or device in the archive", "links or devices in the archive")
        case .loop:
            ("folder that leads back to one above it", "folders that lead back to one above them")
        case .unreadable: ("file that may not be read", "files that may not be read")
        case .noSplit:
            ("file in '\(detail)', which is no split", "files in '\(detail)', which is no split")
        }
    }
}

/// Counts entries by reason while folders are read.
struct LeftOutCounter: Sendable {
    /// The number of paths that are kept for each reason.
    static let exampleCount = 3

    private struct Key: Hashable {
        let reason: LeftOut.Reason
        let detail: String
    }

    private var counts: [Key: (count: Int, examples: [String])] = [:]

    /// The number of entries.
    var total: Int { counts.values.reduce(0) { $0 + $1.count } }

    mutating func add(_ reason: LeftOut.Reason, _ detail: String = "", path: String) {
        add(reason, detail, count: 1, examples: [path])
    }

    mutating func add(
        _ reason: LeftOut.Reason, _ detail: String, count: Int, examples: [String]
    ) {
        guard count > 0 else { return }
        var entry = counts[Key(reason: reason, detail: detail)] ?? (0, [])
        entry.count += count
        entry.examples += examples.prefix(Self.exampleCount - entry.examples.count)
        counts[Key(reason: reason, detail: detail)] = entry
    }

    mutating func add(_ other: some Sequence<LeftOut>) {
        for part in other {
            add(part.reason, part.detail, count: part.count, examples: part.examples)
        }
    }

    mutating func add(_ other: LeftOutCounter) { add(other.all) }

    /// All reasons that occurred, in the order of their declaration.
    var all: [LeftOut] {
        let order = Dictionary(
            uniqueKeysWithValues: LeftOut.Reason.allCases.enumerated().map { ($1, $0) })
        return counts.map { key, entry in
            LeftOut(
                reason: key.reason, detail: key.detail, count: entry.count,
                examples: entry.examples)
        }.sorted {
            (order[$0.reason] ?? 0, $0.detail) < (order[$1.reason] ?? 0, $1.detail)
        }
    }
}

extension Sequence<LeftOut> {
    /// The same with the entries of each reason together.
    package var merged: [LeftOut] {
        var counter = LeftOutCounter()
        counter.add(self)
        return counter.all
    }

    /// All of them in one short sentence: "9 files left out: 6 AppleDouble files ..., 2 links ...";
    /// nil for none.
    package var summary: String? {
        let parts = merged
        let total = parts.reduce(0) { $0 + $1.count }
        guard total > 0 else { return nil }
        let shown = parts.sorted { $0.count > $1.count }.prefix(4).map(\.description)
        let more = parts.count > shown.count ? " and others" : ""
        return "\(total) \(total == 1 ? "entry" : "entries") left out: "
            + shown.joined(separator: ", ") + more
    }
}
