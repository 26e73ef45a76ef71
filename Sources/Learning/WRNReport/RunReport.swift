// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNInference
import WRNInspect
import WRNModel
public import WRNRuns

/// The report of a run: one page of HTML that holds everything it shows, and asks for nothing from anywhere.
///
///     let run = try RunRecord(readingFrom: "runs/first")
///     let findings = try RunFindings(of: run, images: validationImages)
///     let page = try RunReport(run, findings: findings).html
///
/// It needs no scripts, fits telephones and desks, is dark where the reader wants it, and prints. Equal runs with equal findings give
/// equal bytes.
public struct RunReport: Sendable {
    /// The name of the report's file in the run's directory.
    public static let fileName = "report.html"

    let run: RunRecord
    let findings: RunFindings?
    let configuration: TrainingConfiguration
    let graph: Graph

    /// Collects what the report shows.
    ///
    /// - Parameter findings: What the run's model does; nil for a run that has not saved one yet.
    /// - Throws: A `TrainingError` when the run's configuration is none, a `GraphError` when its network cannot be.
    public init(_ run: RunRecord, findings: RunFindings?) throws {
        self.run = run
        self.findings = findings
        configuration = try run.trainingConfiguration()
        graph = try Classifier.graph(for: configuration.model)
    }

    /// The page.
    public var html: String {
        let title = "\(run.network) on \(configuration.data.name)"
        let head: [Markup] = [
            .tag("meta", ["charset": "utf-8"]),
            .tag(
                "meta",
                [
                    "http-equiv": "Content-Security-Policy",
                    "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
                ]),
            .tag(
                "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
            .tag("title", text: title + ": report of a training run"),
            .tag("style", [:], [.trusted(Stylesheet.text)]),
        ]
        return "<!DOCTYPE html>\n"
            + Markup.tag(
                "html", ["lang": "en"],
                [
                    .tag("head", [:], head),
                    .tag("body", [:], [.tag("main", [:], [header(title)] + sections)]),
                ]
            ).rendered
    }

    private func header(_ title: String) -> Markup {
        .tag(
            "header", [:],
            [.tag("h1", text: title), .tag("p", ["class": "pale"], text: standing)]
                + [HeadlineFigures(report: self).list])
    }

    /// How far the run is, in a sentence.
    private var standing: String {
        let done = run.records.count
        let epochs = FigureText.counted(run.epochs, "epoch")
        switch run.state {
        case .finished:
            return "A finished run of \(epochs), seed \(run.seed)."
        case .stopped, .training:
            let what =
                run.state == .training
                ? "A run that was being trained when this was written"
                : "A run that was stopped and can be resumed"
            return "\(what): \(done.grouped) of \(epochs) complete, seed \(run.seed)."
        }
    }

    private var sections: [Markup] {
        let ofModel =
            findings.map { findings in
                [
                    ConfusionSection(evaluation: findings.evaluation).section,
                    ClassSection(evaluation: findings.evaluation).section,
                    CalibrationSection(evaluation: findings.evaluation).section,
                    MistakeSection(findings: findings).section,
                ]
            } ?? []
        return [CurveSection(records: run.records, split: run.evaluatedSplit).section] + ofModel + [
            NetworkSection(name: run.network, graph: graph).section,
            SettingSection(settings: run.settings).section,
            ReproductionSection(run: run, findings: findings).section,
        ]
    }
}
