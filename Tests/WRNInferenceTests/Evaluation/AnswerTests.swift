// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNFetch
import WRNImages

@testable import WRNInference

@Suite("Answers of an evaluation")
struct AnswerTests {
    /// Files without content, of which only the names are used.
    private struct NamedFiles: ImageSet {
        let files: [String]
        let classNames: [String]

        var name: String { "folder" }
        var channels: Int { 3 }
        var height: Int { 8 }
        var width: Int { 8 }
        var labels: [Int] { files.map { _ in 0 } }

        func title(of index: Int) -> String { files[index] }

        func image(
            at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
        ) throws(DataError) -> PixelImage {
            PixelImage(height: 8, width: 8, channels: 3, pixels: [UInt8](repeating: 0, count: 192))
        }

        func fittedImage(at index: Int) throws(DataError) -> PixelImage {
            try image(at: index) { _, _ in nil }
        }

        func prefix(_ count: Int) -> NamedFiles {
            NamedFiles(files: Array(files.prefix(count)), classNames: classNames)
        }
    }

    @Test("are those of classify, in the order of the set")
    func agreeWithClassify() throws {
        let images = try TinyModel.images(21)
        let classifier = try TinyModel.classifier()
        let answers = try classifier.evaluate(images).answers
        let predictions = try classifier.classify(images, indices: Array(0..<21))
        #expect(answers.map(\.index) == Array(0..<21))
        #expect(answers.map(\.label) == images.labels)
        for (answer, ranked) in zip(answers, predictions) {
            #expect(answer.prediction == ranked[0].classIndex)
            #expect(answer.probability == ranked[0].probability)
            let place = try #require(ranked.firstIndex { $0.classIndex == answer.label })
            #expect(answer.labelRank == place + 1)
            #expect(answer.labelProbability == ranked[place].probability)
            #expect(answer.isCorrect == (place == 0))
        }
    }

    @Test("a table quotes names as RFC 4180 says, and its numbers read back as they were")
    func table() throws {
        let names = ["a, b", "\"c\""]
        let files = NamedFiles(files: ["x,\"1\".png", "line\r\nbreak.png"], classNames: names)
        let evaluation = Evaluation(
            loss: 1, classNames: names,
            answers: [
                Evaluation.Answer(
                    index: 1, label: 0, prediction: 1, probability: 2.0 / 3,
                    labelProbability: 1.0 / 3, labelRank: 2),
                Evaluation.Answer(
                    index: 0, label: 1, prediction: 1, probability: 1, labelProbability: 1,
                    labelRank: 1),
            ])
        let table = AnswerTable(of: evaluation, images: files)
        #expect(
            evaluation.answers.map(table.line) == [
                "line\\u{d}\\u{a}break.png,\"a, b\",\"\"\"c\"\"\",0.6666666666666666,0.3333333333333333,false\n",
                "\"x,\"\"1\"\".png\",\"\"\"c\"\"\",\"\"\"c\"\"\",1.0,1.0,true\n",
            ])
        let numbered = AnswerTable(of: evaluation, images: try TinyModel.images(2))
        #expect(numbered.line(evaluation.answers[0]).hasPrefix("1,\"a, b\","))
        #expect(
            AnswerTable.header
                == "image,label,prediction,probability,label_probability,right\n")
    }
}
