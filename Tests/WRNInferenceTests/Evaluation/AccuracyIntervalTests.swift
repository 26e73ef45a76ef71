// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNInference

@Suite("Interval of the accuracy")
struct AccuracyIntervalTests {
    private func evaluation(_ correct: Int, of count: Int) -> Evaluation {
        .of((0..<count).map { (label: 0, prediction: $0 < correct ? 0 : 1) }, classes: 2)
    }

    @Test("is SciPy's Wilson interval, at the ends and between, for little and for much confidence")
    func fixture() throws {
        for expected in try EvaluationFixture.readIntervals() {
            let result = Evaluation.ClassResult(
                name: "a", count: expected.count, predicted: expected.count,
                correct: expected.correct)
            let interval = try #require(result.recallInterval(confidence: expected.confidence))
            #expect(isClose(interval.lowerBound, expected.bounds[0], tolerance: 1e-11))
            #expect(isClose(interval.upperBound, expected.bounds[1], tolerance: 1e-11))
        }
    }

    @Test("209 right ones of 209 are no certainty, nor are 0 of 209, or 1 of 1")
    func ends() {
        // n / (n + z²) with z = 1.959963984540054.
        let all = evaluation(209, of: 209).accuracyInterval()
        #expect(isClose(all.lowerBound, 0.981951548, tolerance: 1e-8) && all.upperBound == 1)
        let none = evaluation(0, of: 209).accuracyInterval()
        #expect(isClose(none.upperBound, 0.018048452, tolerance: 1e-8) && none.lowerBound == 0)
        let one = evaluation(1, of: 1).accuracyInterval()
        #expect(isClose(one.lowerBound, 0.206549314, tolerance: 1e-8) && one.upperBound == 1)
    }

    @Test("contains the accuracy and lies in 0...1, whatever the numbers")
    func contains() {
        for count in [1, 2, 3, 17, 1000] {
            for correct in Set([0, 1, count / 2, count - 1, count]) {
                let evaluation = evaluation(correct, of: count)
                let interval = evaluation.accuracyInterval()
                #expect(interval.contains(evaluation.accuracy))
                #expect(interval.lowerBound >= 0 && interval.upperBound <= 1)
                #expect(interval.upperBound - interval.lowerBound > 0.001)
            }
        }
    }

    @Test("is wider where more confidence is asked for, and narrower with more images")
    func widths() {
        func width(_ correct: Int, _ count: Int, _ confidence: Double) -> Double {
            let interval = evaluation(correct, of: count).accuracyInterval(confidence: confidence)
            return interval.upperBound - interval.lowerBound
        }
        #expect(width(80, 100, 0.5) < width(80, 100, 0.9))
        #expect(width(80, 100, 0.9) < width(80, 100, 0.99))
        #expect(width(8000, 10_000, 0.95) < 0.2 * width(80, 100, 0.95))
        // Normal approximation: 2 x 1.96 standard errors.
        #expect(isClose(width(8000, 10_000, 0.95), 2 * 1.96 * 0.004, tolerance: 5e-4))
    }

    @Test("of a class is that of its recall, and nothing for a class without images")
    func classes() throws {
        let evaluation = Evaluation.of(
            [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0)], classes: 3)
        let first = try #require(evaluation.classes[0].recallInterval())
        // 2 of 3: (2 + z²/2 ± z sqrt(2/3 + z²/4)) / (3 + z²).
        #expect(isClose(first.lowerBound, 0.207659601, tolerance: 1e-8))
        #expect(isClose(first.upperBound, 0.938508055, tolerance: 1e-8))
        #expect(evaluation.classes[2].recallInterval() == nil)
    }
}
