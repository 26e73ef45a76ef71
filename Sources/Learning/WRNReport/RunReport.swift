// SPDX-License-Identifier: Apache-2.0

public import WRNDatasets
public import WRNEngine
public import WRNFetch
import WRNFiles
import WRNGraph
import WRNInference
import WRNModel
public import WRNPlan
public import WRNRuns
import WRNTensorFiles
import WRNText

/// The report of a run: one self-contained page of HTML.
///
///     try RunReport.write(of: "runs/first")  // runs/first/report.html
///
/// It has no scripts, fits small and large screens, follows the reader's dark mode, and prints.
/// Equal runs with equal findings give equal bytes.
public struct RunReport: Sendable {
    /// The name of the report's file in the run's directory.
    public static let fileName = "report.html"

    let run: RunRecord
    let findings: RunFindings?
    let configuration: TrainingConfiguration
    let graph: Graph

    /// Collects what the report shows.
    ///
    /// - Parameter findings: The evaluation of the run's model; nil for a run without a saved
    ///   model.
    /// - Throws: A `TrainingError` when the run's configuration is none, a `GraphError` when its
    ///   network is invalid.
    package init(_ run: RunRecord, findings: RunFindings?) throws {
        self.run = run
        self.findings = findings
        configuration = try run.trainingConfiguration()
        graph = try configuration.model.graph()
    }

    /// The page.
    public var html: String {
        let title = "\(run.network) on \(configuration.data.name)"
        return "<!DOCTYPE html>\n"
            + Markup.tag(
                "html", ["lang": "en"],
                [
                    .tag("head", [:], Self.head(title + ": report of a training run")),
                    .tag("body", [:], [.tag("main", [:], [header(title)] + sections)]),
                ]
            ).rendered
    }

    /// The head of a page without scripts and other files.
    static func head(_ title: String) -> [Markup] {
        [
            .tag("meta", ["charset": "utf-8"]),
            .tag(
                "meta",
                [
                    "http-equiv": "Content-Security-Policy",
                    "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
                ]),
            .tag(
                "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
            .tag("title", text: title),
            .tag("style", [:], [.trusted(Stylesheet.text)]),
        ]
    }

    private func header(_ title: String) -> Markup {
        let lines: [Markup] = [
            .tag("h1", text: title), .tag("p", ["class": "pale"], text: standing),
        ]
        return .tag("header", [:], lines + warning + [HeadlineFigures(report: self).list])
    }

    /// The warning about the images of the evaluation, where there is one.
    private var warning: [Markup] {
        guard let warning = findings?.warning else { return [] }
        return [.paragraph("Warning: \(warning).")]
    }

    /// The state of the run, in a sentence.
    private var standing: String {
        let done = run.records.count
        let epochs = Numbers.counted(run.epochs, "epoch")
        switch run.state {
        case .finished:
            guard run.isStoppedEarly, let best = run.best else {
                return "A finished run of \(epochs), seed \(run.seed)."
            }
            return "A finished run, ended by early stopping after \(Numbers.grouped(done)) of "
                + "\(epochs), with the model of epoch \(Numbers.grouped(best.epoch)), seed "
                + "\(run.seed)."
        case .stopped, .training:
            let what =
                run.state == .training
                ? "A run that was being trained when this was written"
                : "A run that was stopped and can be resumed"
            return "\(what): \(Numbers.grouped(done)) of \(epochs) complete, seed \(run.seed)."
        }
    }

    private var sections: [Markup] {
        let ofModel =
            findings.map { findings in
                [
                    ConfusionSection(evaluation: findings.evaluation).section,
                    ClassSection(evaluation: findings.evaluation).section,
                    CalibrationSection(
                        evaluation: findings.evaluation, calibration: findings.calibration
                    ).section,
                    MistakeSection(findings: findings).section,
                ]
            } ?? []
        return [CurveSection(records: run.records, split: run.evaluatedSplit).section] + ofModel + [
            NetworkSection(name: run.network, graph: graph).section,
            SettingSection(settings: run.settings).section,
            ReproductionSection(
                run: run, findings: findings, earlierLengths: run.earlierLengths(of: configuration)
            ).section,
        ]
    }
}

extension RunReport {
    /// Writes the report of a run, and atomically replaces an older one.
    ///
    /// The model of the last save is evaluated on the validation images. The report of a run
    /// without a model has no evaluation.
    ///
    /// - Parameters:
    ///   - directory: The run's directory.
    ///   - images: The run's validation images; nil to load them from the run's source, which a run
    ///     on a set of one's own does not have.
    ///   - source: The source of `images`; nil for the source in the run's configuration.
    ///   - file: The path of the report; nil for `report.html` in the directory.
    ///   - device: The device to compute on, in the run's precision.
    ///   - progress: Called with the numbers of classified and of all images.
    ///   - isCancelled: Called before each batch; true stops the evaluation. The default follows
    ///     the current task.
    /// - Returns: The path of the report.
    /// - Throws: A `TrainingError` when there is no run or it is damaged, a `CheckpointError` when
    ///   the model is damaged, a `DataError` for images that cannot be read, a `FileError` when the
    ///   report cannot be written, and what the evaluation of the model throws; then nothing is
    ///   written.
    @discardableResult
    public static func write(
        of directory: String, images: (any ImageSet)? = nil, source: String? = nil,
        to file: String? = nil, device: Device = .cpu(),
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        isCancelled: () -> Bool = { Task.isCancelled }
    ) throws -> String {
        let run = try RunRecord(readingFrom: directory)
        var findings: RunFindings?
        if run.hasModel {
            let images = try images ?? run.validationImages(from: source)
            findings = try RunFindings(
                of: run, images: images, source: source, device: device,
                progress: { progress($0, images.count) }, isCancelled: isCancelled)
        }
        let page = try RunReport(run, findings: findings).html
        let path = file ?? (directory.hasSuffix("/") ? directory : directory + "/") + fileName
        try AtomicFile<FileError>.write(page, to: path)
        return path
    }
}

extension RunRecord {
    /// Loads the images that the run evaluates after each epoch, as many of them as the run takes.
    ///
    /// - Parameters:
    ///   - source: A known data set's name or a path, in place of the source in the run's
    ///     configuration.
    ///   - progress: Called with a download's progress, on another thread.
    /// - Throws: A `TrainingError` when the run's configuration is none or its list of images that
    ///   are left out is another, a `DataError` for images that cannot be read.
    public func validationImages(
        from source: String? = nil, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws -> any ImageSet {
        let configuration = try trainingConfiguration()
        let images = try configuration.source(at: source)
            .load(.validation, progress: progress)
        return configuration.data.limit.map(images.prefix) ?? images
    }
}
