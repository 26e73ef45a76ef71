// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles

/// A run of version 2 of the format, whose `config.json` has other names for the step rules.
@Suite("Runs of earlier versions")
struct EarlierRunTests {
    private let place: TrainingPlace

    /// The settings of the run, with which it can be begun anew.
    private static let options = [
        "--no-report", "--threads", "1", "--dropout", "0.1", "--mixup", "0.3", "--set", "ema=0.9",
        "--set", "clip_norm=2", "--set", "decay_norm_and_bias=false",
        "--set", "skip_last_partial_batch=true", "--set", "reset_momentum_at_drops=true", "--set",
        "label_smoothing=0.1", "--set", "schedule=steps", "--set", "milestones=[1]",
    ]

    init() throws {
        place = try TrainingPlace()
    }

    /// Copies the run of the fixture here.
    ///
    /// - Parameter parts: The parts of a batch in it; the run was trained in 2.
    private func copy(_ files: [String], parts: Int = 1) throws {
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/run-of-version-2")
        for file in files {
            var bytes = try Data(contentsOf: fixture.appendingPathComponent(file))
            for text in ["\"parts\" : ", #"\\\"parts\\\":"#] {
                guard let found = bytes.range(of: Data((text + "2").utf8)) else { continue }
                bytes.replaceSubrange(found, with: Data((text + "\(parts)").utf8))
            }
            try place.write(Array(bytes), to: "run/" + file)
        }
        guard let checkpoint = files.first(where: { $0.hasSuffix(".safetensors") }) else { return }
        let digest = FileDigest.sha256(of: Array(try place.bytes("run/" + checkpoint)))
        let name = checkpoint.split(separator: "/").last ?? ""
        try place.write(
            Array("\(digest)  \(name)\n".utf8), to: "run/" + checkpoint + ".sha256")
    }

    private func json(_ file: String) throws -> [String: NSObject] {
        let object = try JSONSerialization.jsonObject(with: place.bytes(file))
        return try #require(object as? [String: NSObject])
    }

    private let resume = [
        "train", "--resume", "run", "--data", "data", "--epochs", "2", "--no-report", "--threads",
        "1",
    ]

    @Test("that have taken no step end with the bytes of a new one, and are written anew")
    func fromConfiguration() throws {
        try copy(["config.json"])
        try FileManager.default.createDirectory(
            atPath: place.path + "/run/checkpoints", withIntermediateDirectories: false)
        let before = try json("run/config.json")
        let rules = try #require(before["practice"] as? [String: NSObject])
        #expect(before["version"] as? Int == 2 && before["step_rules"] == nil)
        let resumed = try place.run(resume)
        #expect(resumed.code == 0, "\(resumed.problem)")
        let whole = try place.run(
            TrainingPlace.train(run: "whole", epochs: 2, options: Self.options))
        #expect(whole.code == 0, "\(whole.problem)")
        for file in ["model.safetensors", "best.safetensors", TrainingPlace.checkpoint(4)] {
            #expect(try place.bytes("run/" + file) == place.bytes("whole/" + file), "\(file)")
        }
        let after = try json("run/config.json")
        let new = try #require(after["step_rules"] as? [String: NSObject])
        #expect(after["version"] as? Int == 9 && after["practice"] == nil)
        #expect(try new == json("whole/config.json")["step_rules"] as? [String: NSObject])
        for (old, name) in [
            ("average_decay", "ema"), ("maximum_gradient_norm", "clip_norm"),
            ("decays_vectors", "decay_norm_and_bias"),
            ("label_smoothing", "label_smoothing"),
            ("resets_momentum_at_drops", "reset_momentum_at_drops"),
            ("skips_last_partial_batch", "skip_last_partial_batch"),
        ] {
            #expect(rules[old] != nil && rules[old] == new[name], "\(name)")
        }
        #expect(rules.count == 7 && new.count == 10)
        #expect(rules["parts"] as? Int == 1 && new["shards"] as? Int == 1)
    }

    @Test("go on from their checkpoint, whose settings are compared under the new names")
    func fromCheckpoint() throws {
        let checkpoint = TrainingPlace.checkpoint(2)
        let files = ["config.json", "metrics.jsonl", checkpoint, checkpoint + ".sha256"]
        try copy(files)
        let config = String(decoding: try place.bytes("run/config.json"), as: UTF8.self)
        let edited = config.replacingOccurrences(
            of: "\"average_decay\" : 0.9", with: "\"average_decay\" : 0.8")
        #expect(edited != config)
        try place.write(Array(edited.utf8), to: "run/config.json")
        let refused = try place.run(resume)
        #expect(refused.code == 1)
        #expect(
            refused.problem.contains("expected step_rules.ema to be 0.9, as when "),
            "\(refused.problem)")
        try copy(files)
        let resumed = try place.run(resume + ["--json"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        #expect(!resumed.output.contains("\"repair\"") && !resumed.output.contains("unusable"))
        let lines = String(decoding: try place.bytes("run/metrics.jsonl"), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines.count == 2)
        let last = try JSONSerialization.jsonObject(with: Data(try #require(lines.last).utf8))
        let loss = try #require((last as? [String: NSObject])?["train_loss"] as? Double)
        #expect(loss.isFinite && loss < 5)
    }

    @Test("whose batches are computed in parts are shown, and not trained on")
    func parts() throws {
        let checkpoint = TrainingPlace.checkpoint(2)
        let files = ["config.json", "metrics.jsonl", checkpoint, checkpoint + ".sha256"]
        try copy(files, parts: 2)
        let before = try files.map { try place.bytes("run/" + $0) }
        let refused = try place.run(resume)
        #expect(refused.code == 1)
        #expect(
            refused.problem.contains("whose batches are computed in 2 parts (accumulation)"),
            "\(refused.problem)")
        #expect(try files.map { try place.bytes("run/" + $0) } == before)
        let shown = try place.run(["runs", "compare", "run", "run"])
        #expect(shown.code == 0, "\(shown.problem)")
    }

    @Test("are shown and compared under the names of new ones")
    func compared() throws {
        try copy(["config.json"])
        _ = try place.run(TrainingPlace.train(run: "new", epochs: 2, options: Self.options))
        let result = try place.run(["runs", "compare", "run", "new", "--json"])
        #expect(result.code == 0, "\(result.problem)")
        struct Comparison: Decodable {
            struct Difference: Decodable { let setting: String }
            let differences: [Difference]
        }
        let settings = try decoded(Comparison.self, from: result.output).differences
            .map(\.setting)
        #expect(settings.contains("format_version"))
        for name in [
            "ema", "clip_norm", "accumulation", "shards", "decay_norm_and_bias",
            "skip_last_partial_batch", "reset_momentum_at_drops", "label_smoothing", "milestones",
            "mixup", "precision",
            "class_weights", "class_weight_beta", "sampler",
        ] {
            #expect(!settings.contains(name), "\(name)")
        }
    }
}
