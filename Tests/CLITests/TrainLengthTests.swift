// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The length of a run: early stopping, and a number of minutes")
struct TrainLengthTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    @Test("--early-stopping ends the run, which all commands then call finished")
    func stopsEarly() throws {
        let options = [
            "--early-stopping", "accuracy", "--stop-patience", "2", "--set",
            "stop_minimum_change=1", "--threads", "1",
        ]
        let result = try place.run(TrainingPlace.train(epochs: 7, options: options))
        #expect(result.code == 0)
        let text = result.output.replacing("\n", with: " ")
        #expect(
            text.contains(
                "It ends earlier when the test accuracy has not improved by more than 1.0 for 2 "
                    + "epochs, with the best model."))
        #expect(
            text.contains(
                "Early stopping after epoch 3: the test accuracy has not improved for 2 epochs; "
                    + "the model is that of epoch "))
        #expect(text.contains("Finished after 3 epochs, of epoch "))
        struct Runs: Decodable {
            struct Run: Decodable {
                let state: String
                let epochs: Int
                let epochsDone: Int
            }
            let runs: [Run]
        }
        let runs = try decoded(Runs.self, from: place.run(["runs", ".", "--json"]).output).runs
        #expect(runs.first?.state == "finished")
        #expect(runs.first?.epochs == 7 && runs.first?.epochsDone == 3)
        let report = String(decoding: try place.bytes("run/report.html"), as: UTF8.self)
        #expect(report.contains("ended by early stopping after 3 of 7 epochs"))
        let again = try place.run(["train", "--resume", "run", "--no-report"])
        #expect(again.code == 0 && again.output.contains("Early stopping after epoch 3"))
        #expect(again.output.contains("The run is complete, and nothing is left to train; "))
        #expect(!again.output.contains("It ends earlier"))
    }

    @Test(
        "Refuses rules that cannot be",
        arguments: [
            (
                ["--early-stopping", "los"],
                "The value 'los' is invalid for '--early-stopping <metric>'"
            ),
            (["--stop-patience", "3"], "--stop-patience 3 has no effect: stop_patience acts with"),
            (
                ["--early-stopping", "loss", "--stop-patience", "0"],
                "--stop-patience must be in 1...1000000, not 0"
            ),
            (
                ["--early-stopping", "loss", "--set", "stop_minimum_change=-1"],
                "--set: stop_minimum_change takes"
            ),
            (["--minutes", "0"], "--minutes must be above 0, at most 525600 (a year), not 0.0"),
            (["--minutes", "1"], "--minutes and --epochs both give the length of the run"),
        ])
    func refuses(_ options: [String], _ sentence: String) throws {
        let result = try place.run(TrainingPlace.train(options: options))
        #expect(result.code == 2)
        #expect(result.problem.contains(sentence), "\(result.problem)")
        #expect(!FileManager.default.fileExists(atPath: place.path + "/run"))
    }

    private func train(minutes: String, _ options: [String] = []) -> [String] {
        [
            "train", "wrn-10-0.25", "--data", "data", "--run", "run", "--batch", "16", "--minutes",
            minutes, "--no-report",
        ] + options
    }

    @Test("--minutes chooses the number of epochs before the run begins, and says it")
    func fitsTime() throws {
        // A hundredth of a minute holds some of these epochs.
        let result = try place.run(train(minutes: "0.02", ["--json"]))
        #expect(result.code == 0, "\(result.problem)")
        struct Line: Decodable {
            let event: String
            let epochs: Int?
            let minutes: Double?
        }
        let lines = try result.output.split(separator: "\n").map {
            try decoded(Line.self, from: String($0))
        }
        let budget = try #require(lines.first)
        #expect(budget.event == "budget" && budget.minutes == 0.02)
        let epochs = try #require(budget.epochs)
        #expect(epochs >= 1)
        #expect(lines.filter { $0.event == "epoch" }.count == epochs)
        struct Configuration: Decodable {
            let epochs: Int
        }
        let file = String(decoding: try place.bytes("run/config.json"), as: UTF8.self)
        #expect(try decoded(Configuration.self, from: file).epochs == epochs)
    }

    @Test("A time that is too short for an epoch is one sentence, and begins no run")
    func tooShort() throws {
        let result = try place.run(train(minutes: "0.0000001"))
        #expect(result.code != 0)
        #expect(result.problem.contains("an epoch takes about "))
        #expect(result.problem.contains("which is more than the time of 0 s: allow more time"))
        #expect(result.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: place.path + "/run"))
    }

    @Test(
        "--minutes is for one new run",
        arguments: [["--seeds", "2"], ["--overfit", "4"]])
    func onlyOne(_ other: [String]) throws {
        var arguments = train(minutes: "1")
        if other[0] == "--overfit" { arguments.removeSubrange(4...5) }
        let result = try place.run(arguments + other)
        #expect(result.code == 2)
        #expect(result.problem.contains("it cannot be given with \(other[0]); give --epochs"))
        let both = try place.run(train(minutes: "1", ["--set", "epochs=3"]))
        #expect(both.code == 2)
        #expect(both.problem.contains("--minutes and --set epochs=3 both give the length"))
        let resumed = try place.run(["train", "--resume", "run", "--minutes", "1"])
        #expect(resumed.code == 2 && resumed.problem.contains("--resume"))
    }

    @Test("Ctrl-C while the time of an epoch is measured ends at once, and begins no run")
    func interrupted() throws {
        // Ten seconds are measured; nothing is written until then but the signal's answer.
        let program = try RunningProgram(train(minutes: "500"), in: place.path)
        #expect(try program.waitForSignalHandler(SIGINT))
        #expect(program.end(with: SIGINT) == 130)
        let output = try program.output
        #expect(output.contains("wrn: stopping: what is under way is finished first"))
        #expect(output.hasSuffix("wrn: error: interrupted\n"), "\(output)")
        #expect(!FileManager.default.fileExists(atPath: place.path + "/run"))
    }
}
