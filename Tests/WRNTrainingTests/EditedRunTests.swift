// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNInference
import WRNModel
import WRNPlan
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

/// Files of a run that were edited, or that lost a part, are refused or repaired.
@Suite("Runs whose files were edited")
struct EditedRunTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func text(_ name: String) throws -> String {
        String(decoding: try temporary.bytes(name), as: UTF8.self)
    }

    /// Replaces a text that a file has, exactly once.
    private func replace(_ old: String, with new: String, in name: String) throws {
        let text = try text(name)
        try #require(text.ranges(of: old).count == 1, "\(old) in \(text)")
        try temporary.write(text.replacingOccurrences(of: old, with: new), to: name)
    }

    private func refusal(_ body: () throws -> Void) throws -> TrainingError {
        try #require(throws: TrainingError.self, performing: body)
    }

    /// A run of two of its three epochs.
    private func stopped(_ name: String = "a") throws {
        let run = try RunDirectory.create(at: path(name), tiny.configuration())
        let trainer = try tiny.trainer(run)
        try trainer.train(until: { trainer.position.step >= 12 })
    }

    // Numbers that cannot be.

    @Test(
        "impossible numbers in config.json are refused where they stand",
        arguments: [
            (
                "\"input_height\" : 9", "\"input_height\" : -1",
                "model.input_height in 1...65536, found -1"
            ),
            (
                "\"input_width\" : 9", "\"input_width\" : 0",
                "model.input_width in 1...65536, found 0"
            ),
            ("\"classes\" : 3", "\"classes\" : -3", "model.classes in 1...1000000, found -3"),
            ("\"epochs\" : 3", "\"epochs\" : -3", "epochs must be in 1...1000000, not -3"),
            ("\"batch\" : 16", "\"batch\" : 0", "the batch must be in 1...65536, not 0"),
            ("\"crop_padding\" : 1", "\"crop_padding\" : 9", "a crop padding of 9 pixels"),
        ])
    func impossibleConfiguration(old: String, new: String, problem: String) throws {
        _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        try replace(old, with: new, in: "a/config.json")
        let error = try refusal { _ = try RunDirectory.open(at: path("a")) }
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.hasPrefix(path("a/config.json: ")), "\(error)")
        #expect(error.message.contains(problem), "\(error)")
        #expect(error.message.contains("restore it"), "\(error)")
    }

    @Test("a head that trains alone in less than no epochs is refused, and is no trap")
    func impossibleHeadOnlyEpochs() throws {
        var configuration = try tiny.configuration(epochs: 1)
        configuration.epochs = -1
        configuration.fineTuning = TrainingConfiguration.FineTuning(
            weights: .file(""), sha256: "", hasNewHead: false, headOnlyEpochs: 1)
        #expect(try refusal { try configuration.validate() }.message.contains("not -1"))
    }

    @Test(
        "impossible numbers in metrics.jsonl are refused with their line and field",
        arguments: [
            ("validation_accuracy", "1e308", "validation_accuracy in 0...1, found 1e+308"),
            ("seconds", "-1e308", "seconds in 0.0...32000000000000.0, found -1e+308"),
            ("epoch", "-9223372036854775808", "epoch in 1...1000000, found -9223372036854775808"),
            ("train_loss", "-1e300", "train_loss to be a finite number, 0 or more, found -1e+300"),
            ("images_per_second", "1e300", "images_per_second in 0.0...1000000000000000.0"),
            ("time", "1e300", "time in "),
            (
                "weights_sha256", "\"no\"",
                "weights_sha256 to be 64 hexadecimal digits, found 2 others"
            ),
        ])
    func impossibleRecord(field: String, value: String, problem: String) throws {
        try tiny.finish(at: path("a"))
        let lines = try text("a/metrics.jsonl").split(separator: "\n").map(String.init)
        let changed = lines[1].replacing(
            try Regex("\"\(field)\":(\"[0-9a-f]*\"|[-0-9.e]+)"), with: "\"\(field)\":\(value)")
        try #require(changed != lines[1])
        try temporary.write(
            [lines[0], changed, lines[2], ""].joined(separator: "\n"), to: "a/metrics.jsonl")
        let error = try refusal { _ = try RunRecord(readingFrom: path("a")) }
        #expect(error.code == .damagedRun)
        #expect(
            error.message.hasPrefix(path("a/metrics.jsonl: line 2: expected " + problem)),
            "\(error)")
    }

    @Test("a record whose lines are missing or twice there is no record of a run")
    func missingLines() throws {
        try tiny.finish(at: path("a"))
        let lines = try text("a/metrics.jsonl").split(separator: "\n").map { String($0) + "\n" }
        for (kept, found) in [([0, 2], 3), ([1, 2], 2), ([0, 0, 1, 2], 1)] {
            try temporary.write(kept.map { lines[$0] }.joined(), to: "a/metrics.jsonl")
            let error = try refusal { _ = try RunRecord(readingFrom: path("a")) }
            #expect(
                error.message.contains(", found \(found): lines are missing or twice there"),
                "\(error)")
        }
    }

    // Settings, images and models that changed.

    @Test(
        "settings that were edited after the run began are refused by name",
        arguments: [
            (
                "\"momentum\" : 0.9", "\"momentum\" : 0.8", "optimizer.momentum to be 0.9",
                "found 0.8"
            ),
            (
                "\"learning_rate\" : 0.05", "\"learning_rate\" : 0.5",
                "optimizer.learning_rate to be 0.05", "found 0.5"
            ),
            (
                "\"horizontal_flip\" : true", "\"horizontal_flip\" : false",
                "augmentation.horizontal_flip to be", "found no"
            ),
            (
                "\"warmup_epochs\" : 1", "\"warmup_epochs\" : 2", "schedule.warmup_epochs to be 1",
                "found 2"
            ),
            (
                "\"precision\" : \"float32\"", "\"precision\" : \"bfloat16\"",
                "precision to be float32", "found bfloat16"
            ),
            ("\"dropout\" : 0.2", "\"dropout\" : 0.3", "model.dropout to be 0.2", "found 0.3"),
            (
                "\"band 1\"", "\"bund 1\"", "model.class_names to be band 0, band 1, band 2",
                "found band 0, bund 1"
            ),
        ])
    func editedSettings(old: String, new: String, expected: String, found: String) throws {
        try stopped()
        try replace(old, with: new, in: "a/config.json")
        let run = try RunDirectory.open(at: path("a"))
        // The images keep their classes' names, so that the settings are what is compared.
        let error = try refusal { _ = try tiny.trainer(run) }
        #expect(error.code == .checkpointMismatch)
        #expect(error.message.hasPrefix("config.json: expected " + expected), "\(error)")
        #expect(error.message.contains(found), "\(error)")
    }

    @Test("where files lie and how long the run is may change")
    func freeSettings() throws {
        try tiny.finish(at: path("whole"))
        try stopped()
        try replace(
            "\"source\" : \"bands\"", with: "\"source\" : \"elsewhere/bands\"", in: "a/config.json")
        try tiny.resume(at: path("a"))
        #expect(
            try temporary.bytes("a/model.safetensors") == temporary.bytes("whole/model.safetensors")
        )
        let run = try RunDirectory.open(at: path("a"))
        try run.setEpochs(4)
        #expect(throws: Never.self) { try tiny.trainer(run).train() }
    }

    @Test("pixels or labels that changed under the same names are refused")
    func changedImages() throws {
        try stopped()
        let run = try RunDirectory.open(at: path("a"))
        func changed(_ images: LabelledImages, pixel: Bool, image: Int) throws -> LabelledImages {
            var pixels = (0..<images.count).flatMap { images.pixels(of: $0) }
            var labels = images.labels
            if pixel {
                pixels[image * 81 + 7] ^= 1
            } else {
                labels[image] = (labels[image] + 1) % 3
            }
            return try LabelledImages(
                name: images.name, channels: 1, height: 9, width: 9, pixels: pixels, labels: labels,
                classNames: images.classNames)
        }
        for (pixel, image) in [(true, 0), (true, 29), (false, 3)] {
            let error = try refusal {
                _ = try Trainer(
                    run, train: changed(tiny.train, pixel: pixel, image: image),
                    validation: tiny.test)
            }
            #expect(error.code == .dataMismatch)
            #expect(
                error.message.hasPrefix(
                    "bands: the training images are as many as when the run began"), "\(error)")
            let other = try refusal {
                _ = try Trainer(
                    run, train: tiny.train,
                    validation: changed(tiny.test, pixel: pixel, image: image))
            }
            #expect(other.message.hasPrefix("bands: the validation images are as many"), "\(other)")
        }
        #expect(throws: Never.self) { try tiny.trainer(run).train() }
    }

    @Test("lines of the record that are lost or changed are written again from the checkpoint")
    func restoredLines() throws {
        let whole = try tiny.finish(at: path("whole"))
        try stopped()
        let lines = try text("a/metrics.jsonl").split(separator: "\n").map { String($0) + "\n" }
        try #require(lines.count == 2)
        let wrong = lines[0].replacing(
            "\"validation_accuracy\":", with: "\"validation_accuracy\":0.00")
        for (content, lost) in [
            (nil, "1, 2"), ("", "1, 2"), (lines[1], "1"), (lines[0], "2"), (wrong + lines[1], "1"),
            ("garbage\n" + lines[1], "1"), (lines[0] + "{\n", "2"),
        ] as [(String?, String)] {
            try temporary.copy("a", to: "b")
            if let content {
                try temporary.write(content, to: "b/metrics.jsonl")
            } else {
                try temporary.remove("b/metrics.jsonl")
            }
            let run = try RunDirectory.open(at: path("b"))
            let trainer = try tiny.trainer(run)
            #expect(
                run.repairs == [
                    path(
                        "b/metrics.jsonl: the lines of epoch \(lost) were missing or changed; written again from the "
                    )
                        + "checkpoint, without their times"
                ], "\(content ?? "no file")")
            try trainer.train()
            let records = try run.records()
            #expect(records.map(\.result) == whole.map(\.result))
            #expect(
                records.map { $0.isRestored ?? false } == [
                    lost.contains("1"), lost.contains("2"), false,
                ])
        }
        // What only stands in another order is put in order, with its times.
        try temporary.copy("a", to: "b")
        try temporary.write(lines[1] + lines[0] + lines[0], to: "b/metrics.jsonl")
        let run = try RunDirectory.open(at: path("b"))
        _ = try tiny.trainer(run)
        #expect(run.repairs.count == 1)
        #expect(try text("b/metrics.jsonl") == lines.joined())
    }

    @Test("a flipped bit in a model is noticed, and mended where the checkpoint has the weights")
    func flippedBits() throws {
        try tiny.finish(at: path("whole"))
        for name in ["model.safetensors", "best.safetensors"] {
            let size = try temporary.bytes("whole/" + name).count
            // In the header's numbers, in the description and in the weights.
            for place in [40, 300, size / 2, size - 1] {
                try temporary.copy("whole", to: "a")
                var bytes = try temporary.bytes("a/" + name)
                bytes[place] ^= 4
                try bytes.write(to: URL(fileURLWithPath: path("a/" + name)))
                let error = #expect(throws: InferenceError.self) {
                    _ = try Classifier(contentsOf: path("a/" + name))
                }
                #expect(
                    error?.description.hasPrefix(
                        path("a/\(name) is damaged (expected the SHA-256 ")) == true)
                let run = try RunDirectory.open(at: path("a"))
                _ = try tiny.trainer(run)
                #expect(run.repairs.count == 1 && run.repairs[0].contains(name), "\(run.repairs)")
                let isThere = temporary.stableContents.contains("a/" + name)
                #expect(
                    try !isThere || temporary.bytes("a/" + name) == temporary.bytes("whole/" + name)
                )
                #expect(isThere || name == "best.safetensors")
            }
        }
        let file = path("whole/model.safetensors")
        #expect(throws: Never.self) { _ = try Classifier(contentsOf: file) }
    }

    @Test("a flipped bit in a model of an earlier version's run is told by the record")
    func flippedBitsWithoutDigests() throws {
        try tiny.finish(at: path("a"))
        for name in ["model.safetensors", "best.safetensors"] {
            try temporary.remove("a/\(name).sha256")
            let run = try RunRecord(readingFrom: path("a"))
            let record = name == "best.safetensors" ? run.best : run.last
            let file = path("a/" + name)
            #expect(throws: Never.self) { try run.check(modelAt: file, of: record) }
            var bytes = try temporary.bytes("a/" + name)
            bytes[bytes.count - 9] ^= 4
            try bytes.write(to: URL(fileURLWithPath: file))
            let error = try refusal { try run.check(modelAt: file, of: record) }
            #expect(error.code == .damagedRun)
            #expect(error.message.hasPrefix("\(file): expected weights with the SHA-256 "))
            #expect(throws: Never.self) { try run.check(modelAt: file, of: nil) }
        }
    }

    @Test("a run of an earlier version goes on, and says what could not be checked")
    func earlierVersion() throws {
        try tiny.finish(at: path("whole"))
        try stopped()
        // As earlier versions left it: no digests but the checkpoints', which hold no settings and
        // no results.
        let step = try #require(CheckpointFiles(directory: path("a/checkpoints")).steps().first)
        let file = path("a/checkpoints/" + CheckpointFiles.name(step: step))
        let configuration = try tiny.configuration()
        let graph = try configuration.model.graph()
        var checkpoint = try Checkpoint(readingFrom: file, for: configuration, graph: graph)
        checkpoint.facts.settings = nil
        checkpoint.facts.epochs = nil
        try checkpoint.write(of: configuration.model, to: file)
        for name in ["model.safetensors.sha256", "best.safetensors.sha256"] {
            try temporary.remove("a/" + name)
        }
        var config = try #require(
            try JSONSerialization.jsonObject(with: temporary.bytes("a/config.json"))
                as? [String: Any])
        var data = try #require(config["data"] as? [String: Any])
        data["content"] = nil
        config["data"] = data
        try JSONSerialization.data(withJSONObject: config).write(
            to: URL(fileURLWithPath: path("a/config.json")))
        let run = try RunDirectory.open(at: path("a"))
        let trainer = try tiny.trainer(run)
        #expect(run.repairs.count == 2)
        #expect(
            run.repairs.contains {
                $0.contains("whether config.json was edited since could not be checked")
            })
        #expect(
            run.repairs.contains {
                $0.contains("whether the pixels of bands are still the same could not be checked")
            })
        try trainer.train()
        for name in ["model.safetensors", "best.safetensors", TinyRun.lastCheckpoint] {
            #expect(try temporary.bytes("a/" + name) == temporary.bytes("whole/" + name), "\(name)")
        }
    }

    @Test("pipes in place of a run's files are refused and not waited for")
    func pipes() throws {
        try stopped()
        for name in ["config.json", "metrics.jsonl"] {
            try temporary.copy("a", to: "b")
            try temporary.remove("b/" + name)
            try #require(mkfifo(path("b/" + name), 0o600) == 0)
            for body in [
                { _ = try RunRecord(readingFrom: path("b")) },
                { _ = try tiny.trainer(RunDirectory.open(at: path("b"))) },
            ] {
                let error = try refusal(body)
                #expect(
                    error.message
                        == path(
                            "b/\(name): expected a file, found a device or pipe; put the file itself there"
                        ))
            }
        }
        try #require(mkfifo(path("recipe.json"), 0o600) == 0)
        #expect(
            try refusal { _ = try Recipe.named(path("recipe.json")) }.message
                == path(
                    "recipe.json: expected a file, found a device or pipe; put the file itself there"
                ))
        // A digest that is a pipe cannot be read, and so the checkpoint is not used.
        try temporary.copy("a", to: "c")
        let newest = CheckpointFiles.name(step: 12)
        try temporary.remove("c/checkpoints/\(newest).sha256")
        try #require(mkfifo(path("c/checkpoints/\(newest).sha256"), 0o600) == 0)
        let run = try RunDirectory.open(at: path("c"))
        #expect(try tiny.trainer(run).position.step == 10)
        #expect(
            run.unusableCheckpoints.first?.message.contains("has no digest that can be read")
                == true)
    }
}
