// SPDX-License-Identifier: Apache-2.0

import WRNText

/// A report on a folder or an archive of images: what was left out, and what may be unexpected.
package struct ImageFolderReport: Hashable, Sendable {
    /// The folder or the archive.
    package let source: String
    /// The folder in it whose subfolders are the classes; empty for `source` itself.
    package let folder: String
    /// Which split the images are; nil for all images of a folder without splits.
    package internal(set) var split: Split?
    /// Whether the split was drawn by chance from one folder.
    package internal(set) var isDrawn = false
    /// The entries that are no images in the split's folder, or in that of both splits where these
    /// are drawn from one.
    package internal(set) var leftOut: [LeftOut] = []
    /// The entries that are no images beside and above the splits' folders, the same for all
    /// splits.
    package internal(set) var leftOutBeside: [LeftOut] = []
    /// Folders that lead back to one above them.
    package internal(set) var loops: [String] = []
    /// Folders without images, by name; permitted by an option.
    package internal(set) var emptyClasses: [String] = []
    /// Folders beside those of the splits.
    package internal(set) var ignoredFolders: [String] = []
    /// Classes whose folders here are written in another Unicode form than in the first split, by
    /// name.
    package internal(set) var respelledClasses: [String] = []

    /// The folder below `source` that was taken for it because nothing else is in it; empty for
    /// none.
    package internal(set) var enteredFolder = ""

    init(source: String, folder: String) {
        self.source = source
        self.folder = folder
    }

    /// Images that lie beside the class folders, and so have no class.
    package var imagesWithoutClass: Int { count(.withoutClass) }

    /// Files that are no images by their names.
    package var otherFiles: Int { count(.noImage) }

    /// Links, devices and the like in an archive.
    package var links: Int { count(.archiveLink) }

    /// Images of formats that are not read, by format, or by extension where the content is
    /// unknown.
    package var unreadImages: [String: Int] {
        Dictionary(
            (leftOut + leftOutBeside).filter { $0.reason == .otherFormat }
                .map {
                    ($0.detail.hasPrefix(".") ? String($0.detail.dropFirst()) : $0.detail, $0.count)
                },
            uniquingKeysWith: +)
    }

    /// How many entries were left out for a reason.
    package func count(_ reason: LeftOut.Reason) -> Int {
        (leftOut + leftOutBeside).reduce(0) { $0 + ($1.reason == reason ? $1.count : 0) }
    }

    /// Notes besides what was left out, one sentence each; empty when nothing is unusual.
    package var notes: [String] {
        var notes: [String] = []
        func say(_ what: String, _ names: [String]) {
            if !names.isEmpty { notes.append("\(what): \(names.count) (\(listed(names)))") }
        }
        if !enteredFolder.isEmpty {
            notes.append("the data set is the folder '\(printable(enteredFolder))' in it")
        }
        say("classes without images", emptyClasses)
        say("folders that lead back to one above them, left out", loops)
        say(
            "class folders whose names have the same letters as in the first split, in another "
                + "Unicode form (NFC, NFD)",
            respelledClasses)
        return notes
    }

    /// All notes, one sentence each, with those on what was left out; empty when nothing is
    /// unusual.
    package var sentences: [String] {
        (leftOut + leftOutBeside).merged.map { part in
            part.description + ", left out" + (part.advice.map { "; \($0)" } ?? "")
        } + notes
    }

    /// How many entries were left out.
    package var leftOutCount: Int { (leftOut + leftOutBeside).reduce(0) { $0 + $1.count } }

    /// What was left out of a data set, each entry once, from the reports of its splits.
    package static func leftOut(of reports: [ImageFolderReport]) -> [LeftOut] {
        var seen: Set<String> = []
        let own = reports.filter { seen.insert($0.folder).inserted }.flatMap(\.leftOut)
        return (own + (reports.first?.leftOutBeside ?? [])).merged
    }

    /// How to keep the levels of grey of 16 bits.
    package static var clippedGreyAdvice: String { ImageRemarks.clippedAdvice }

    /// What was left out in one short sentence; nil where nothing was.
    package var summary: String? { (leftOut + leftOutBeside).summary }
}

/// The first few of some names, as a sentence lists them.
func listed(_ names: [String]) -> String {
    let shown = names.prefix(5).map { "'\(printable($0))'" }.joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
}
