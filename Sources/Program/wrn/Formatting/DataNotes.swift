// SPDX-License-Identifier: Apache-2.0

import WRNData

/// What commands that use images say of the data besides their results, on the standard error.
enum DataNotes {
    /// The entries that were left out of a folder or an archive, in one line, and what else was found in it.
    static func write(_ images: any ImageSet, source: String) {
        guard let report = (images as? ImageFiles)?.report else { return }
        write(lines(report, source: source))
    }

    /// The entries that were left out of the folders that were named.
    static func write(_ files: ImageList) {
        if let summary = files.leftOut.summary { write([summary]) }
    }

    /// What was seen of the files themselves while they were decoded.
    static func writeRemarks(_ images: any ImageSet) {
        if let files = images as? ImageFiles { write(files.remarks.newSentences()) }
    }

    /// What was seen of the files themselves while they were decoded.
    static func writeRemarks(_ files: ImageList) { write(files.remarks.newSentences()) }

    /// The same for a command that writes them itself.
    static func lines(_ report: ImageFolderReport, source: String) -> [String] {
        let summary = report.summary.map {
            "\($0); 'wrn data inspect \(shellWord(source))' lists them"
        }
        return [summary].compactMap(\.self) + report.notes
    }

    private static func write(_ lines: [String]) {
        for line in lines { StandardError.write("wrn: \(line)\n") }
    }
}
