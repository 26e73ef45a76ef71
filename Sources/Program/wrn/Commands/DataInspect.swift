// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNAudit
import WRNDatasets
import WRNDialects
import WRNEngine
import WRNFetch
import WRNFiles
import WRNImages
import WRNInference
import WRNModel
import WRNReport
import WRNTensorFiles
import WRNText

/// `wrn data inspect`: decodes and counts every image of a data set.
struct DataInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Decode every image of a data set, and report what is there and what is wrong.",
        usage: usageText(
            """
            wrn data inspect <source> [--html <page>] [--export-list <file>] [--quick] [--sheet \
            <file>] [--json] [options]
            """),
        discussion: """
            Counts the images of each class and split, their sizes and formats, measures their \
            channels' means and deviations, and names the files that are broken; with such files \
            the exit code is 1. Every other file, link or folder is counted under the reason why \
            it is no image of the data set; 16-bit grey that is clipped, images that are damaged \
            in part, and classes that are too small are named, too.

            The audit compares all images of all splits: copies, also compressed, resized, \
            brightened or mirrored ones, across splits, with different labels, and within a split; \
            labels that a small model contradicts, which was fitted on the features of other \
            images; images far from all classes, blank and grey ones, and odd sizes. --html writes \
            a page with the pictures.

            --export-list writes the names of images to leave out, one in each line, which \
            'wrn train --exclude FILE' takes. Doubtful labels stand in it as comments, for a look \
            to decide, unless --leave-out has them.
            """)

    @Argument(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(
        help: ArgumentHelp(
            "Write a page with the pictures of what the audit found: one file, without scripts.",
            valueName: "page"))
    var html: String?

    @Option(
        help: ArgumentHelp(
            "Write the names of the images to leave out.", valueName: "file"))
    var exportList: String?

    @Option(
        help: ArgumentHelp(
            "What --export-list leaves out: broken, blank, copies, labels (default: "
                + "broken,blank,copies).", valueName: "kinds"),
        transform: LeaveOutKinds.init(argument:))
    var leaveOut: LeaveOutKinds?

    @Flag(help: "Leave out what needs a model: doubtful labels and images far from all classes.")
    var quick = false

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

    @OptionGroup var exclusion: ExclusionOption

    @OptionGroup(title: "The model whose features are compared") var weights: WeightsOptions

    @OptionGroup(title: "Image files") var files: FileOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let sheet { try checkPNG("--sheet", sheet) }
        if leaveOut != nil, exportList == nil {
            throw ValidationError("--leave-out goes with --export-list, which names the file")
        }
        if quick, let leaveOut, leaveOut.kinds.contains(.label) {
            throw ValidationError(
                "--quick finds no doubtful labels, so --leave-out labels makes no sense with it; "
                    + "leave one of them out")
        }
        if quick, WeightsSource(weights.weights) != .bundled {
            throw ValidationError("--quick uses no model, so --weights makes no sense with it")
        }
        guard outputs.areDistinct else {
            throw ValidationError(
                "--html, --export-list and --sheet name the same file; name different ones")
        }
    }

    /// The files that are written.
    private var outputs: OutputPlaces {
        OutputPlaces(["--html": html, "--export-list": exportList, "--sheet": sheet])
    }

    func run() throws {
        let outputs = self.outputs
        try outputs.check(reading: [data, exclusion.exclude, quick ? nil : weights.place])
        // A place that cannot be written to is reported before the work.
        for path in [html, exportList, sheet].compactMap(\.self) { _ = try Spool(for: path) }
        let status = StatusLine()
        Interruption.listen()
        let splits = try splits(status)
        for (_, images) in splits { try outputs.check(reading: images) }
        let collector = try AuditCollector(
            of: splits,
            features: quick
                ? nil : AuditFeatures.prepared(weights.network(for: .features), device: .cpu()))
        let inspections = try splits.enumerated().map { number, part in
            let (split, images) = part
            let total = Numbers.grouped(images.count)
            return try SplitInspection(
                of: images, split,
                progress: { done in
                    status.show("\(split.rawValue): \(Numbers.grouped(done)) of \(total) images")
                },
                isCancelled: { Interruption.isRequested },
                visit: { index, image in collector.add(image, index, ofSplit: number) })
        }
        let audit = try collector.audit(
            inspections,
            progress: { step, done, total in
                switch step {
                case .comparing:
                    status.show(
                        "comparing: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
                case .checkingLabels: status.show("checking labels")
                }
            },
            isCancelled: { Interruption.isRequested })
        try write(audit, splits.map(\.1), status)
        status.clear()
        let report = InspectionReport(
            source: data, splits: inspections,
            leftOut: ImageFolderReport.leftOut(
                of: splits.compactMap { ($0.1 as? ImageFiles)?.report }),
            audit: AuditReport(
                audit: audit, source: data, page: html, list: exportList,
                leaveOut: leaveOut ?? .usual))
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

    /// Writes the page and the list.
    private func write(
        _ audit: DataAudit, _ images: [any ImageSet], _ status: StatusLine
    ) throws {
        if let html {
            status.show("writing \(html)")
            let page = try AuditPage(audit, source: data, images: images)
                .html(isCancelled: { Interruption.isRequested })
            try AtomicFile<FileError>.write(page, to: html)
        }
        if let exportList {
            try AtomicFile<FileError>.write(
                ExclusionText.text(audit, source: data, leaveOut ?? .usual), to: exportList)
        }
    }

    /// The splits that the source has, each once.
    private func splits(_ status: StatusLine) throws -> [(Split, any ImageSet)] {
        let source = DataSource(
            data,
            options: files.options(
                height: imageSize?.height ?? 224, width: imageSize?.width ?? 224)
        ).excluding(try exclusion.list())
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
                // Another failure is of a split that is there, and defective.
                guard error.code == .noSplit else { throw error }
                failure = failure ?? error
            }
        }
        status.clear()
        if found.isEmpty, let failure { throw failure }
        for (_, images) in found { try files.check(for: images, imageSize: imageSize) }
        return found
    }
}
