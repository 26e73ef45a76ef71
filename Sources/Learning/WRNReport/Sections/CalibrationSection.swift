// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNModel
import WRNText

/// Accuracy over confidence: the marks of a calibrated model lie on the dashed diagonal.
struct ReliabilityChart {
    let calibration: Evaluation.Calibration
    var title = "Accuracy of the answers over their confidence"

    private static let axis = Axis(from: 0, to: 1, step: 0.2)
    private static let percents = axis.ticks.map { FigureText.percent($0, decimals: 0) }

    /// The chart as a figure with a caption.
    var figure: Markup {
        .tag(
            "figure", [:],
            [.tag("figcaption", text: title), svg])
    }

    private var svg: Markup {
        let frame = Frame(
            x: Self.axis, y: Self.axis, left: 56, right: 452, top: 34, bottom: 332)
        return .tag(
            "svg",
            [
                "class": "chart", "viewBox": "0 0 480 380", "role": "img",
                "xmlns": "http://www.w3.org/2000/svg",
            ],
            [
                .tag("title", text: "Reliability diagram"), .tag("desc", text: description),
            ] + frame.axes(x: Self.percents, y: Self.percents) + bars(frame)
                + [
                    frame.path(
                        [(frame.x(0), frame.y(0)), (frame.x(1), frame.y(1))],
                        class: "axis dashed"),
                    frame.xTitle("probability of the predicted class"),
                ] + legend(frame))
    }

    private func bars(_ frame: Frame) -> [Markup] {
        calibration.bins.flatMap { bin -> [Markup] in
            guard let accuracy = bin.accuracy, let confidence = bin.meanConfidence else {
                return []
            }
            // A gap between neighbours.
            let space = 0.06 * (bin.upper - bin.lower)
            let sides = [bin.lower + space, bin.upper - space]
            return [
                frame.rectangle((sides[0], sides[1]), (0, min(accuracy, confidence)), class: "bar"),
                frame.rectangle((sides[0], sides[1]), (accuracy, confidence), class: "gap"),
                frame.path(sides.map { (frame.x($0), frame.y(accuracy)) }, class: "curve first"),
            ]
        }
    }

    private func legend(_ frame: Frame) -> [Markup] {
        func swatch(_ style: String, at x: Double) -> Markup {
            .tag(
                "rect",
                ["class": style, "x": "\(x)", "y": "8", "width": "14", "height": "12"])
        }
        return [
            swatch("bar", at: 56), frame.text("accuracy", x: 76, y: 19),
            swatch("gap", at: 160), frame.text("gap to the confidence", x: 180, y: 19),
        ]
    }

    private var description: String {
        calibration.bins.compactMap { bin in
            guard let accuracy = bin.accuracy, let confidence = bin.meanConfidence else {
                return nil
            }
            return "\(Numbers.counted(bin.count, "image")) of mean confidence "
                + "\(FigureText.percent(confidence, decimals: 1)): "
                + "\(FigureText.percent(accuracy, decimals: 1)) right."
        }.joined(separator: " ")
    }
}

/// The calibration of the model's probabilities.
struct CalibrationSection {
    let evaluation: Evaluation
    /// The temperature that the probabilities are computed with; nil for a model that is not
    /// calibrated.
    let calibration: ModelCalibration?

    private var scaling: String {
        guard let calibration else { return "" }
        return " The model is calibrated: \(calibration.sentence). There the error was "
            + "\(FigureText.percent(calibration.errorBefore)) before and "
            + "\(FigureText.percent(calibration.error)) after."
    }

    var section: Markup {
        let bins = evaluation.calibration()
        let mean = evaluation.answers.map(\.probability).reduce(0, +) / Double(evaluation.count)
        let error = FigureText.percent(bins.expectedError)
        let comparison =
            mean > evaluation.accuracy ? "surer than it is right" : "less sure than it is right"
        return .section(
            "How sure the model is",
            [
                .paragraph(
                    "The expected calibration error is \(error), over \(bins.bins.count) "
                        + "bins of equal width. On average the model gives its answers "
                        + "\(FigureText.percent(mean)) and "
                        + "\(FigureText.percent(evaluation.accuracy)) of them are right: it is "
                        + "\(comparison)." + scaling),
                ReliabilityChart(calibration: bins).figure,
            ])
    }
}
