// SPDX-License-Identifier: Apache-2.0

/// What an evaluation collects, image by image.
struct Tally {
    private var loss = 0.0
    private var answers: [Evaluation.Answer] = []
    var broken: [String] = []

    /// The number of images so far.
    var count: Int { answers.count }

    mutating func add(_ softmax: Softmax, index: Int, label: Int) {
        loss += softmax.loss(label: label)
        answers.append(Evaluation.Answer(softmax, index: index, label: label))
    }

    /// - Precondition: There is an image.
    func evaluation(classNames: [String]) -> Evaluation {
        Evaluation(
            loss: loss / Double(count), classNames: classNames, answers: answers, broken: broken)
    }
}
