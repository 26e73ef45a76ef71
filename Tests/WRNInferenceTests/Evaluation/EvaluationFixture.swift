// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNTestSupport

@testable import WRNInference

/// Figures of other programs, which Fixtures/evaluation/README.md names.
struct EvaluationFixture: Decodable {
    struct Case: Decodable {
        struct Bin: Decodable {
            let count: Int
            let meanConfidence: Double?
            let accuracy: Double?
        }

        let classes: Int
        let labels: [Int]
        let logits: [Float]
        let loss: Double
        let accuracy: Double
        let top: [Double]
        let confusion: [[Int]]
        let precision: [Double?]
        let recall: [Double?]
        let f1: [Double?]
        let support: [Int]
        let macro: [Double]
        let weighted: [Double]
        let calibrationError: Double
        let bins: [Bin]

        /// The same answers, evaluated here.
        func evaluation() -> Evaluation {
            var part = EvaluationPart()
            for (index, label) in labels.enumerated() {
                guard let softmax = Softmax(logits.row(index, of: classes)) else { continue }
                part.add(softmax, index: index, label: label)
            }
            return part.evaluation(classNames: (0..<classes).map { "class \($0)" })
        }
    }

    /// A share, and its interval.
    struct Interval: Decodable {
        let correct: Int
        let count: Int
        let confidence: Double
        let bounds: [Double]
    }

    let cases: [Case]
    let intervals: [Interval]

    static func read() throws -> [Case] { try file().cases }

    static func readIntervals() throws -> [Interval] { try file().intervals }

    private static func file() throws -> Self {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            Self.self, from: Data(contents(of: fixture("evaluation/evaluation.json"))))
    }
}

/// Whether two numbers, or two undefined ones, are equal up to rounding.
func isClose(_ one: Double?, _ other: Double?, tolerance: Double = 1e-12) -> Bool {
    guard let one, let other else { return one == nil && other == nil }
    return abs(one - other) <= tolerance
}

extension Evaluation {
    /// An evaluation of pairs of label and prediction, each with a confidence.
    static func of(
        _ pairs: [(label: Int, prediction: Int)], confidence: Double = 0.5, classes: Int
    ) -> Evaluation {
        Evaluation(
            loss: 1, classNames: (0..<classes).map { "class \($0)" },
            answers: pairs.enumerated().map { index, pair in
                let isRight = pair.label == pair.prediction
                return Answer(
                    index: index, label: pair.label, prediction: pair.prediction,
                    probability: confidence, labelProbability: isRight ? confidence : 0.1,
                    labelRank: isRight ? 1 : 2)
            })
    }
}
