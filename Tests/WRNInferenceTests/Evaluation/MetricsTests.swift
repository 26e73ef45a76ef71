// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNInference

@Suite("Figures of an evaluation")
struct MetricsTests {
    @Test("accuracies, loss and confusion matrix are scikit-learn's")
    func totals() throws {
        for expected in try EvaluationFixture.read() {
            let evaluation = expected.evaluation()
            #expect(evaluation.count == expected.labels.count)
            #expect(evaluation.accuracy == expected.accuracy)
            #expect(isClose(evaluation.error, 1 - expected.accuracy))
            #expect(isClose(evaluation.loss, expected.loss, tolerance: 1e-9))
            for (index, accuracy) in expected.top.enumerated() {
                #expect(evaluation.topAccuracy(index + 1) == accuracy, "top-\(index + 1)")
            }
            let matrix = evaluation.confusionMatrix
            #expect(matrix.rows == expected.confusion)
            #expect(matrix.count == evaluation.count)
        }
    }

    @Test("precision, recall and F1 are scikit-learn's, also where they are undefined")
    func classes() throws {
        for expected in try EvaluationFixture.read() {
            let evaluation = expected.evaluation()
            #expect(evaluation.classes.map(\.count) == expected.support)
            for (index, row) in evaluation.classes.enumerated() {
                #expect(isClose(row.precision, expected.precision[index]), "class \(index)")
                #expect(isClose(row.recall, expected.recall[index]), "class \(index)")
                #expect(isClose(row.f1, expected.f1[index]), "class \(index)")
                #expect(row.accuracy == row.recall)
                #expect(row.predicted == expected.confusion.map { $0[index] }.reduce(0, +))
                #expect(row.correct == expected.confusion[index][index])
            }
            for (means, values) in [
                (evaluation.macroAverages, expected.macro),
                (evaluation.weightedAverages, expected.weighted),
            ] {
                #expect(isClose(means.precision, values[0]))
                #expect(isClose(means.recall, values[1]))
                #expect(isClose(means.f1, values[2]))
            }
        }
    }

    @Test("a class that is never predicted has an F1 of 0, one that does not occur has none")
    func undefined() {
        let evaluation = Evaluation.of([(0, 0), (1, 0), (1, 2)], classes: 4)
        let classes = evaluation.classes
        #expect(classes.map(\.precision) == [0.5, nil, 0, nil])
        #expect(classes.map(\.recall) == [1, 0, nil, nil])
        #expect(classes.map(\.f1) == [2.0 / 3, 0, 0, nil])
        // Three classes occur; what is undefined counts as 0.
        #expect(isClose(evaluation.macroAverages.precision, 0.5 / 3))
        #expect(isClose(evaluation.macroAverages.recall, 1.0 / 3))
        #expect(isClose(evaluation.macroAverages.f1, 2.0 / 9))
        #expect(isClose(evaluation.weightedAverages.recall, evaluation.accuracy))
    }

    @Test("confusions are the numbers beside the diagonal, the largest first")
    func confusions() {
        let pairs = [(2, 1), (0, 0), (0, 2), (2, 1), (1, 0), (0, 1), (1, 1)]
        let matrix = Evaluation.of(pairs.map { ($0, $1) }, classes: 3).confusionMatrix
        #expect(matrix.confusions.map(\.count) == [2, 1, 1, 1])
        #expect(matrix.confusions.map(\.label) == [2, 0, 0, 1])
        #expect(matrix.confusions.map(\.prediction) == [1, 1, 2, 0])
        #expect(matrix[label: 2, prediction: 1] == 2)
        #expect(matrix[label: 1, prediction: 2] == 0)
        #expect(matrix.count == 7)
    }

    @Test("a label among more classes is never less often found")
    func topAccuracies() throws {
        for expected in try EvaluationFixture.read() {
            let evaluation = expected.evaluation()
            let accuracies = (1...expected.classes + 3).map(evaluation.topAccuracy)
            #expect(accuracies[0] == evaluation.accuracy)
            #expect(accuracies == accuracies.sorted())
            #expect(accuracies[(expected.classes - 1)...].allSatisfy { $0 == 1 })
        }
    }

    @Test("coding gives the same evaluation; impossible answers are refused")
    func coding() throws {
        let evaluation = try #require(try EvaluationFixture.read().first).evaluation()
        let text = try JSONEncoder().encode(evaluation)
        #expect(try JSONDecoder().decode(Evaluation.self, from: text) == evaluation)
        func decode(_ answers: String) throws -> Evaluation {
            try JSONDecoder().decode(
                Evaluation.self,
                from: Data(
                    #"{"loss": 1, "classNames": ["a", "b"], "broken": [], "answers": [\#(answers)]}"#
                        .utf8))
        }
        func answer(_ label: Int, _ prediction: Int, _ rank: Int, _ probability: Double) -> String {
            """
            {"index": 0, "label": \(label), "prediction": \(prediction), "labelRank": \(rank),
            "probability": \(probability), "labelProbability": 0.25}
            """
        }
        #expect(try decode(answer(1, 0, 2, 0.75)).accuracy == 0)
        for bad in [
            "", answer(2, 0, 1, 0.5), answer(0, -1, 1, 0.5), answer(0, 0, 3, 0.5),
            answer(0, 0, 0, 0.5), answer(0, 0, 1, 1.5), answer(0, 0, 2, 0.5), answer(0, 1, 1, 0.5),
        ] {
            #expect(throws: DecodingError.self) { _ = try decode(bad) }
        }
    }
}
