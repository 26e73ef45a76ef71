// SPDX-License-Identifier: Apache-2.0

/// The answers for some of the images of an evaluation, in their order, as one of several workers
/// finds them.
///
/// It keeps the loss of each image: the mean over all images is added up image after image, so that
/// it does not depend on how they were divided.
package struct EvaluationPart: Hashable, Sendable {
    /// The loss of each image that has an answer, in nats.
    package private(set) var losses: [Double] = []
    /// The answers.
    package private(set) var answers: [Evaluation.Answer] = []
    /// The sentences about files that were left out.
    package var broken: [String] = []

    /// A part without images.
    package init() {}

    /// The parts one after the other.
    init(joining parts: [EvaluationPart]) {
        losses = parts.flatMap(\.losses)
        answers = parts.flatMap(\.answers)
        broken = parts.flatMap(\.broken)
    }

    /// The number of images that have an answer.
    package var count: Int { answers.count }

    mutating func add(_ softmax: Softmax, index: Int, label: Int) {
        losses.append(softmax.loss(label: label))
        answers.append(Evaluation.Answer(softmax, index: index, label: label))
    }

    /// The evaluation of these images.
    ///
    /// - Precondition: There is an image.
    func evaluation(classNames: [String]) -> Evaluation {
        Evaluation(
            loss: losses.reduce(0, +) / Double(count), classNames: classNames, answers: answers,
            broken: broken)
    }
}

extension EvaluationPart {
    /// The words of 8 bytes of each answer: four numbers and three fractions.
    private static let wordCount = 7

    /// The part for another worker: the number of answers, then the seven words of each, then the
    /// sentences, each of which ends with a zero.
    package var bytes: [UInt8] {
        var words = [UInt64(answers.count)]
        for (answer, loss) in zip(answers, losses) {
            words += [answer.index, answer.label, answer.prediction, answer.labelRank].map {
                UInt64(bitPattern: Int64($0))
            }
            words += [answer.probability, answer.labelProbability, loss].map(\.bitPattern)
        }
        var bytes: [UInt8] = []
        for word in words { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
        for sentence in broken { bytes += sentence.utf8 + [0] }
        return bytes
    }

    /// Reads the bytes of a part; nil where they are none.
    package init?(bytes: [UInt8]) {
        func word(_ index: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[8 * index + $1]) << (8 * $1) }
        }
        guard bytes.count >= 8, let count = Int(exactly: word(0)),
            (0...(bytes.count / 8 - 1) / Self.wordCount).contains(count)
        else { return nil }
        for answer in 0..<count {
            let first = 1 + answer * Self.wordCount
            let numbers = (first..<first + 4).map { Int(Int64(bitPattern: word($0))) }
            let fractions = (first + 4..<first + 7).map { Double(bitPattern: word($0)) }
            answers.append(
                Evaluation.Answer(
                    index: numbers[0], label: numbers[1], prediction: numbers[2],
                    probability: fractions[0], labelProbability: fractions[1],
                    labelRank: numbers[3]))
            losses.append(fractions[2])
        }
        let sentences = bytes[(8 * (1 + count * Self.wordCount))...]
        guard sentences.last ?? 0 == 0 else { return nil }
        broken = sentences.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
