// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages
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

    @Test("a label has the model's number, by which the answer is right, whatever the data's own")
    func labelNumbers() throws {
        // The model's classes are b and a, those of the folder a and b.
        let place = try FeaturesTests.place()
        for (index, name) in ["a", "b"].enumerated() {
            let picture = try PhotographPlace.picture(index, index).png()
            try place.write(picture, to: "set/test/\(name)/\(index).png")
            try place.write(picture, to: "strange/test/other \(name)/\(index).png")
        }
        let arguments = ["predict", "--weights", "model.safetensors", "--data"]
        let result = try place.run(arguments + ["set", "0", "1", "--json"])
        #expect(result.code == 0, "\(result.problem)")
        let images = try decoded(Report.self, from: result.output).images
        #expect(images.map(\.label) == ["a", "b"] && images.map(\.labelIndex) == [1, 0])
        let drawn = try place.run(arguments + ["set", "0", "1", "--pictures"]).output
        for image in images {
            let word = image.predictions[0].className == image.label ? "right" : "wrong"
            #expect(drawn.contains("image \(image.index), labelled \(image.label): \(word)\n"))
        }
        // Of classes that are not the model's no answer is right or wrong.
        let strange = try place.run(arguments + ["strange", "0", "--pictures"])
        #expect(strange.output.hasPrefix("image 0, labelled other a\n"), "\(strange.problem)")
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
