// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNInference

/// What `wrn predict --json` writes.
struct PredictionList: Encodable {
    let architecture: String
    let data: String
    let images: [PredictionReport]
}

/// What `wrn predict` says about one image.
struct PredictionReport: Encodable {
    let index: Int
    /// What the data set says that it is.
    let label: String
    let labelIndex: Int
    /// The likeliest classes, the first one first.
    let predictions: [Prediction]

    /// One line: `12: Sneaker 97.31 %, Sandal 2.60 %; labelled Sneaker`.
    var line: String {
        let classes = predictions.map { "\($0.className) \(Numbers.percent($0.probability))" }
        return "\(index): \(classes.joined(separator: ", ")); labelled \(label)\n"
    }

    /// The picture, and below it the classes with bars.
    func drawing(of images: LabelledImages, on terminal: Terminal) -> String {
        let picture = TerminalPicture(
            images.pixels(of: index), channels: images.channels, height: images.height,
            width: images.width, maximumColumns: min(terminal.width, 64))
        let isRight = predictions.first?.classIndex == labelIndex
        let title = "image \(index), labelled \(label): \(isRight ? "right" : "wrong")"
        return ([title] + picture.lines(terminal.colours) + bars(on: terminal))
            .map { $0 + "\n" }.joined()
    }

    private func bars(on terminal: Terminal) -> [String] {
        let nameWidth = min(predictions.map(\.className.count).max() ?? 0, 32)
        let barWidth = max(min(terminal.width - nameWidth - 12, 40), 0)
        return predictions.map { prediction in
            let name = prediction.className.prefix(nameWidth)
            let padding = String(repeating: " ", count: nameWidth - name.count)
            let percent = Numbers.percent(prediction.probability)
            let space = String(repeating: " ", count: max(9 - percent.count, 0))
            let bar = String(
                repeating: terminal.colours == .none ? "#" : "█",
                count: Int(prediction.probability * Double(barWidth) + 0.5))
            let line = "\(name)\(padding) \(space)\(percent) \(bar)"
            return bar.isEmpty ? String(line.dropLast()) : line
        }
    }
}
