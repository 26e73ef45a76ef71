// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNInference

@Suite("wrn predict")
struct PredictTests {
    private struct Report: Decodable {
        struct Image: Decodable {
            let index: Int
            let label: String
            let labelIndex: Int
            let predictions: [Class]
        }

        struct Class: Decodable {
            let classIndex: Int
            let className: String
            let probability: Double
        }

        let architecture: String
        let data: String
        let images: [Image]
    }

    private func predict(_ workplace: Workplace, _ rest: String...) throws -> String {
        let result = try Program.run(
            ["predict", "--weights", "model", "--data", "data"] + rest, in: workplace.path)
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
        return result.output
    }

    @Test("writes one line for each image where no terminal is")
    func lines() throws {
        let workplace = try Workplace()
        let expected = try workplace.classifier().classify(workplace.images(), indices: [7, 0])
        let lines = try predict(workplace, "7", "0", "--top", "2").split(separator: "\n")
        #expect(lines.count == 2)
        for (line, (index, classes)) in zip(lines, zip([7, 0], expected)) {
            let texts = classes.prefix(2).map {
                "\($0.className) \(String(format: "%.2f", 100 * $0.probability)) %"
            }
            #expect(line == "\(index): \(texts[0]), \(texts[1]); labelled \(index)")
        }
    }

    @Test("draws pictures as text when asked to")
    func pictures() throws {
        let workplace = try Workplace()
        let lines = try predict(workplace, "3", "--pictures", "--top", "4")
            .components(separatedBy: "\n")
        #expect(lines[0].hasPrefix("image 3, labelled 3: "))
        #expect(lines[1...4].allSatisfy { $0.count == 8 })
        #expect(lines[5...8].allSatisfy { $0.contains(/^class [0-9] +[0-9]+\.[0-9]{2} %( #+)?$/) })
        #expect(Array(lines[9...]) == ["", ""])
    }

    @Test("JSON holds the images and their classes")
    func json() throws {
        let workplace = try Workplace()
        let expected = try workplace.classifier().classify(workplace.images(), indices: [11])
        let output = try predict(workplace, "11", "--json", "--top", "100", "--pictures")
        let report = try decoded(Report.self, from: output)
        #expect(report.architecture == "wrn-10-1")
        #expect(report.data == "data")
        #expect(report.images.count == 1)
        #expect(report.images[0].index == 11)
        #expect(report.images[0].label == "1")
        #expect(report.images[0].labelIndex == 1)
        let classes = report.images[0].predictions
        #expect(classes.map(\.classIndex) == expected[0].map(\.classIndex))
        #expect(classes.map(\.className) == expected[0].map(\.className))
        for (found, wanted) in zip(classes, expected[0]) {
            #expect(abs(found.probability - wanted.probability) < 1e-5)
        }
    }
}
