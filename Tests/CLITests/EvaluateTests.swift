// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages
import WRNInference

@testable import wrn

@Suite("wrn evaluate")
struct EvaluateTests {
    /// What programs read; Foundation's untyped reader would round the numbers.
    private struct Report: Decodable {
        struct Class: Decodable {
            let name: String
            let count: Int
            let predicted: Int
            let correct: Int
            let precision: Double?
            let recall: Double?
            let f1: Double?
        }

        struct Interval: Decodable {
            let confidence: Double
            let lower: Double
            let upper: Double
        }

        struct Bin: Decodable {
            let lower: Double
            let upper: Double
            let count: Int
            let meanConfidence: Double?
            let accuracy: Double?
        }

        struct Confusion: Decodable {
            let label: Int
            let prediction: Int
            let count: Int
        }

        let architecture: String
        let data: String
        let flip: Bool
        let views: TestTimeViews
        let count: Int
        let correct: Int
        let accuracy: Double
        let accuracyInterval: Interval
        let top5Accuracy: Double
        let error: Double
        let loss: Double
        let expectedCalibrationError: Double
        let calibrationBins: [Bin]
        let macroAverage: Evaluation.Averages
        let weightedAverage: Evaluation.Averages
        let confusionMatrix: [[Int]]
        let confusions: [Confusion]
        let broken: [String]
        let seconds: Double
        let imagesPerSecond: Double
        let classes: [Class]
    }

    @Test("says what the library says")
    func text() throws {
        let workplace = try Workplace()
        let expected = try workplace.classifier().evaluate(workplace.images())
        let result = try workplace.run("evaluate", "--weights", "model", "--data", "data")
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
        let lines = result.output.components(separatedBy: "\n")
        func percent(_ fraction: Double) -> String { String(format: "%.2f %%", 100 * fraction) }
        #expect(lines[0] == "wrn-10-1 on data, 12 test images")
        let interval = expected.accuracyInterval()
        #expect(
            lines[2] == "top-1     \(percent(expected.accuracy)) (95 % confidence: "
                + "\(percent(interval.lowerBound)) to \(percent(interval.upperBound)))")
        #expect(
            lines[3]
                == "balanced  \(percent(expected.balancedAccuracy)) (mean recall of the classes)"
        )
        #expect(lines[4] == "top-5     \(percent(expected.topAccuracy(5)))")
        #expect(lines[5] == "error     \(percent(expected.error))")
        #expect(lines[6] == "loss      \(String(format: "%.4f", expected.loss))")
        #expect(lines[7] == "ECE       \(percent(expected.calibration().expectedError))")
        #expect(lines[8].contains(/^speed +[0-9]+ images\/s$/))
        #expect(
            lines[10].split(separator: " ")
                == [
                    "class", "images", "right", "precision", "recall", "95", "%", "of", "recall",
                    "F1",
                ])
        let first = expected.classes[0]
        #expect(lines[11].hasPrefix("class 0 "))
        func words(_ values: Double?...) -> [String] {
            values.flatMap { $0.map(percent)?.components(separatedBy: " ") ?? ["-"] }
        }
        let bounds = try #require(first.recallInterval())
        let shown = [
            String(format: "%.1f", 100 * bounds.lowerBound), "to",
            String(format: "%.1f", 100 * bounds.upperBound),
        ]
        let values = words(first.precision, first.recall) + shown + words(first.f1)
        let row = ["class", "0", "2", "\(first.correct)"] + values
        #expect(lines[11].split(separator: " ").map(String.init) == row)
        let means = expected.macroAverages
        let macro =
            ["macro", "average", "12", "\(expected.correct)"]
            + words(means.precision, means.recall, means.f1)
        #expect(lines[21].split(separator: " ").map(String.init) == macro)
        #expect(lines[22].hasPrefix("weighted average "))
        #expect(lines[24] == "true classes in rows, predicted ones in columns")
        #expect(
            lines[26].split(separator: " ") == ["class"] + (0..<10).map { "\($0)" })
        for (index, row) in expected.confusionMatrix.rows.enumerated() {
            let cells = ["\(index)", "class", "\(index)"] + row.map { $0 == 0 ? "." : "\($0)" }
            #expect(lines[27 + index].split(separator: " ").map(String.init) == cells)
        }
        #expect(lines.count == 27 + 10 + 1)
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test("names the most frequent confusions where the matrix is too wide")
    func confusions() throws {
        let evaluation = Evaluation(
            loss: 1, classNames: (0..<13).map { "a class with the number \($0)" },
            answers: (0..<40).map { index in
                let prediction = index < 3 ? 7 : index * 5 % 13
                return Evaluation.Answer(
                    index: index, label: index % 13, prediction: prediction, probability: 0.5,
                    labelProbability: 0.5, labelRank: prediction == index % 13 ? 1 : 2)
            })
        let text = ConfusionText(evaluation: evaluation)
        let all = evaluation.confusionMatrix.confusions
        let lines = text.lines(width: 80)
        #expect(lines[1] == "the 10 most frequent of \(all.count) confusions")
        #expect(lines.count == 4 + 10)
        #expect(
            lines[3].split(separator: " ") == ["true", "class", "taken", "for", "images", "of"])
        let names = [all[0].label, all[0].prediction].map { "a class with the number \($0)" }
        #expect(lines[4].hasPrefix(names[0]))
        #expect(lines[4].contains("  \(names[1]) "))
        let counts = ["\(all[0].count)", "\(evaluation.classes[all[0].label].count)"]
        #expect(lines[4].split(separator: " ").suffix(2).map(String.init) == counts)
        for width in [40, 60] {
            let lines = text.lines(width: TextWidth(columns: width, isFixed: true))
            #expect(lines.dropFirst(3).allSatisfy { $0.count <= width })
        }
        // A matrix of few classes is whole in a pipe, however wide.
        let few = ConfusionText(
            evaluation: Evaluation(
                loss: 1, classNames: [String(repeating: "a long name ", count: 8), "b"],
                answers: [
                    Evaluation.Answer(
                        index: 0, label: 0, prediction: 1, probability: 0.5,
                        labelProbability: 0.5, labelRank: 2)
                ]))
        let piped = few.lines(width: TextWidth(columns: 20, isFixed: false))
        #expect(piped[1] == "true classes in rows, predicted ones in columns")
        #expect(few.lines(width: 10)[1] == "confusions")
        let right = Evaluation(
            loss: 1, classNames: (0..<13).map { "\($0)" },
            answers: [
                Evaluation.Answer(
                    index: 0, label: 0, prediction: 0, probability: 0.5, labelProbability: 0.5,
                    labelRank: 1)
            ])
        #expect(ConfusionText(evaluation: right).lines(width: 80).isEmpty)
    }

    @Test("JSON holds the same, on any number of threads")
    func json() throws {
        let workplace = try Workplace()
        let expected = try workplace.classifier().evaluate(workplace.images())
        var losses: Set<Double> = []
        for threads in ["1", "2"] {
            let result = try workplace.run(
                "evaluate", "--weights", "model/model.safetensors", "--data", "data", "--json",
                "--threads", threads, "--batch", "5")
            let report = try decoded(Report.self, from: result.output)
            #expect(report.architecture == "wrn-10-1")
            #expect(report.data == "data")
            #expect(report.count == 12)
            #expect(report.correct == expected.correct)
            #expect(report.accuracy == expected.accuracy)
            #expect(report.error == expected.error)
            // The batches differ, and so may the rounding.
            #expect(abs(report.loss - expected.loss) < 1e-5)
            losses.insert(report.loss)
            #expect(report.seconds > 0 && report.imagesPerSecond > 0)
            #expect(report.classes.map(\.name) == expected.classes.map(\.name))
            #expect(report.classes.map(\.count) == expected.classes.map(\.count))
            #expect(report.classes.map(\.correct) == expected.classes.map(\.correct))
            #expect(report.classes.map(\.predicted) == expected.classes.map(\.predicted))
            #expect(report.classes.map(\.precision) == expected.classes.map(\.precision))
            #expect(report.classes.map(\.recall) == expected.classes.map(\.recall))
            #expect(report.classes.map(\.f1) == expected.classes.map(\.f1))
            #expect(!report.flip && report.broken.isEmpty)
            #expect(report.accuracyInterval.confidence == 0.95)
            let interval = expected.accuracyInterval()
            #expect(report.accuracyInterval.lower == interval.lowerBound)
            #expect(report.accuracyInterval.upper == interval.upperBound)
            #expect(report.top5Accuracy == expected.topAccuracy(5))
            let calibration = expected.calibration()
            #expect(abs(report.expectedCalibrationError - calibration.expectedError) < 1e-5)
            #expect(report.calibrationBins.map(\.count) == calibration.bins.map(\.count))
            #expect(report.calibrationBins.map(\.accuracy) == calibration.bins.map(\.accuracy))
            #expect(report.calibrationBins.map(\.upper) == calibration.bins.map(\.upper))
            #expect(report.macroAverage == expected.macroAverages)
            #expect(report.weightedAverage == expected.weightedAverages)
            let matrix = expected.confusionMatrix
            #expect(report.confusionMatrix == matrix.rows)
            #expect(report.confusions.map(\.count) == matrix.confusions.map(\.count))
            #expect(report.confusions.map(\.label) == matrix.confusions.map(\.label))
        }
        #expect(losses.count == 1)
    }

    @Test("a limit takes the first images")
    func limit() throws {
        let workplace = try Workplace()
        let expected = try workplace.classifier().evaluate(workplace.images().prefix(5))
        let result = try workplace.run(
            "evaluate", "--weights", "model", "--data", "data", "--limit", "5", "--json")
        let report = try decoded(Report.self, from: result.output)
        #expect(report.count == 5)
        #expect(report.loss == expected.loss)
    }

    @Test("a test-time flip averages with the mirror images, and the report says so")
    func flip() throws {
        let workplace = try Workplace()
        let expected = try workplace.classifier().evaluate(
            workplace.images(), views: .flip)
        let arguments = ["evaluate", "--weights", "model", "--data", "data", "--flip"]
        let json = try Program.run(arguments + ["--json"], in: workplace.path)
        let report = try decoded(Report.self, from: json.output)
        #expect(report.flip)
        #expect(report.loss == expected.loss)
        let plain = try workplace.classifier().evaluate(workplace.images())
        #expect(report.loss != plain.loss)
        let text = try Program.run(arguments, in: workplace.path)
        #expect(
            text.output.hasPrefix(
                "wrn-10-1 on data, 12 test images, each averaged with its mirror image\n"))
    }

    @Test("a table has a line for each image, in a file or on the standard output")
    func table() throws {
        let workplace = try Workplace()
        let answers = try workplace.classifier().evaluate(workplace.images()).answers
        let expected =
            "image,label,prediction,probability,label_probability,right\n"
            + answers.map { answer in
                "\(answer.index),class \(answer.label),class \(answer.prediction),\(answer.probability),"
                    + "\(answer.labelProbability),\(answer.isCorrect)\n"
            }.joined()
        let arguments = ["evaluate", "--weights", "model", "--data", "data", "--csv"]
        let piped = try Program.run(arguments + ["-"], in: workplace.path)
        #expect(piped.code == 0)
        #expect(piped.output == expected)
        try workplace.write([1, 2, 3], to: "answers.csv")
        let before = try workplace.contents()
        let written = try Program.run(arguments + ["answers.csv", "--json"], in: workplace.path)
        #expect(written.code == 0)
        #expect(try decoded(Report.self, from: written.output).count == 12)
        #expect(try workplace.bytes(of: "answers.csv") == Array(expected.utf8))
        #expect(try workplace.contents() == before)
    }

    @Test("a table that cannot be written is refused before anything is computed")
    func noTable() throws {
        let workplace = try Workplace()
        let before = try workplace.contents()
        let nowhere = try workplace.run(
            "evaluate", "--weights", "model", "--data", "data", "--csv", "nowhere/answers.csv")
        #expect(nowhere.code == 1)
        #expect(nowhere.output.isEmpty)
        #expect(nowhere.problem.contains("nowhere/answers.csv: cannot create"))
        let both = try workplace.run(
            "evaluate", "--weights", "model", "--data", "data", "--csv", "-", "--json")
        #expect(both.code == 2)
        #expect(
            both.problem.contains(
                "--csv - and --json both write to the standard output; name a file after --csv"))
        #expect(try workplace.contents() == before)
    }

    @Test("a table names files, without those that are no images")
    func files() throws {
        let place = try FeaturesTests.place()
        for (index, name) in ["a/0, \"x\".png", "a/1.png", "b/2.png"].enumerated() {
            try place.write(try PhotographPlace.picture(0, index).png(), to: "set/test/" + name)
        }
        try place.write([1, 2, 3], to: "set/test/a/0-.png")
        let arguments = ["evaluate", "--weights", "model.safetensors", "--data", "set", "--csv"]
        let refused = try place.run(arguments + ["t.csv"])
        #expect(refused.code == 1)
        #expect(refused.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: place.path + "/t.csv"))
        let result = try place.run(arguments + ["t.csv", "--skip-broken"])
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output.contains("left out  1 file\n"))
        // Two classes: each label is one of five.
        #expect(!result.output.contains("top-5"))
        #expect(result.problem.hasPrefix("wrn: left out: set/test/a/0-.png"))
        let lines = String(decoding: try place.bytes("t.csv"), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1].hasPrefix("\"set/test/a/0, \"\"x\"\".png\",a,"))
        #expect(lines[2].hasPrefix("set/test/a/1.png,a,"))
        #expect(lines[3].hasPrefix("set/test/b/2.png,b,"))
    }

    @Test("leaves nothing behind")
    func nothingLeft() throws {
        let workplace = try Workplace()
        let before = try workplace.contents()
        _ = try workplace.run("evaluate", "--weights", "model", "--data", "data")
        #expect(try workplace.contents() == before)
    }
}
