// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn train --folds")
struct CrossValidationTests {
    let place: PhotographPlace

    init() throws {
        place = try PhotographPlace()
    }

    private struct Report: Decodable {
        struct Fold: Decodable {
            let fold: Int
            let run: String
            let images: Int
            let correct: Int
            let accuracy: Double
            let balancedAccuracy: Double
        }
        struct Figure: Decodable {
            let mean: Double
            let deviation: Double
            let lowest: Double
            let highest: Double
        }
        struct OutOfFold: Decodable {
            let images: Int
            let correct: Int
            let accuracy: Double
            let confusionMatrix: [[Int]]
        }
        let folds: [Fold]
        let accuracy: Figure
        let balancedAccuracy: Figure
        let outOfFold: OutOfFold
    }

    private func train(_ options: [String] = [], run: String = "run") -> [String] {
        [
            "train", "wrn-10-0.25", "--data", "photos", "--run", run, "--image-size", "16",
            "--epochs", "2", "--batch", "8", "--lr", "0.05", "--folds", "3",
        ] + options
    }

    private func report(_ run: String = "run") throws -> Report {
        try decoded(
            Report.self, from: String(decoding: place.bytes(run + "/folds.json"), as: UTF8.self))
    }

    private func models(_ run: String = "run") throws -> [[UInt8]] {
        try (1...3).map { try place.bytes("\(run)/fold-\($0)/model.safetensors") }
    }

    @Test("answers each image by a model that was not trained on it, and says mean and spread")
    func outOfFold() throws {
        let result = try place.run(train())
        #expect(result.code == 0, "\(result.problem)")
        let report = try report()
        #expect(report.folds.map(\.fold) == [1, 2, 3])
        #expect(report.folds.map(\.images) == [8, 8, 8])
        #expect(report.outOfFold.images == 24)
        #expect(report.outOfFold.confusionMatrix.map { $0.reduce(0, +) } == [12, 12])
        let diagonal = (0..<2).reduce(0) { $0 + report.outOfFold.confusionMatrix[$1][$1] }
        #expect(diagonal == report.outOfFold.correct)
        #expect(report.folds.map(\.correct).reduce(0, +) == diagonal)
        let accuracies = report.folds.map(\.accuracy)
        let mean = accuracies.reduce(0, +) / 3
        #expect(abs(report.accuracy.mean - mean) < 1e-12)
        let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect(abs(report.accuracy.deviation - (squares / 2).squareRoot()) < 1e-12)
        #expect(report.accuracy.lowest == accuracies.min())
        #expect(report.accuracy.highest == accuracies.max())
        #expect(result.output.contains("Out of fold, each image by the model that was not"))
        #expect(result.output.contains("true classes in rows"))
        let lines = result.output.split(separator: "\n").filter { !$0.contains(place.path) }
        #expect(lines.count > 30 && lines.allSatisfy { $0.count <= 80 })
        let page = String(decoding: try place.bytes("run/report.html"), as: UTF8.self)
        #expect(page.contains("A cross-validation with 3 folds: 24 images"))

        // The lines of the record are the same figures.
        struct Record: Decodable {
            let validationAccuracy: Double
        }
        for fold in report.folds {
            let text = String(decoding: try place.bytes(fold.run + "/metrics.jsonl"), as: UTF8.self)
            let last = try #require(text.split(separator: "\n").last)
            #expect(
                try decoded(Record.self, from: String(last)).validationAccuracy == fold.accuracy)
        }
    }

    @Test("the same command goes on where it was stopped, and another one is refused")
    func resume() throws {
        _ = try place.run(train(run: "whole"))
        let running = try RunningProgram(train(["--json"]), in: place.path)
        #expect(try running.waitFor("\"event\":\"epoch\"", count: 3))
        _ = running.end(with: SIGKILL)
        let rest = try place.run(train(["--json"]))
        #expect(rest.code == 0, "\(rest.problem)")
        #expect(try models() == models("whole"))
        #expect(rest.output.contains("\"event\":\"folds\""))
        let before = try models()
        let again = try place.run(train(["--json"]))
        #expect(again.code == 0 && !again.output.contains("\"event\":\"epoch\""))
        #expect(try models() == before)
        for (options, sentence) in [
            (["--momentum", "0.5"], "momentum is 0.9 there, 0.5 here"),
            (["--split-seed", "7"], "run/fold-1 holds a run with other settings"),
        ] {
            let result = try place.run(train(options))
            #expect(result.code == 2 && result.problem.contains(sentence), "\(result.problem)")
        }
        let single = try place.run(["train", "--resume", "run/fold-2", "--no-report"])
        #expect(single.code == 0, "\(single.problem)")
    }

    @Test("evaluate, report and calibrate take the images of the run's fold")
    func otherCommands() throws {
        _ = try place.run(train(["--no-report"]))
        let fold = try report().folds[1]
        let evaluated = try place.run(
            ["evaluate", "--weights", "run/fold-2", "--data", "photos", "--json"])
        #expect(evaluated.code == 0, "\(evaluated.problem)")
        #expect(evaluated.problem.contains("the images are those of fold 2 of 3"))
        struct Evaluated: Decodable {
            let count: Int
            let correct: Int
        }
        let figures = try decoded(Evaluated.self, from: evaluated.output)
        #expect(figures.count == 8 && figures.correct == fold.correct)
        let reported = try place.run(["report", "run/fold-2"])
        #expect(reported.code == 0, "\(reported.problem)")
        let calibrated = try place.run(["calibrate", "--weights", "run/fold-2"])
        // A fold whose images are all right has no best temperature, which is a failure.
        #expect((calibrated.output + calibrated.problem).contains("8 images"))
    }

    @Test("fine-tuning has folds, too")
    func fineTuning() throws {
        let result = try place.run([
            "finetune", "--data", "photos", "--run", "run", "--epochs", "1", "--batch", "8",
            "--folds", "2", "--no-report", "--freeze", "group1",
        ])
        #expect(result.code == 0, "\(result.problem)")
        #expect(try report().folds.map(\.images) == [12, 12])
    }

    @Test(
        "refuses what cannot be",
        arguments: [
            (["--seeds", "2"], "--folds and --seeds cannot be given together"),
            (["--minutes", "2"], "both give the length"),
            (["--validation-fraction", "0.3"], "--validation-fraction has no effect"),
        ])
    func errors(options: [String], sentence: String) throws {
        let result = try place.run(train(options))
        #expect(result.code == 2 && result.problem.contains(sentence), "\(result.problem)")
        let few = try place.run(train().dropLast() + ["1"])
        #expect(few.code == 2 && few.problem.contains("--folds must be in 2...100, not 1"))
        let many = try place.run(train().dropLast() + ["50"])
        #expect(many.code == 1 && many.problem.contains("expected at least 50 images"))
    }
}
