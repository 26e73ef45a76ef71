// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNText

/// The answers of `wrn predict` as lines of CSV (RFC 4180).
struct PredictionTable {
    /// The number of classes of each image that have columns.
    let top: Int
    /// Whether there is a column for the label in the data set.
    let hasLabels: Bool
    /// Whether there is a column for whether the image is unknown.
    let hasThreshold: Bool
    /// Whether there is a column for the path of the copy or link.
    let isSorted: Bool

    /// The names of the columns.
    var header: DisplayText {
        var names = ["image"]
        if hasLabels { names.append("label") }
        names += ["prediction", "probability"]
        if top > 1 { names += (2...top).flatMap { ["prediction_\($0)", "probability_\($0)"] } }
        if hasThreshold { names.append("unknown") }
        if isSorted { names.append("sorted_as") }
        if !hasLabels { names.append("error") }
        return "\(names.joined(separator: ","))\n"
    }

    /// The line of an image: classes by their names, probabilities with as many digits as identify
    /// them; without classes where the file is no image.
    func line(_ report: PredictionReport) -> DisplayText {
        var fields = [csvField(report.title)]
        if hasLabels { fields.append(csvField(report.label ?? "")) }
        for index in 0..<top {
            guard report.predictions.indices.contains(index) else {
                fields += ["", ""]
                continue
            }
            let prediction = report.predictions[index]
            fields += [csvField(prediction.className), "\(prediction.probability)"]
        }
        if hasThreshold { fields.append(report.unknown.map { "\($0)" } ?? "") }
        if isSorted { fields.append(csvField(report.sortedAs ?? "")) }
        if !hasLabels { fields.append(csvField(report.error ?? "")) }
        return "\(fields.joined(separator: ","))\n"
    }
}
