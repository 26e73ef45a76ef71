// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNFetch
import WRNFiles
import WRNImages
import WRNTensorFiles
import WRNText

/// `wrn data inspect`: decodes and counts every image of a data set.
struct DataInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Decode every image of a data set, and report what is there.",
        usage: "wrn data inspect <source> [--sheet <file>] [--json] [options]",
        discussion: """
            Counts the images of each class and split, their sizes and formats, measures their \
            channels' means and deviations, and names the files that are broken; with such files \
            the exit code is 1. Every other file, link or folder is counted under the reason why \
            it is no image of the data set; 16-bit grey that is clipped, images that are damaged \
            in part, and classes that are too small are named, too.
            """)

    @Argument(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(
        help: ArgumentHelp(
            "Write a picture with some training images, a row for each class: a .png file.",
            valueName: "file"))
    var sheet: String?

    @Option(
        help: ArgumentHelp(
            "The rows and columns to which image files are resized before they are measured "
                + "(default: 224).",
            valueName: "N|HxW"),
        transform: ImageSize.init(argument:))
    var imageSize: ImageSize?

    @OptionGroup(title: "Image files") var files: FileOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let sheet { try checkPNG("--sheet", sheet) }
    }

    func run() throws {
        let status = StatusLine()
        Interruption.listen()
        var inspections: [SplitInspection] = []
        let splits = try splits(status)
        for (split, images) in splits {
            let total = Numbers.grouped(images.count)
            inspections.append(
                try SplitInspection(
                    of: images, split,
                    progress: { done in
                        status.show(
                            "\(split.rawValue): \(Numbers.grouped(done)) of \(total) images")
                    },
                    isCancelled: { Interruption.isRequested }))
        }
        status.clear()
        let report = InspectionReport(
            source: data, splits: inspections,
            leftOut: ImageFolderReport.leftOut(
                of: splits.compactMap { ($0.1 as? ImageFiles)?.report }))
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
        if let sheet, let images = splits.first?.1 {
            let page = try ClassSheet(images).page()
            try AtomicFile<FileError>.write(try page.png(), to: sheet)
        }
        if inspections.contains(where: { !$0.broken.isEmpty }) {
            throw ExitCode(ExitReport.Code.failure)
        }
    }

    /// The splits that the source has, each once.
    private func splits(_ status: StatusLine) throws -> [(Split, any ImageSet)] {
        let source = DataSource(
            data,
            options: files.options(
                height: imageSize?.height ?? 224, width: imageSize?.width ?? 224))
        var found: [(Split, any ImageSet)] = []
        var failure: DataError?
        for split in [Split.train, .validation, .test] {
            status.show("reading \(source)")
            do throws(DataError) {
                let images = try source.load(split) { progress in
                    status.show(
                        "downloading \(progress.file): \(Numbers.bytes(progress.receivedByteCount))"
                    )
                }
                guard let files = images as? ImageFiles else {
                    // Data sets of arrays have no validation images.
                    if split != .validation { found.append((split, images)) }
                    continue
                }
                // A folder with test images only returns them for validation, too.
                let holds = files.split ?? split
                if !found.contains(where: { $0.0 == holds }) { found.append((holds, files)) }
            } catch {
                guard error.code == .notFound else { throw error }
                failure = failure ?? error
            }
        }
        status.clear()
        if found.isEmpty, let failure { throw failure }
        return found
    }
}
