// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNText

/// The answers of an evaluation as lines of CSV (RFC 4180).
package struct AnswerTable {
    /// The names of the columns.
    package static let header = "image,label,prediction,probability,label_probability,right\n"

    private let images: any ImageSet
    private let classNames: [String]

    /// Creates the table of an evaluation of these images.
    package init(of evaluation: Evaluation, images: any ImageSet) {
        self.images = images
        classNames = evaluation.classes.map { csvField($0.name) }
    }

    /// The line of an answer: the image's file, or its index where there is no file; the classes'
    /// names; probabilities with as many digits as identify them; and whether the answer is right.
    package func line(_ answer: Evaluation.Answer) -> String {
        let image =
            images is LabelledImages ? "\(answer.index)" : csvField(images.title(of: answer.index))
        return image + ",\(classNames[answer.label]),\(classNames[answer.prediction])"
            + ",\(answer.probability),\(answer.labelProbability),\(answer.isCorrect)\n"
    }
}
