// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNInference
import WRNText

/// What `wrn predict --json` writes.
struct PredictionList: Encodable {
    let architecture: String
    /// The data set; nil for files.
    let data: String?
    let images: [PredictionReport]
}

/// What `wrn predict` says about one image.
struct PredictionReport: Encodable {
    /// The image's number in its data set; nil for a file.
    var index: Int?
    /// The file, as it was given; nil for an image of a data set.
    var file: String?
    /// What the data set says that it is.
    var label: String?
    var labelIndex: Int?
    /// The likeliest classes, the first one first.
    var predictions: [Prediction] = []
    /// Why there are none.
    var error: String?

    /// One line: `12: Sneaker 97.31 %, Sandal 2.60 %; labelled Sneaker`.
    var line: DisplayText {
        let classes = predictions.map { "\($0.className) \(Numbers.percent($0.probability))" }
        let labelled = label.map { "; labelled \($0)" } ?? ""
        return "\(title): \(classes.joined(separator: ", "))\(labelled)\n"
    }

    private var title: String { file ?? index.map { "\($0)" } ?? "-" }

    /// The picture, and below it the classes with bars.
    func drawing(of image: PixelImage, on terminal: Terminal) -> DisplayText {
        let picture = TerminalPicture(image, maximumColumns: min(terminal.width, 64))
        return DisplayText(lines: [heading])
            + picture.lines(terminal.colours).map { "\($0)\n" }.joined()
            + DisplayText(lines: bars(on: terminal))
    }

    private var heading: String {
        guard let label else { return file.map { "\($0)" } ?? "image \(title)" }
        let isRight = predictions.first?.classIndex == labelIndex
        return "image \(title), labelled \(label): \(isRight ? "right" : "wrong")"
    }

    private func bars(on terminal: Terminal) -> [String] {
        let names = predictions.map { printable($0.className) }
        let nameWidth = min(names.map(\.count).max() ?? 0, 32)
        let barWidth = max(min(terminal.width - nameWidth - 12, 40), 0)
        return zip(predictions, names).map { prediction, name in
            let name = name.prefix(nameWidth)
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
