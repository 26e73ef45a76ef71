// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNDialects
import WRNEngine
import WRNFetch
import WRNFiles
import WRNImages
import WRNInference
import WRNModel
import WRNReport
import WRNText

/// `wrn explain`: maps of the parts of images that answers rest on.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show which parts of images speak for a class.",
        usage: usageText(
            """
            wrn explain [--weights DIR|FILE] IMAGE|FOLDER|ARCHIVE|- ... -o PAGE.html|DIR \
            [--method cam|grad-cam|occlusion] [--class NAME] [--layer NAME] [--json] [options]
            """),
        discussion: """
            cam is the class activation map: exactly what the linear head adds up at each position \
            of the last feature map. grad-cam weighs the channels of any layer by the gradients of \
            the class's logit. occlusion covers one square after the other and measures how much \
            the logit falls: slow, and true of any network.

            Files are found, resized and cropped as in 'wrn predict', and maps lie over the \
            picture as it was before. -o names a page, which is one file, or a directory of \
            pictures called FILE.explained.png; --json writes the numbers. A file that is no image \
            is named on the standard error, the others are explained, and the exit code is 1.
            """)

    /// A way to compute maps, by its usual name.
    enum Method: String, ExpressibleByArgument, CaseIterable {
        case cam
        case gradCAM = "grad-cam"
        case occlusion
    }

    @OptionGroup var weights: WeightsOptions

    @Argument(help: ArgumentHelp("Image files, folders, archives, or -.", valueName: "input"))
    var inputs: [String]

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The page to write (.html), or a directory for pictures.", valueName: "page|dir"))
    var output: String?

    @Option(help: "cam, grad-cam or occlusion (default: cam; with --layer grad-cam).")
    var method: Method?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "The class to map, by its name or number (default: each image's likeliest).",
            valueName: "name"))
    var className: String?

    @Option(
        help: ArgumentHelp(
            "With grad-cam, the layer as in 'wrn summary' (default: the last with positions).",
            valueName: "name"))
    var layer: String?

    @Option(
        help: ArgumentHelp(
            "With occlusion, the side of a square in pixels of the network's input (default: a "
                + "quarter of it).", valueName: "pixels"))
    var side: Int?

    @Option(
        help: ArgumentHelp(
            "With occlusion, the pixels from a square to the next (default: half a side).",
            valueName: "pixels"))
    var step: Int?

    @Option(help: "How many classes to show for each image.")
    var top = 5

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Flag(help: "Leave out files that are no images, and end with the exit code 0 all the same.")
    var skipBroken = false

    @OptionGroup(title: "Image files") var limits: PixelLimitOption

    @OptionGroup var format: OutputOptions

    private var chosenMethod: Method { method ?? (layer == nil ? .cam : .gradCAM) }

    /// Endings of files that it does not write: whoever names one means no directory.
    private static let fileEndings = [
        ".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".pdf", ".json", ".csv", ".npy",
    ]

    private var writesPage: Bool {
        output?.lowercased().hasSuffix(".html") ?? false
            || output?.lowercased().hasSuffix(".htm") ?? false
    }

    func validate() throws {
        try checkOption("--top", top, isIn: 1...Int.max)
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--side", side, isIn: 1...65_536)
        try checkOption("--step", step, isIn: 1...65_536)
        if output == nil, !format.json {
            throw ValidationError(
                "name a page or a directory with -o, for example -o page.html, or write the "
                    + "numbers with --json")
        }
        if let output, let ending = Self.fileEndings.first(where: output.lowercased().hasSuffix) {
            throw ValidationError(
                "expected a directory for pictures or a page that ends in .html after -o, found a "
                    + "name that ends in \(ending); name a directory, which gets a picture of each "
                    + "image")
        }
        if layer != nil, chosenMethod != .gradCAM {
            throw ValidationError(
                "--layer goes with --method grad-cam, not \(chosenMethod.rawValue)")
        }
        if side != nil || step != nil, chosenMethod != .occlusion {
            throw ValidationError(
                "--side and --step go with --method occlusion, not \(chosenMethod.rawValue)")
        }
    }

    func run() throws {
        try checkDirectory()
        var files = ImageList(limits: limits.imageLimits)
        for input in inputs { try files.append(argument: input, isOnly: inputs.count == 1) }
        if writesPage, files.count > ExplanationPage.maximumCount {
            throw ValidationError(
                "a page holds up to \(ExplanationPage.maximumCount) images, not "
                    + "\(Numbers.grouped(files.count)); name a directory with -o")
        }
        DataNotes.write(files)
        try weights.announceModel()
        let network = try weights.network(for: .answers)
        let explainer = try Explainer(
            network, method: libraryMethod, device: .cpu(threads: threads))
        try explainer.description.checkPhotographs()
        let chosen = try className.map { try explainer.classIndex(of: $0) }
        try makeDirectory()
        Interruption.listen()
        var job = ExplanationJob(
            output: output, writesPage: writesPage, writesJSON: format.json, top: top,
            page: ExplanationPage(
                title: "\(explainer.description.architecture): what speaks for a class",
                method: sentence))
        let failures = try explain(files, explainer, chosen, &job)
        // Programs read the errors in the JSON, also where there is nothing else.
        if failures < files.count || format.json {
            try job.finish(explainer, method: chosenMethod.rawValue, layer: layer)
        }
        if failures == files.count || failures > 0 && !skipBroken {
            throw ExitCode(ExitReport.Code.failure)
        }
    }

    /// The directory for pictures; nil for a page, and for numbers alone.
    private var directory: String? { writesPage ? nil : output }

    /// Refuses a file in the place of the directory, before the work.
    private func checkDirectory() throws {
        var isDirectory: ObjCBool = false
        guard let directory,
            FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory),
            !isDirectory.boolValue
        else { return }
        throw ValidationError(
            "expected a directory for pictures or a page that ends in .html after -o, found the "
                + "file \(directory); name another")
    }

    private func makeDirectory() throws {
        guard let directory else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw FileError(
                FileFault(
                    code: .cannotWrite, file: directory, byteOffset: nil,
                    sentence: "cannot create the directory (\(error.localizedDescription)); name "
                        + "another"))
        }
    }

    /// Explains all files.
    ///
    /// - Returns: The number of files that are no images.
    private func explain(
        _ files: ImageList, _ explainer: Explainer, _ chosen: Int?, _ job: inout ExplanationJob
    ) throws -> Int {
        let status = StatusLine()
        defer { status.clear() }
        var failures = 0
        try explainer.explain(
            files, classIndex: chosen, isCancelled: { Interruption.isRequested }
        ) { index, answer in
            switch answer {
            case .success(let (image, explanation)):
                try job.append(image, explanation, title: files.title(of: index))
            case .failure(let error):
                failures += 1
                job.append(error: error.message, title: files.title(of: index))
                status.clear()
                StandardError.write(
                    "wrn: \(skipBroken ? "left out" : "error"): \(error.message)\n")
            }
            status.show(
                "explaining: \(Numbers.grouped(index + 1)) of \(Numbers.grouped(files.count)) "
                    + "images")
        }
        return failures
    }

    private var libraryMethod: Explainer.Method {
        switch chosenMethod {
        case .cam: .activations
        case .gradCAM: .gradients(layer: layer)
        case .occlusion: .occlusion(side: side, step: step)
        }
    }

    private var sentence: String {
        switch chosenMethod {
        case .cam:
            "Class activation maps: what the linear head adds up at each position of the last "
                + "feature map."
        case .gradCAM:
            "Grad-CAM at \(layer ?? "the last feature map"): channels weighed by the gradients of "
                + "the class's logit."
        case .occlusion:
            "Occlusion: how much the class's logit falls where a square is covered."
        }
    }
}

/// Collects explanations and writes them as a page, pictures or JSON.
struct ExplanationJob {
    let output: String?
    let writesPage: Bool
    let writesJSON: Bool
    let top: Int
    var page: ExplanationPage
    private var reports: [ExplanationReport] = []
    private var names: Set<String> = []
    private var count = 0

    init(
        output: String?, writesPage: Bool, writesJSON: Bool, top: Int, page: ExplanationPage
    ) {
        self.output = output
        self.writesPage = writesPage
        self.writesJSON = writesJSON
        self.top = top
        self.page = page
    }

    /// Adds an image.
    mutating func append(_ image: PixelImage, _ explanation: Explanation, title: String) throws {
        count += 1
        var report = ExplanationReport(file: title)
        report.predictions = Array(explanation.predictions.prefix(top))
        report.classIndex = explanation.classIndex
        report.className = explanation.className
        report.logit = explanation.logit
        report.map = explanation.map
        if writesPage {
            try page.append(image, explanation, title: title, top: top)
        } else if let output {
            let path = output + "/" + name(for: title)
            try AtomicFile<FileError>.write(explanation.overlay(on: image).png(), to: path)
            report.picture = path
        }
        if writesJSON { reports.append(report) }
    }

    /// Adds a file that is no image.
    mutating func append(error: String, title: String) {
        var report = ExplanationReport(file: title)
        report.error = error
        if writesJSON { reports.append(report) }
    }

    /// Writes the page, unless it has no image, and what there is to say.
    func finish(_ explainer: Explainer, method: String, layer: String?) throws {
        if writesPage, count > 0, let output {
            try AtomicFile<FileError>.write(page.html, to: output)
        }
        if writesJSON {
            let list = ExplanationList(
                architecture: explainer.description.architecture, method: method, layer: layer,
                images: reports, weights: explainer.reading)
            try StandardOutput.write(jsonText(list))
        } else if let output {
            try StandardOutput.write(
                "\(output): \(Numbers.counted(count, "image")) explained by \(method)\n")
        }
    }

    /// A name that no other picture has.
    private mutating func name(for title: String) -> String {
        let last = title.split(separator: "/").last ?? "image"
        var (name, number) = ("", 0)
        repeat {
            number += 1
            name = SortedImages.name(last, number, ending: ".explained.png")
        } while !names.insert(name).inserted
        return name
    }
}

/// The JSON of `wrn explain --json`.
struct ExplanationList: Encodable {
    let architecture: String
    let method: String
    let layer: String?
    let images: [ExplanationReport]
    /// The notes and assumptions about another program's weights.
    let weights: WeightsReading?
}

/// The explanation of one image.
struct ExplanationReport: Encodable {
    let file: String
    var predictions: [Prediction] = []
    var classIndex: Int?
    var className: String?
    var logit: Float?
    var map: SaliencyMap?
    /// The picture with the map over it, where it is written.
    var picture: String?
    /// The error, where there is no map.
    var error: String?

    init(file: String) {
        self.file = file
    }
}
