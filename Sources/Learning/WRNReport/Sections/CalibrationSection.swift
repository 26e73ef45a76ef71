// SPDX-License-Identifier: Apache-2.0

import WRNInference

/// Whether the model is as often right as it is sure.
struct CalibrationSection {
    let evaluation: Evaluation

    var section: Markup {
        let calibration = evaluation.calibration()
        let mean = evaluation.answers.map(\.probability).reduce(0, +) / Double(evaluation.count)
        let error = FigureText.percent(calibration.expectedError)
        let comparison =
            mean > evaluation.accuracy ? "surer than it is right" : "less sure than it is right"
        return .section(
            "How sure the model is",
            [
                .paragraph(
                    "The expected calibration error is \(error), over \(calibration.bins.count) "
                        + "bins of equal width. On average the model gives its answers "
                        + "\(FigureText.percent(mean)) and \(FigureText.percent(evaluation.accuracy)) "
                        + "of them are right: it is \(comparison)."),
                ReliabilityChart(calibration: calibration).figure,
            ])
    }
}
