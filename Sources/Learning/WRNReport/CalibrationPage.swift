// SPDX-License-Identifier: Apache-2.0

package import WRNInference
import WRNModel
import WRNText

/// A page about a calibration: how sure the model was and is, and how many images it answers how
/// well.
///
/// It is one file that needs no other, without scripts.
package struct CalibrationPage {
    private let result: CalibrationResult
    private let title: String
    private let remark: String

    /// Takes a calibration.
    ///
    /// - Parameters:
    ///   - title: The model and the images.
    ///   - remark: What is known of the images, in a sentence.
    package init(_ result: CalibrationResult, title: String, remark: String) {
        self.result = result
        self.title = title
        self.remark = remark
    }

    /// The page.
    package var html: String {
        "<!DOCTYPE html>\n"
            + Markup.tag(
                "html", ["lang": "en"],
                [
                    .tag("head", [:], RunReport.head("Calibration of " + title)),
                    .tag(
                        "body", [:],
                        [
                            .tag(
                                "main", [:],
                                [
                                    .tag(
                                        "header", [:],
                                        [
                                            .tag("h1", text: "Calibration"),
                                            .tag("p", text: title),
                                            .tag("p", ["class": "pale"], text: remark), figures,
                                        ]), reliability, tradeOff,
                                ])
                        ]),
                ]
            ).rendered
    }

    private var figures: Markup {
        let (before, after) = (result.before, result.after)
        func change(_ value: (Evaluation) -> String) -> (String, String) {
            (value(after), "before: " + value(before))
        }
        let loss = change { Numbers.fixed($0.loss, decimals: 4) }
        let error = change { FigureText.percent($0.calibration().expectedError) }
        let adaptive = change { FigureText.percent($0.adaptiveCalibration().expectedError) }
        let figures = [
            (
                "Temperature", Numbers.fixed(result.calibration.temperature, decimals: 4),
                "fitted on \(Numbers.counted(after.count, "image"))"
            ), ("Loss", loss.0, loss.1), ("ECE, 15 bins", error.0, error.1),
            ("ECE, equal counts", adaptive.0, adaptive.1),
        ]
        return .tag(
            "dl", ["class": "figures"],
            figures.map { name, value, note in
                .tag(
                    "div", [:],
                    [
                        .tag("dt", text: name), .tag("dd", text: value),
                        .tag("dd", ["class": "note"], text: note),
                    ])
            })
    }

    private var reliability: Markup {
        let halves =
            result.crossFitted.map { halves in
                " On each half of the images with the temperature of the other half, and so on "
                    + "images that it was not fitted on, the loss is "
                    + "\(Numbers.fixed(halves.loss, decimals: 4)) and the ECE "
                    + "\(FigureText.percent(halves.calibration().expectedError))."
            } ?? ""
        return .section(
            "How sure the model is",
            [
                .paragraph(
                    "Bars on the diagonal are of answers that are right as often as their "
                        + "probability says. The temperature divides the logits before the "
                        + "softmax; it changes no answer." + halves),
                .tag(
                    "div", ["class": "charts"],
                    [
                        ReliabilityChart(
                            calibration: result.before.calibration(), title: "Before"
                        ).figure,
                        ReliabilityChart(
                            calibration: result.after.calibration(), title: "With the temperature"
                        ).figure,
                    ]),
            ])
    }

    private var tradeOff: Markup {
        var words =
            "With a threshold the model answers only images of which it is sure enough, and calls "
            + "the others unknown: the fewer it answers, the more of the answers are right."
        let thresholds = result.calibration.thresholds
        if let thresholds {
            let answered = result.after.answered(with: thresholds)
            words +=
                " The model's \(thresholds.byClass == nil ? "threshold answers" : "thresholds answer") "
                + "\(FigureText.percent(answered.coverage)) of these images"
                + (answered.accuracy.map { ", and \(FigureText.percent($0)) of them rightly" } ?? "")
                + "; the dot is there."
        }
        return .section(
            "Answers, and how many are right",
            [
                .paragraph(words),
                TradeOffChart(
                    points: result.after.tradeOff,
                    chosen: thresholds.map { result.after.answered(with: $0) }
                ).figure,
                .scrolled(
                    "Answers at thresholds",
                    [
                        .tag(
                            "table", [:],
                            [
                                .tag(
                                    "thead", [:],
                                    [
                                        .tag(
                                            "tr", [:],
                                            [
                                                "threshold", "images answered", "answers right",
                                            ].map(Markup.columnHead))
                                    ]),
                                .tag("tbody", [:], rows),
                            ])
                    ]),
            ])
    }

    /// A row for about each twentieth of the images.
    private var rows: [Markup] {
        var last = -1
        return result.after.tradeOff.compactMap { point in
            let part = Int(20 * point.coverage)
            guard part != last, let accuracy = point.accuracy else { return nil }
            last = part
            return .tag(
                "tr", [:],
                [
                    .tag("td", text: Numbers.fixed(point.threshold, decimals: 4)),
                    .tag("td", text: FigureText.percent(point.coverage)),
                    .tag("td", text: FigureText.percent(accuracy)),
                ])
        }
    }
}

/// The share of right answers over the share of images that are answered.
struct TradeOffChart {
    let points: [Evaluation.Answered]
    /// The images that the model's thresholds answer; nil without any.
    let chosen: Evaluation.Answered?

    /// The chart as a figure with a caption.
    var figure: Markup {
        .tag(
            "figure", [:],
            [
                .tag("figcaption", text: "Right answers over the share of images answered"), svg,
            ])
    }

    private var svg: Markup {
        let places = points.compactMap { point in
            point.accuracy.map { Curve.Place(x: point.coverage, y: $0) }
        }.reversed()
        let lowest = places.map(\.y).min() ?? 0
        let x = Axis(from: 0, to: 1, step: 0.2)
        let step = lowest >= 0.9 ? 0.02 : lowest >= 0.75 ? 0.05 : lowest >= 0.5 ? 0.1 : 0.2
        let y = Axis(from: (lowest / step - 1e-9).rounded(.down) * step, to: 1, step: step)
        let frame = Frame(x: x, y: y, left: 56, right: 452, top: 14, bottom: 232)
        let dots =
            chosen.flatMap { chosen in
                chosen.accuracy.map { accuracy in
                    [
                        Curve(
                            name: "", places: [.init(x: chosen.coverage, y: max(accuracy, y.lower))]
                        )
                    ]
                }
            } ?? []
        return .tag(
            "svg",
            [
                "class": "chart", "viewBox": "0 0 480 280", "role": "img",
                "xmlns": "http://www.w3.org/2000/svg",
            ],
            [.tag("title", text: "Right answers"), .tag("desc", text: description)]
                + frame.axes(
                    x: x.ticks.map { FigureText.percent($0, decimals: 0) },
                    y: y.ticks.map { FigureText.percent($0, decimals: 0) })
                + [
                    frame.line(of: Curve(name: "", places: Array(places)), number: 0),
                    frame.xTitle("share of the images that are answered"),
                ] + dots.flatMap { frame.dots(of: $0, number: 1) })
    }

    private var description: String {
        guard let all = points.first, let surest = points.last, let accuracy = all.accuracy,
            let highest = surest.accuracy
        else { return "No answers." }
        return "\(FigureText.percent(accuracy)) of the answers to all images are right, and "
            + "\(FigureText.percent(highest)) of those to the surest "
            + "\(FigureText.percent(surest.coverage))."
    }
}
