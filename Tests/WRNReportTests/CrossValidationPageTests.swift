// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNInference

@testable import WRNReport

@Suite("The page of a cross-validation")
struct CrossValidationPageTests {
    /// The answers of a fold with these labels and predictions of the classes 0 and 1.
    private func evaluation(
        _ pairs: [(Int, Int)], loss: Double, broken: [String] = []
    ) -> Evaluation {
        Evaluation(
            loss: loss, classNames: ["<a>", "b"],
            answers: pairs.enumerated().map { index, pair in
                Evaluation.Answer(
                    index: index, label: pair.0, prediction: pair.1, probability: 0.75,
                    labelProbability: pair.0 == pair.1 ? 0.75 : 0.25,
                    labelRank: pair.0 == pair.1 ? 1 : 2)
            }, broken: broken)
    }

    private func result() throws -> CrossValidationResult {
        let folds = [
            evaluation([(0, 0), (0, 1), (1, 1), (1, 1)], loss: 0.5),
            evaluation([(0, 0), (1, 0)], loss: 2, broken: ["x.jpg: no image"]),
        ].enumerated().map { index, evaluation in
            CrossValidationResult.Fold(
                number: index + 1, run: "cv/fold-\(index + 1)", epochs: 3, evaluation: evaluation)
        }
        return try #require(
            CrossValidationResult(network: "wrn-10-1", data: "photos & more", folds: folds))
    }

    @Test("joins the folds' answers and takes mean and deviation of the folds")
    func figures() throws {
        let result = try result()
        #expect(result.outOfFold.count == 6 && result.outOfFold.correct == 4)
        // (4 · 0.5 + 2 · 2) / 6
        #expect(result.outOfFold.loss == 1)
        #expect(result.outOfFold.confusionMatrix.rows == [[2, 1], [1, 2]])
        #expect(result.outOfFold.answers.map(\.index) == Array(0..<6))
        #expect(result.outOfFold.broken == ["x.jpg: no image"])
        #expect(result.accuracy.mean == 0.625)
        let deviation = 0.03125.squareRoot()
        #expect(abs(result.accuracy.deviation - deviation) < 1e-15)
        #expect(result.accuracy.lowest == 0.5 && result.accuracy.highest == 0.75)
        #expect(result.loss.mean == 1.25)
        #expect(CrossValidationResult(network: "", data: "", folds: []) == nil)
    }

    @Test("shows them, with names from outside as text, and loads nothing")
    func page() throws {
        let page = try PageReader(CrossValidationPage(result()).html)
        #expect(page.all("h1").map(\.text) == ["wrn-10-1 on photos & more"])
        let cells = page.all("td").map(\.text)
        #expect(cells.contains("75.00\u{A0}%") && cells.contains("50.00\u{A0}%"))
        let heads = page.all("th").map(\.text)
        #expect(heads.contains("cv/fold-2") && heads.contains("<a>"))
        #expect(page.all("dd").map(\.text).contains("62.50\u{A0}%"))
        #expect(page.all("script").isEmpty && page.all("a").isEmpty && page.all("link").isEmpty)
    }
}
