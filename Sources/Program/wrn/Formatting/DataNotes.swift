// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNText

/// Notes on the data, besides the results, on the standard error.
enum DataNotes {
    /// Writes the summary of the entries that were left out of a folder or an archive, and its
    /// other notes.
    static func write(_ images: any ImageSet, source: String) {
        guard let report = (images as? ImageFiles)?.report else { return }
        write(lines(report, source: source))
    }

    /// Writes the summary of the entries that were left out of named folders.
    static func write(_ files: ImageList) {
        if let summary = files.leftOut.summary { write([summary]) }
    }

    /// Writes the remarks of the decoders.
    static func writeRemarks(_ images: any ImageSet) {
        if let files = images as? ImageFiles { write(files.remarks.newSentences()) }
    }

    /// Writes the remarks of the decoders.
    static func writeRemarks(_ files: ImageList) { write(files.remarks.newSentences()) }

    /// The notes on a data set, for commands that write them elsewhere.
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
