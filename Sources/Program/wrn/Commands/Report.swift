// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNFetch
import WRNPlan
import WRNReport
import WRNRuns
import WRNText

/// `wrn report`: writes the report of a run.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a page about a run: figures, curves, confusions, mistakes, configuration.",
        usage: "wrn report DIR [--data SOURCE] [--output FILE] [--threads N]",
        discussion: """
            The page is one file of HTML that needs no other and no network. The model that the \
            run has saved is evaluated on the run's validation images. A run that is not finished, \
            or trained at this moment, gets a page of what there is so far.
            """)

    @Argument(help: ArgumentHelp("The run's directory.", valueName: "dir"))
    var directory: String

    @Option(
        help: ArgumentHelp(
            "Where the run's images are now (default: where they were in training).",
            valueName: "source"))
    var data: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file to write (default: report.html in the directory).", valueName: "file"))
    var output: String?

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    func validate() throws {
        try checkOption("--threads", threads, isIn: 1...1024)
    }

    func run() throws {
        let status = StatusLine()
        let record = try RunRecord(readingFrom: directory)
        let outputs = OutputPlaces(["--output": output])
        try outputs.check(reading: [data ?? record.source])
        let images = record.hasModel ? try load(record, status) : nil
        if let images {
            try outputs.check(reading: images)
            let configuration = try record.trainingConfiguration()
            if let warning = configuration.warning(
                aboutDrawn: images, at: data, of: directory)
            {
                StandardError.write("wrn: warning: \(warning)\n")
            }
        }
        Interruption.listen()
        let path = try RunReport.write(
            of: directory, images: images, source: data, to: output,
            device: .cpu(threads: threads),
            progress: { done, total in
                status.show(
                    "evaluating: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
            },
            isCancelled: { Interruption.isRequested })
        status.clear()
        try StandardOutput.write("\(path)\n")
    }

    private func load(_ record: RunRecord, _ status: StatusLine) throws -> any ImageSet {
        status.show("reading \(data ?? record.source)")
        defer { status.clear() }
        try record.checkExclusion()
        return try record.validationImages(from: data) { progress in
            status.show(
                "downloading \(progress.file): \(Numbers.bytes(progress.receivedByteCount)) of "
                    + Numbers.bytes(progress.totalByteCount))
        }
    }
}

extension RunRecord {
    /// Refuses a run whose list of images that are left out is not where it was, and says how the
    /// new place is noted.
    func checkExclusion() throws {
        do {
            _ = try trainingConfiguration().exclusion()
        } catch let error as DataError where error.code == .notFound {
            throw BrokenFileError(
                error,
                advice: "it has the images that the run leaves out; if the same list is elsewhere "
                    + "now, 'wrn train --resume \(shellWord(path)) --exclude LIST' notes the new "
                    + "place")
        }
    }
}
