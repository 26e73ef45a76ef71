// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNModel
import WRNTestSupport

@testable import WRNInference

/// Figures of SciPy and NumPy, which Fixtures/calibration/README.md names.
struct CalibrationFixture: Decodable {
    struct Case: Decodable {
        let classes: Int
        let labels: [Int]
        let logits: [Float]
        let temperature: Double
        let before: Figures
        let after: Figures

        var fit: TemperatureFit {
            var fit = TemperatureFit(classes: classes)
            for (index, label) in labels.enumerated() {
                fit.append(logits.row(index, of: classes), label: label)
            }
            return fit
        }

        func evaluation(temperature: Double) throws -> Evaluation {
            var part = EvaluationPart()
            for (index, label) in labels.enumerated() {
                let row = logits.row(index, of: classes)
                part.add(
                    try #require(Softmax(row, temperature: temperature)), index: index,
                    label: label)
            }
            return part.evaluation(classNames: (0..<classes).map { "\($0)" })
        }
    }

    struct Figures: Decodable {
        let loss: Double
        let error: Double
        let adaptiveError: Double
        let answered: [Answered]
    }

    struct Answered: Decodable {
        let threshold: Double
        let count: Int
        let correct: Int
    }

    struct Bound: Decodable {
        let hits: Int
        let count: Int
        let doubt: Double
        let upper: Double
    }

    let cases: [Case]
    let bounds: [Bound]

    static func read() throws -> CalibrationFixture {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            Self.self, from: Data(contents(of: fixture("calibration/calibration.json"))))
    }
}

@Suite("Temperature scaling")
struct TemperatureTests {
    @Test("the temperature is SciPy's minimum of the loss")
    func temperature() throws {
        for expected in try CalibrationFixture.read().cases {
            let found = try expected.fit.temperature()
            // Values alone locate a minimum to the square root of their precision.
            #expect(abs(found / expected.temperature - 1) < 1e-6)
            let loss = try expected.evaluation(temperature: found).loss
            #expect(loss <= expected.after.loss + 1e-14)
            for other in [found * (1 - 1e-4), found * (1 + 1e-4)] {
                #expect(try expected.evaluation(temperature: other).loss > loss)
            }
        }
    }

    @Test("loss, calibration errors and numbers of answers are NumPy's, before and after")
    func figures() throws {
        for expected in try CalibrationFixture.read().cases {
            for (temperature, figures) in [
                (1, expected.before), (expected.temperature, expected.after),
            ] {
                let evaluation = try expected.evaluation(temperature: temperature)
                #expect(isClose(evaluation.loss, figures.loss))
                #expect(isClose(evaluation.calibration().expectedError, figures.error))
                #expect(
                    isClose(evaluation.adaptiveCalibration().expectedError, figures.adaptiveError))
                for answered in figures.answered {
                    let found = evaluation.answered(
                        with: AnswerThresholds(overall: answered.threshold))
                    #expect(found.count == answered.count && found.correct == answered.correct)
                    #expect(found.total == expected.labels.count)
                }
            }
        }
    }

    @Test("no class changes, and the surest stay the surest of two classes")
    func classes() throws {
        for expected in try CalibrationFixture.read().cases {
            let before = try expected.evaluation(temperature: 1)
            let after = try expected.evaluation(temperature: expected.temperature)
            #expect(before.answers.map(\.prediction) == after.answers.map(\.prediction))
            #expect(before.answers.map(\.labelRank) == after.answers.map(\.labelRank))
        }
    }

    @Test("a temperature scales the logits, and 1 changes no bit")
    func scaling() throws {
        let logits: [Float] = [0.3, -7.25, 12.5, 1e30]
        let one = try #require(Softmax(logits[..<3]))
        #expect(Softmax(logits[..<3], temperature: 1)?.probabilities == one.probabilities)
        let scaled = try #require(Softmax(logits[..<3], temperature: 2.5))
        let powers = logits[..<3].map { exp(Double($0) / 2.5) }
        for (probability, power) in zip(scaled.probabilities, powers) {
            #expect(isClose(probability, power / powers.reduce(0, +), tolerance: 1e-15))
        }
        #expect(Softmax(logits[...], temperature: 0.5)?.probabilities == [0, 0, 0, 1])
    }

    @Test("where no temperature is best there is an error and no number")
    func degenerate() throws {
        var right = TemperatureFit(classes: 2)
        right.append([2, -1], label: 0)
        right.append([0, 0.5], label: 1)
        #expect(throws: TemperatureFit.Failure.allRight) { try right.temperature() }
        var wrong = TemperatureFit(classes: 2)
        wrong.append([2, -1], label: 1)
        wrong.append([0, 0.5], label: 1)
        #expect(throws: TemperatureFit.Failure.noBetterThanChance) { try wrong.temperature() }
        // Ten thousand times surer than it should be.
        var sure = TemperatureFit(classes: 2)
        for index in 0..<10 { sure.append([1e4, 0], label: index < 7 ? 0 : 1) }
        #expect(throws: TemperatureFit.Failure.outOfRange) { try sure.temperature() }
        // Equal logits are no answer, and 7 of 10 right ones fit in closed form.
        var one = TemperatureFit(classes: 2)
        for index in 0..<10 { one.append([3, 0], label: index < 7 ? 0 : 1) }
        #expect(isClose(try one.temperature(), 3 / log(7.0 / 3)))
    }

    @Test("huge logits and rare mistakes leave the search finite")
    func hugeLogits() throws {
        var fit = TemperatureFit(classes: 3)
        for index in 0..<1000 {
            fit.append([Float(index % 7) * 40, 0, -300], label: index == 13 ? 1 : 0)
        }
        let found = try fit.temperature()
        #expect(found.isFinite && found > 1)
    }
}
