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
    /// What was taken and assumed of another program's weights.
    var weights: WeightsReading?
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

    /// The picture, with the name and the classes beside it.
    ///
    /// - Parameter count: How many images are drawn one below the other.
    func drawing(of image: PixelImage, on terminal: Terminal, count: Int) -> DisplayText {
        PredictionDrawing(heading, predictions, on: terminal, count: count).lines(image)
            .map { "\($0)\n" }.joined()
    }

    private var heading: String {
        guard let label else { return file.map { "\($0)" } ?? "image \(title)" }
        let isRight = predictions.first?.classIndex == labelIndex
        return "image \(title), labelled \(label): \(isRight ? "right" : "wrong")"
    }
}
