// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNData
import WRNInference

@Suite("wrn evaluate")
struct EvaluateTests {
    /// What programs read; Foundation's untyped reader would round the numbers.
    private struct Report: Decodable {
        struct Class: Decodable {
            let name: String
            let count: Int
            let correct: Int
        }

        let architecture: String
        let data: String
        let count: Int
        let correct: Int
        let accuracy: Double
        let error: Double
        let loss: Double
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
        #expect(result.complaint.isEmpty)
        let lines = result.output.components(separatedBy: "\n")
        #expect(lines[0] == "wrn-10-1 on data, 12 test images")
        let percent = String(format: "%.2f", 100 * expected.accuracy)
        #expect(lines[2] == "accuracy  \(percent) %")
        #expect(lines[4] == "loss      \(String(format: "%.4f", expected.loss))")
        #expect(lines[5].contains(/^speed +[0-9]+ images\/s$/))
        #expect(lines[7] == "class    images  right  accuracy")
        let first = expected.classes[0]
        #expect(
            lines[8].split(separator: " ")
                == ["class", "0", "2", "\(first.correct)", "\(50 * first.correct).00", "%"])
        #expect(lines.count == 8 + 10 + 1)
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

    @Test("leaves nothing behind")
    func nothingLeft() throws {
        let workplace = try Workplace()
        let before = try workplace.contents()
        _ = try workplace.run("evaluate", "--weights", "model", "--data", "data")
        #expect(try workplace.contents() == before)
    }
}
