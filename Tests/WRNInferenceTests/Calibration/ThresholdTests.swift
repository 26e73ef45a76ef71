// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNModel
import WRNRandom

@testable import WRNInference

@Suite("Thresholds of answers")
struct ThresholdTests {
    @Test("the bounds are SciPy's")
    func bounds() throws {
        for expected in try CalibrationFixture.read().bounds {
            let found = BinomialBound(doubt: expected.doubt).upper(
                expected.hits, of: expected.count)
            #expect(
                abs(found - expected.upper) <= 1e-9 * expected.upper,
                "\(expected.hits) of \(expected.count): \(found), not \(expected.upper)")
        }
        #expect(BinomialBound(doubt: 0.05).upper(7, of: 7) == 1)
    }

    /// Answers of a model that is exactly as sure as it is right, with confidences between a half
    /// and 1.
    private func sample(_ count: Int, seed: UInt64) -> [(confidence: Double, isCorrect: Bool)] {
        let random = RandomStream(seed: seed, purpose: .shuffling)
        return (0..<count).map { index in
            let confidence = 0.5 + random.uniform(at: 2 * index) / 2
            return (confidence, random.uniform(at: 2 * index + 1) < confidence)
        }
    }

    @Test("in 200 samples the answers above the threshold are right as often as promised")
    func promise() throws {
        let choice = ThresholdChoice(accuracy: 0.9, confidence: 0.95)
        var thresholds: [Double] = []
        for seed in 0..<200 {
            if let found = choice.threshold(sample(2000, seed: UInt64(seed))) {
                thresholds.append(found)
            }
        }
        // Above t this model is right (1 + t) / 2 of the time: 0.9 from t = 0.8 on.
        let broken = thresholds.count { (1 + $0) / 2 < 0.9 }
        #expect(broken <= 10)
        // It is not bought with needless silence.
        #expect(thresholds.count >= 190 && thresholds.sorted()[thresholds.count / 2] < 0.89)
    }

    @Test("the threshold is the lowest that the search proves")
    func lowest() throws {
        let answers = sample(2000, seed: 3)
        let choice = ThresholdChoice(accuracy: 0.85, confidence: 0.95)
        let found = try #require(choice.threshold(answers))
        let kept = answers.filter { $0.confidence >= found }
        // Twelve comparisons: one of all images, eleven of the search.
        let bound = BinomialBound(doubt: 0.05 / 12)
        #expect(bound.upper(kept.count { !$0.isCorrect }, of: kept.count) < 0.15)
    }

    @Test("a model that is right often enough answers everything, a poor one nothing")
    func ends() {
        let choice = ThresholdChoice(accuracy: 0.9, confidence: 0.95)
        let right = (0..<500).map { (confidence: Double($0) / 1000, isCorrect: true) }
        #expect(choice.threshold(right) == 0)
        #expect(choice.threshold(right.map { ($0.confidence, false) }) == nil)
        #expect(choice.threshold([]) == nil)
        // Too few to show it.
        #expect(choice.threshold(Array(right.prefix(20))) == nil)
        #expect(choice.threshold([(1, true)]) == nil)
        // Equally sure answers go together.
        let equal = (0..<500).map { (confidence: 0.7, isCorrect: $0 < 400) }
        #expect(choice.threshold(equal) == nil)
    }

    @Test("an answer needs its class's probability, and none is enough for a class without one")
    func acceptance() {
        let overall = AnswerThresholds(overall: 0.5)
        #expect(overall.accept(3, probability: 0.5))
        #expect(!overall.accept(3, probability: 0.5.nextDown))
        let byClass = AnswerThresholds(overall: 0.5, byClass: [0.9, nil, 0])
        #expect(byClass.accept(0, probability: 0.9) && !byClass.accept(0, probability: 0.8))
        #expect(!byClass.accept(1, probability: 1))
        #expect(byClass.accept(2, probability: 0.1))
    }

    @Test("the trade-off goes from all images to the surest, and equally sure ones go together")
    func tradeOff() {
        let answers = [0.9, 0.9, 0.7, 0.4, 0.4].enumerated().map { index, probability in
            Evaluation.Answer(
                index: index, label: 0, prediction: index % 2, probability: probability,
                labelProbability: 0.3, labelRank: index % 2 == 0 ? 1 : 2)
        }
        let points = Evaluation(loss: 1, classNames: ["a", "b"], answers: answers).tradeOff
        #expect(points.map(\.threshold) == [0.4, 0.7, 0.9])
        #expect(points.map(\.count) == [5, 3, 2])
        #expect(points.map(\.correct) == [3, 2, 1])
        #expect(points[0].coverage == 1 && points[2].accuracy == 0.5)
        let many = Evaluation(
            loss: 1, classNames: ["a", "b"],
            answers: (0..<5000).map { index in
                Evaluation.Answer(
                    index: index, label: 0, prediction: 0, probability: Double(index) / 5000,
                    labelProbability: 0.3, labelRank: 1)
            }
        ).tradeOff
        #expect(many.count <= 102 && many[0].count == 5000)
        #expect(zip(many, many.dropFirst()).allSatisfy { $0.count > $1.count })
    }
}
