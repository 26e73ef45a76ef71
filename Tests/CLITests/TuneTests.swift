// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn tune")
struct TuneTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    private struct Line: Decodable {
        struct Result: Decodable {
            let rank: Int
            let trial: Int
            let run: String
            let settings: [String: Double]
            let epochs: Int
            let rung: Int
            let accuracy: Double?
            let loss: Double?
            let state: String
        }
        struct Rung: Decodable, Equatable {
            let epochs: Int
            let trials: Int
        }
        struct Fold: Decodable {
            let number: Int
            let count: Int
        }
        let event: String
        let best: Int?
        let rungs: [Rung]?
        let results: [Result]?
        let fold: Fold?
        let trial: Int?
    }

    private func tune(
        _ tried: [String] = ["lr=0.01,0.1,0.05", "momentum=0.5"], directory: String = "tuning",
        options: [String] = ["--epochs", "3"]
    ) -> [String] {
        ["tune", "wrn-10-0.25", "--data", "data", "--dir", directory, "--batch", "16"]
            + tried.flatMap { ["--try", $0] } + options
    }

    private func lines(_ arguments: [String]) throws -> [Line] {
        let result = try place.run(arguments + ["--json"])
        #expect(result.code == 0, "\(result.problem)")
        return try result.output.split(separator: "\n").map {
            try decoded(Line.self, from: String($0))
        }
    }

    private func models(_ directory: String = "tuning") throws -> [Data] {
        try (1...3).map { try place.bytes("\(directory)/trial-0\($0)/model.safetensors") }
    }

    @Test("trains all trials shortly and the best one on, each as an ordinary run")
    func halving() throws {
        let lines = try lines(tune())
        let report = try #require(lines.last)
        #expect(report.event == "result")
        #expect(report.rungs == [.init(epochs: 1, trials: 3), .init(epochs: 3, trials: 1)])
        let results = try #require(report.results)
        #expect(results.map(\.rank) == [1, 2, 3])
        #expect(results.map(\.epochs) == [3, 1, 1])
        #expect(results.map(\.state) == ["finished", "stopped", "stopped"])
        #expect(report.best == results[0].trial)
        // The data has test images only: a tenth of the training images judges.
        #expect(report.fold?.number == 1 && report.fold?.count == 10)
        // 3 epochs of all trials, and 2 more of the best one.
        #expect(lines.count { $0.event == "epoch" } == 5)
        #expect(lines.first { $0.event == "epoch" }?.trial == 1)

        // The run of the best one is what 'wrn train' makes of its settings.
        let best = results[0]
        let rate = try #require(best.settings["learning_rate"])
        #expect(best.settings["momentum"] == 0.5)
        let configuration = try place.bytes("tuning/\(best.run)/config.json")
        let text = String(decoding: configuration, as: UTF8.self)
        #expect(text.contains("\"learning_rate\" : \(rate)") && text.contains("\"fold\""))
        let listed = try place.run(["runs", "tuning"])
        #expect(listed.output.contains("\(best.run)  wrn-10-0.25"))
        #expect(listed.output.contains("3/3"))
        let table = String(decoding: try place.bytes("tuning/tuning.txt"), as: UTF8.self)
        #expect(table.contains("trial \(best.trial), learning_rate \(rate), momentum 0.5"))

        // A loser that is trained on ends as one that was never paused.
        let loser = try #require(results.last)
        let resumed = try place.run(
            ["train", "--resume", "tuning/\(loser.run)", "--no-report"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        let other = try #require(loser.settings["learning_rate"])
        _ = try self.lines(
            tune(
                ["lr=\(other)"], directory: "alone",
                options: [
                    "--epochs", "3", "--momentum", "0.5",
                ]))
        #expect(
            try place.bytes("tuning/\(loser.run)/model.safetensors")
                == place.bytes("alone/trial-01/model.safetensors"))
    }

    @Test("the same command again does nothing anew, and another one is refused")
    func again() throws {
        let first = try lines(tune())
        let models = try models()
        let second = try lines(tune())
        #expect(second.count { $0.event == "epoch" } == 0)
        #expect(second.last?.results?.map(\.trial) == first.last?.results?.map(\.trial))
        #expect(try self.models() == models)
        for (options, sentence) in [
            (["--epochs", "4"], "its number of epochs: 3; here: 4"),
            (["--epochs", "3", "--seed", "2"], "its seed: 1; here: 2"),
            (["--epochs", "3", "--metric", "loss"], "its metric: accuracy; here: loss"),
            (["--epochs", "3", "--reduction", "2"], "its factor: 3; here: 2"),
        ] {
            let result = try place.run(tune(options: options))
            #expect(result.code == 1)
            #expect(result.problem.contains(sentence), "\(result.problem)")
        }
        let values = try place.run(tune(["lr=0.01,0.1,0.05"]))
        #expect(values.code == 1 && values.problem.contains("its values: learning_rate=0.01"))
        let batch = try place.run(
            tune(options: ["--epochs", "3", "--weight-decay", "0.1"]))
        #expect(batch.code == 2)
        #expect(batch.problem.contains("weight_decay is 0.0005 there, 0.1 here"))
        #expect(try self.models() == models)
    }

    @Test("stopped by Ctrl-C or killed, it goes on to the same bytes")
    func interrupted() throws {
        // The first trial alone would take hours.
        let long = tune(["lr=0.01,0.1,0.05"], options: ["--epochs", "900000"])
        let running = try RunningProgram(long, in: place.path)
        #expect(try running.waitFor("900,000"))
        #expect(
            try running.waitUntil {
                try place.contents().contains { $0.hasSuffix("metrics.jsonl") }
            })
        #expect(running.end(with: SIGINT) == 130)
        #expect(try running.output.contains("The same command again goes on"))
        #expect(try place.contents().contains("tuning/trial-01/model.safetensors"))

        let short = tune(directory: "short")
        let killed = try RunningProgram(short + ["--json"], in: place.path)
        #expect(try killed.waitFor("\"event\":\"trial\"", count: 2))
        _ = killed.end(with: SIGKILL)
        _ = try lines(short)
        _ = try lines(tune(directory: "whole"))
        #expect(try models("short") == models("whole"))
        let tables = try ["short", "whole"].map {
            String(decoding: try place.bytes("\($0)/tuning.txt"), as: UTF8.self)
                .split(separator: "\n").first
        }
        #expect(tables[0] == tables[1])
    }

    @Test("killed between the line of an epoch and its checkpoint, it trains that epoch again")
    func killedBeforeCheckpoint() throws {
        _ = try lines(tune())
        let whole = try models()
        let results = try #require(try lines(tune()).last?.results)
        let best = try #require(results.first)
        // What such a kill leaves: the line of the last epoch, the files of the one before, and the
        // results that were saved after the first rung.
        let run = "tuning/\(best.run)"
        let steps = 3 * 3
        for suffix in ["", ".sha256"] {
            for file in [TrainingPlace.checkpoint(steps), "model.safetensors"] {
                try FileManager.default.removeItem(atPath: "\(place.path)/\(run)/\(file)\(suffix)")
            }
        }
        let plan = String(decoding: try place.bytes("tuning/tuning.json"), as: UTF8.self)
        let saved = try #require(
            JSONSerialization.jsonObject(with: Data(plan.utf8)) as? [String: Any])
        var entries = try #require(saved["results"] as? [[String: Any]])
        for index in entries.indices { entries[index]["epochs"] = 1 }
        let changed = saved.merging(["results": entries]) { $1 }
        try place.write(
            [UInt8](JSONSerialization.data(withJSONObject: changed)), to: "tuning/tuning.json")
        let again = try lines(tune())
        #expect(again.filter { $0.event == "epoch" }.map(\.trial) == [best.trial])
        #expect(try models() == whole)
    }

    @Test("of trials that early stopping ends, the best epochs count, whose models they have")
    func earlyStopping() throws {
        struct Epoch: Decodable {
            let validationLoss: Double
        }
        let options = [
            "--epochs", "3", "--early-stopping", "loss", "--stop-patience", "2", "--schedule",
            "constant", "--metric", "loss", "--reduction", "100",
        ]
        // Of such rates some make an epoch before the last one the best.
        let report = try #require(
            try lines(tune(["lr=0.5,0.7,1,1.5,2,3"], options: options)).last)
        var gainedCount = 0
        for result in try #require(report.results) {
            let metrics = String(
                decoding: try place.bytes("tuning/\(result.run)/metrics.jsonl"), as: UTF8.self)
            let losses = try metrics.split(separator: "\n").map {
                try decoded(Epoch.self, from: String($0)).validationLoss
            }
            #expect(result.loss == losses.min())
            if losses.last != losses.min() { gainedCount += 1 }
        }
        #expect(gainedCount > 0)
    }

    @Test("a trial whose loss explodes loses, and the others go on")
    func diverged() throws {
        let report = try #require(try lines(tune(["lr=0.01,100000,0.05"])).last)
        let results = try #require(report.results)
        #expect(results.map(\.state) == ["finished", "stopped", "diverged"])
        #expect(results[2].settings["learning_rate"] == 100_000)
        let again = try lines(tune(["lr=0.01,100000,0.05"]))
        #expect(again.count { $0.event == "epoch" || $0.event == "diverged" } == 0)
        let all = try place.run(tune(["lr=100000,200000"], directory: "all"))
        #expect(all.code == 1)
        #expect(all.problem.contains("the loss of all 2 trials exploded"))
    }

    @Test("fine-tunes from weights, and tries settings of fine-tuning")
    func fineTuning() throws {
        let photos = try PhotographPlace()
        let options = [
            "tune", "--fine-tune", "--data", "photos", "--dir", "tuning", "--epochs", "2",
            "--batch", "8", "--validation-fraction", "0.25", "--try", "layer_decay=0.5,1",
            "--metric", "loss", "--json",
        ]
        let result = try photos.run(options)
        #expect(result.code == 0, "\(result.problem)")
        let last = try #require(result.output.split(separator: "\n").last)
        let report = try decoded(Line.self, from: String(last))
        #expect(report.fold == nil)
        let results = try #require(report.results)
        #expect(Set(results.compactMap { $0.settings["layer_decay"] }) == [0.5, 1])
        let losses = results.compactMap(\.loss)
        #expect(losses.count == 2 && losses[0] <= losses[1])
        for (trial, decay) in [(1, "0.5"), (2, "1")] {
            let text = String(
                decoding: try photos.bytes("tuning/trial-0\(trial)/config.json"), as: UTF8.self)
            #expect(text.contains("\"layer_decay\" : \(decay)"))
        }
    }

    @Test(
        "refuses what cannot be, and leaves nothing behind",
        arguments: [
            (["lr=0.1,1e-1"], [], 2, "learning_rate has the value 0.1 twice (0.1 and 1e-1)"),
            (["lrate=0.1"], [], 2, "there is no setting 'lrate'"),
            (["momentum=0.5,1"], [], 2, "momentum takes a number in 0..<1, not 1"),
            (["lr=0.1,0.2"], ["--lr", "0.3"], 2, "--lr 0.3 and --try both give learning_rate"),
            (["lr=0.1"], ["--set", "learning_rate=3"], 2, "and --try both give learning_rate"),
            (["beta1=0.5"], [], 2, "--try beta1=0.5 has no effect"),
            (["layer_decay=0.5"], [], 2, "it acts in fine-tuning only"),
            (
                ["plain_epochs=1,2"], ["--no-augment"], 2,
                "--try plain_epochs=1 has no effect: plain_epochs acts with augmentation"
            ),
            (["lr=0.1"], ["--weights", "model"], 2, "--weights goes with --fine-tune"),
            (["lr=0.1"], ["--best"], 2, "--best goes with --fine-tune"),
            (["lr=0.1"], ["--freeze", "group0"], 2, "--freeze goes with --fine-tune"),
            (["epochs=1,2"], [], 2, "so it cannot be tried"),
            (["validate_every=1,2"], [], 2, "validate_every cannot be tried"),
            (
                ["lr=0.1,0.2"], ["--set", "validate_every=2"], 2,
                "--set validate_every=2 would leave out epochs"
            ),
            (["lr=0.1,0.2"], ["--minutes", "0.0001"], 1, "one of each of the 2 trials"),
            (["lr=0.1"], ["--minutes", "1", "--epochs", "2"], 2, "both give the full length"),
            (["lr=0.1"], ["--reduction", "1"], 2, "--reduction must be in 2...100, not 1"),
            (["lr=0.1"], ["--trials", "0"], 2, "--trials must be in 1...1000, not 0"),
            ([], [], 2, "--try is missing"),
        ] as [([String], [String], Int32, String)])
    func errors(tried: [String], options: [String], code: Int32, sentence: String) throws {
        let before = try place.contents()
        let result = try place.run(tune(tried, options: options))
        #expect(result.code == code)
        #expect(result.problem.contains(sentence), "\(result.problem)")
        #expect(result.output.isEmpty)
        #expect(try place.contents() == before)
    }

    @Test("refuses a directory of something else")
    func otherDirectory() throws {
        let result = try place.run(tune(directory: "data"))
        #expect(result.code == 1)
        #expect(result.problem.contains("data: expected a new or empty directory, or that of a"))
        try place.write(Array("{}".utf8), to: "broken/tuning.json")
        let broken = try place.run(tune(directory: "broken"))
        #expect(broken.code == 1 && broken.problem.contains("broken/tuning.json: expected"))
    }

    @Test(
        "refuses a plan whose rungs are not those of its trials",
        arguments: [
            ("\"trials\" : 3", "\"trials\" : -1"), ("\"trials\" : 3", "\"trials\" : 2"),
            ("\"epochs\" : 1", "\"epochs\" : -9223372036854775807"),
            ("\"factor\" : 3", "\"factor\" : 0"),
        ])
    func changedPlan(part: String, change: String) throws {
        let command = tune(options: ["--epochs", "3", "--no-report"])
        #expect(try place.run(command).code == 0)
        let plan = String(decoding: try place.bytes("tuning/tuning.json"), as: UTF8.self)
        try #require(plan.contains(part))
        try place.write(
            Array(plan.replacingOccurrences(of: part, with: change).utf8),
            to: "tuning/tuning.json")
        let result = try place.run(command)
        #expect(result.code == 1)
        #expect(
            result.problem.contains("tuning/tuning.json: expected the rungs that follow"),
            "\(result.problem)")
    }

    @Test(
        "validates after every epoch, also by a recipe that does so rarely",
        arguments: [[], ["--set", "validate_every=1"]])
    func everyValidation(given: [String]) throws {
        try place.write(Array(#"{"validate_every": 2}"#.utf8), to: "rare.json")
        let options = ["--epochs", "3", "--no-report", "--recipe", "rare.json"] + given
        let result = try place.run(tune(options: options))
        #expect(result.code == 0, "\(result.problem)")
        let records = String(
            decoding: try place.bytes("tuning/trial-01/metrics.jsonl"), as: UTF8.self)
        for line in records.split(separator: "\n") {
            #expect(line.contains("\"validation_accuracy\":"))
        }
    }

    @Test("--minutes finds the full length that fits, and the same command goes on with it")
    func minutes() throws {
        let options = ["--minutes", "0.1"]
        let first = try lines(tune(options: options))
        let rungs = try #require(first.last?.rungs)
        #expect(rungs[0].epochs >= 1 && rungs[0].trials == 3)
        let second = try lines(tune(options: options))
        #expect(second.last?.rungs == rungs)
        #expect(second.count { $0.event == "epoch" } == 0)
    }
}
