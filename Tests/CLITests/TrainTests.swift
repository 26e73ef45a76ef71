// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn train")
struct TrainTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    private struct Line: Decodable {
        let event: String
        let epoch: Int?
        let step: Int
        let validationAccuracy: Double?
        let stepsPerEpoch: Int?
        let parameters: Int?
    }

    private func lines(_ text: String) throws -> [Line] {
        try text.split(separator: "\n").map { try decoded(Line.self, from: String($0)) }
    }

    @Test("tells what it does, a line for each epoch, and what to do next")
    func speaks() throws {
        let result = try place.run(TrainingPlace.train(options: ["--threads", "1"]))
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
        let text = result.output.split(separator: "\n").map(String.init)
        #expect(text[0].hasPrefix("warning: 6 classes have fewer than 10 images: 4: 0, 5: 0, "))
        #expect(text[1] == "more")
        // The pictures of the test are those of the training.
        #expect(
            text[2].hasPrefix("warning: 20 test images are also among the training images"))
        let lines = Array(text.drop { !$0.hasPrefix("wrn-10-0.25") })
        try #require(lines.count == 11)
        #expect(lines[0] == "wrn-10-0.25, 5,722 parameters, on \(place.path)/data:")
        #expect(lines[1] == "40 training and 20 test images of 1x8x8")
        #expect(lines[2].hasPrefix("10 classes: 0: 10, 1: 10, 2: 10, 3: 10, 4: 0, "))
        #expect(
            lines[3]
                == "2 epochs of 3 steps on 1 thread, less than a minute; the run is kept in run")
        #expect(
            lines[4] == "After each epoch: loss (accuracy) on the training and the test images.")
        #expect(
            lines[5]
                == "There are no validation images: the test images choose the best epoch.")
        for (number, line) in zip(1..., lines[6...7]) {
            #expect(
                line.contains(
                    /^epoch [12]\/2  train [0-9.]+ \([0-9.]+ %\)  test [0-9.]+ \([0-9.]+ %\)  \d+ s$/
                ))
            #expect(line.hasPrefix("epoch \(number)/2 ") && line.count <= 80)
        }
        #expect(lines[8].hasPrefix("Finished after 2 epochs: test accuracy "))
        #expect(lines[9] == "The model is run/model.safetensors, the report run/report.html. Try:")
        #expect(lines[10].hasSuffix(" evaluate --weights run --data \(place.path)/data"))
        #expect(
            try place.contents().filter { $0.hasPrefix("run") }
                == ["run"] + TrainingPlace.files(of: "run", steps: [3, 6]))
    }

    @Test("calls a run complete of which nothing is left, alone and as one of several")
    func complete() throws {
        #expect(try place.run(TrainingPlace.train(epochs: 1)).code == 0)
        let seeds = TrainingPlace.train(run: "many", epochs: 1, options: ["--seeds", "2"])
        #expect(try place.run(seeds).code == 0)
        for (arguments, runs) in [
            (["train", "--resume", "run", "--no-report"], ["run"]),
            (seeds, ["many/seed-1", "many/seed-2"]),
        ] {
            let result = try place.run(arguments)
            #expect(result.code == 0, "\(result.problem)")
            for run in runs {
                let words = "is complete, and nothing is left to train; it is kept in \(run)\n"
                #expect(result.output.contains(words), "\(result.output)")
            }
            for words in ["Going on", "minute", "After each epoch"] {
                #expect(!result.output.contains(words), "\(result.output)")
            }
        }
    }

    @Test("makes a model that the other commands read, with the accuracy that it promised")
    func makesModel() throws {
        let trained = try place.run(
            TrainingPlace.train("wrn-10-0.5", epochs: 8, options: ["--json"]))
        let promised = try #require(
            lines(trained.output).last { $0.event == "epoch" }?.validationAccuracy)
        let result = try place.run(["evaluate", "--weights", "run", "--data", "data", "--json"])
        struct Report: Decodable {
            let accuracy: Double
        }
        #expect(try decoded(Report.self, from: result.output).accuracy == promised)
        #expect(promised >= 0.9)
    }

    @Test(
        "trains a network of each family",
        arguments: [
            "wrn-50-0.0625-v1", "wrn-18-0.125", "wrn-13-0.5-b131", "wrn-10-0.5-b3-table2",
            "resnet-8",
            "resnet-11-a", "preact-resnet-8", "preact-resnet-11", "preact-resnet-18",
        ])
    func trainsFamily(_ network: String) throws {
        try place.writeData(extent: 17)
        let trained = try place.run(TrainingPlace.train(network, epochs: 1, options: ["--json"]))
        #expect(trained.problem.isEmpty)
        let promised = try #require(
            lines(trained.output).last { $0.event == "epoch" }?.validationAccuracy)
        let result = try place.run(["evaluate", "--weights", "run", "--data", "data", "--json"])
        struct Report: Decodable {
            let accuracy: Double
        }
        #expect(try decoded(Report.self, from: result.output).accuracy == promised)
    }

    @Test("writes a line of JSON for each event")
    func writesJSON() throws {
        let result = try place.run(
            TrainingPlace.train(options: [
                "--json", "--checkpoint-every", "2", "--schedule", "constant",
            ]))
        #expect(result.problem.isEmpty)
        let lines = try lines(result.output)
        #expect(
            lines.map(\.event) == [
                "start", "saved", "epoch", "saved", "epoch", "finished",
            ])
        #expect(lines.map(\.step) == [0, 2, 3, 4, 6, 6])
        #expect(lines.first?.stepsPerEpoch == 3)
        #expect(lines.first?.parameters == 5722)
    }

    @Test("writes the same checkpoints with 1 and with 2 threads, and again")
    func isDeterministic() throws {
        let base = ["--dropout", "0.3", "--seed", "5"]
        for (run, threads) in [("a", "1"), ("b", "2"), ("c", "1")] {
            let result = try place.run(
                TrainingPlace.train(run: run, options: base + ["--threads", threads]))
            #expect(result.code == 0, "\(result.problem)")
        }
        for file in ["model.safetensors", "best.safetensors", TrainingPlace.checkpoint(6)] {
            let bytes = try place.bytes("a/" + file)
            #expect(try place.bytes("b/" + file) == bytes, "\(file)")
            #expect(try place.bytes("c/" + file) == bytes, "\(file)")
        }
    }

    @Test("keeps its options in config.json")
    func keepsOptions() throws {
        _ = try place.run(
            TrainingPlace.train(options: [
                "--lr", "0.02", "--momentum", "0.8", "--weight-decay", "0.001", "--seed", "9",
                "--schedule", "cosine", "--limit", "24", "--no-augment", "--dropout", "0.1",
            ]))
        struct Configuration: Decodable {
            struct Optimizer: Decodable {
                let learningRate: Double
                let momentum: Double
                let weightDecay: Double
            }
            struct Data: Decodable {
                let limit, trainImages, validationImages: Int
            }
            struct Model: Decodable {
                let dropout: Double
                let classes, inputChannels: Int
            }
            struct Schedule: Decodable {
                let shape: [String: [String: Double]]
                let warmupEpochs: Double
            }
            struct Environment: Decodable {
                let program: String
                let threads: Int
            }
            struct Augmentation: Decodable {
                let cropPadding: Int
            }
            let optimizer: Optimizer
            let data: Data
            let model: Model
            let augmentation: Augmentation
            let environment: Environment
            let seed, batch, epochs: Int
            let schedule: Schedule
        }
        let read = try decoded(
            Configuration.self,
            from: String(decoding: place.bytes("run/config.json"), as: UTF8.self))
        #expect(read.optimizer.learningRate == 0.02)
        #expect(read.optimizer.momentum == 0.8)
        #expect(read.optimizer.weightDecay == 0.001)
        #expect(read.data.limit == 24)
        #expect(read.data.trainImages == 24)
        #expect(read.data.validationImages == 20)
        #expect(read.model.dropout == 0.1)
        #expect(read.model.classes == 10)
        #expect(read.model.inputChannels == 1)
        #expect(read.augmentation.cropPadding == 0)
        #expect(read.seed == 9)
        #expect(read.batch == 16)
        #expect(read.epochs == 2)
        #expect(read.schedule.shape == ["cosine": ["floor": 0]])
        #expect(read.schedule.warmupEpochs == 0.2)
        #expect(read.environment.program.hasPrefix("wrn "))
        #expect(read.environment.threads >= 1)
    }

    @Test("goes on with a finished run when it may take more epochs")
    func lengthens() throws {
        _ = try place.run(TrainingPlace.train())
        let result = try place.run(["train", "--resume", "run", "--epochs", "3", "--json"])
        #expect(result.code == 0, "\(result.problem)")
        #expect(try lines(result.output).map(\.epoch) == [nil, 3, nil])
    }
}
