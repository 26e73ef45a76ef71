// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNGraph
import WRNInference
import WRNRuns
import WRNText

/// The page's most important figures.
struct HeadlineFigures {
    let report: RunReport

    private typealias Figure = (name: String, value: String, note: String)

    /// The figures as a list of names and values.
    var list: Markup {
        .tag(
            "dl", ["class": "figures"],
            figures.map { figure in
                .tag(
                    "div", [:],
                    [.tag("dt", text: figure.name), .tag("dd", text: figure.value)]
                        + (figure.note.isEmpty
                            ? [] : [.tag("dd", ["class": "note"], text: figure.note)]))
            })
    }

    /// The images that were evaluated after each epoch, and for this page.
    private var split: String { report.run.evaluatedSplit.adjective }

    private var figures: [Figure] { ofModel + ofRun + ofNetwork }

    private var ofModel: [Figure] {
        guard let evaluation = report.findings?.evaluation else {
            return [("\(split.capitalized) accuracy", "–", "no model is saved yet")]
        }
        let interval = evaluation.accuracyInterval()
        let bounds =
            Numbers.fixed(100 * interval.lowerBound, decimals: 2) + " to "
            + FigureText.percent(interval.upperBound)
        let loss = Numbers.fixed(evaluation.loss, decimals: 4)
        let images = "on \(Numbers.counted(evaluation.count, "image"))"
        return [
            (
                "\(split.capitalized) accuracy", FigureText.percent(evaluation.accuracy),
                "95\u{A0}% interval \(bounds)"
            ),
            evaluation.classes.count > 10
                ? (
                    "Top-5 accuracy", FigureText.percent(evaluation.topAccuracy(5)),
                    "loss \(loss), \(images)"
                ) : ("\(split.capitalized) loss", loss, images),
        ]
    }

    private var ofRun: [Figure] {
        let run = report.run
        guard let last = run.last else {
            return [("Epochs", "0 of \(Numbers.grouped(run.epochs))", "none is complete yet")]
        }
        // Lines that were restored from a checkpoint have no times.
        let timed = run.records.filter { $0.isRestored != true }
        let speed = Self.median(run.records.compactMap(\.speed))
        let isWhole = timed.count == run.records.count
        let best = run.best.flatMap { best in
            best.validationAccuracy.map {
                (
                    "Best epoch", FigureText.percent($0),
                    "\(split) accuracy after epoch \(Numbers.grouped(best.epoch))"
                )
            }
        }
        return [
            best ?? ("Best epoch", "–", "none was validated yet"),
            (
                "Epochs", "\(Numbers.grouped(run.records.count)) of \(Numbers.grouped(run.epochs))",
                Numbers.counted(last.step, "step")
            ),
            (
                "Time", Numbers.duration(run.seconds, decimals: 1),
                isWhole
                    ? "with the evaluations"
                    : "of \(Numbers.counted(timed.count, "epoch")); the others' is lost"
            ),
            (
                "Speed", speed.map { FigureText.whole($0) } ?? "–",
                "images a second, median epoch"
            ),
        ]
    }

    /// The middle number, or the mean of the two in the middle; nil for none.
    static func median(_ numbers: [Double]) -> Double? {
        guard !numbers.isEmpty else { return nil }
        let sorted = numbers.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private var ofNetwork: [Figure] {
        let figures: [Figure] = [
            (
                "Parameters", Numbers.grouped(report.graph.parameterCount),
                "\(Numbers.grouped(report.graph.multiplyAdds)) multiply-adds an image"
            )
        ]
        guard let hash = report.findings?.weightsSHA256 else { return figures }
        return figures + [("Weights", String(hash.prefix(8)), "SHA-256, first digits")]
    }
}
