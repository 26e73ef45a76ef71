// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Runs in bfloat16 from the command line: trained, stopped, resumed, evaluated and gone on from.
@Suite("--precision")
struct PrecisionTests {
    private let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    /// The options of all runs, whose steps do not depend on the number of epochs.
    private static let options = ["--dropout", "0.1", "--schedule", "constant"]

    private func succeed(_ arguments: [String]) throws -> Program.Result {
        let result = try place.run(arguments)
        try #require(result.code == 0, "\(arguments): \(result.problem)")
        return result
    }

    private func train(_ run: String, _ options: String...) throws -> Program.Result {
        try succeed(TrainingPlace.train(run: run, options: Self.options + options))
    }

    private func json(_ file: String) throws -> [String: NSObject] {
        let object = try JSONSerialization.jsonObject(with: place.bytes(file))
        return try #require(object as? [String: NSObject])
    }

    private struct Evaluation: Decodable {
        let precision: String
        let loss: Double
        let count: Int
    }

    private func evaluation(_ options: String...) throws -> Evaluation {
        try decoded(
            Evaluation.self,
            from: succeed(["evaluate", "--weights", "run", "--data", "data", "--json"] + options)
                .output)
    }

    @Test("belongs to the run: recorded, shown, resumed, and the same bytes on any threads")
    func run() throws {
        let started = try train("run", "--precision", "bf16", "--threads", "1", "--json")
        #expect(started.output.contains("\"precision\":\"bfloat16\""))
        let whole = try train("whole", "--set", "precision=bfloat16", "--threads", "3")
        #expect(whole.output.contains("on 3 threads in bfloat16, "))
        let (halved, full) = (try json("run/config.json"), try train("float32", "--threads", "2"))
        #expect(halved["precision"] as? String == "bfloat16" && halved["version"] as? Int == 9)
        #expect(try json("float32/config.json")["precision"] as? String == "float32")
        #expect(!full.output.contains("bfloat16"))
        for file in ["model.safetensors", "best.safetensors", TrainingPlace.checkpoint(6)] {
            #expect(try place.bytes("run/" + file) == place.bytes("whole/" + file), "\(file)")
            #expect(try place.bytes("run/" + file) != place.bytes("float32/" + file), "\(file)")
        }
        let report = String(decoding: try place.bytes("run/report.html"), as: UTF8.self)
        #expect(report.contains(">precision</th><td>bfloat16</td>"))
        let listed = try succeed(["runs", "run", "--json"]).output
        #expect(listed.contains("\"precision\" : \"bfloat16\""))
        let compared = try succeed(["runs", "compare", "run", "float32"]).output
        #expect(compared.contains(/precision +bfloat16 +float32/))

        // A longer run, by going on with the shorter one or in one go.
        _ = try succeed(["train", "--resume", "run", "--epochs", "3", "--threads", "2"])
        _ = try succeed(
            TrainingPlace.train(
                run: "long", epochs: 3,
                options: Self.options + ["--precision", "bfloat16", "--threads", "1"]))
        #expect(
            try place.bytes("run/model.safetensors") == place.bytes("long/model.safetensors"))

        let edited = String(decoding: try place.bytes("run/config.json"), as: UTF8.self)
            .replacingOccurrences(of: "\"bfloat16\"", with: "\"float32\"")
        try place.write(Array(edited.utf8), to: "run/config.json")
        let refused = try place.run(["train", "--resume", "run", "--epochs", "4"])
        #expect(refused.code == 1)
        #expect(
            refused.problem.contains("config.json: expected precision to be bfloat16, as when "),
            "\(refused.problem)")
    }

    @Test("of evaluation is the command's, whatever the run's, and close in either")
    func evaluations() throws {
        _ = try train("run", "--precision", "bf16")
        let (float32, again) = (try evaluation(), try evaluation("--precision", "f32"))
        let bfloat16 = try evaluation("--precision", "bf16")
        #expect(float32.precision == "float32" && again.precision == "float32")
        #expect(bfloat16.precision == "bfloat16")
        #expect(float32.loss == again.loss && float32.loss != bfloat16.loss)
        #expect(abs(bfloat16.loss / float32.loss - 1) < 0.02)
        // The record of the run has the evaluation in its own precision.
        let lines = String(decoding: try place.bytes("run/metrics.jsonl"), as: UTF8.self)
            .split(separator: "\n")
        let last = try JSONSerialization.jsonObject(with: Data(#require(lines.last).utf8))
        let recorded = try #require((last as? [String: NSObject])?["validation_loss"] as? Double)
        #expect(abs(recorded - bfloat16.loss) < 1e-6 && abs(recorded - float32.loss) > 1e-6)
        let text = try succeed([
            "evaluate", "--weights", "run", "--data", "data", "--precision", "bf16",
        ])
        #expect(text.output.contains("images, in bfloat16"), "\(text.output)")
    }

    @Test("is taken by predict, features, find-lr and the overfit check")
    func others() throws {
        _ = try train("run")
        func probabilities(_ options: String...) throws -> [Double] {
            let output = try succeed(
                ["predict", "--weights", "run", "--data", "data", "0", "1", "2", "--json"]
                    + options
            ).output
            struct Answers: Decodable {
                struct Image: Decodable {
                    struct Prediction: Decodable { let probability: Double }
                    let predictions: [Prediction]
                }
                let images: [Image]
            }
            return try decoded(Answers.self, from: output).images.flatMap {
                $0.predictions.map(\.probability)
            }
        }
        let (float32, bfloat16) = (
            try probabilities("--precision", "float32"), try probabilities("--precision", "bf16")
        )
        #expect(try probabilities() == float32)
        #expect(float32 != bfloat16 && float32.count == bfloat16.count)
        #expect(zip(float32, bfloat16).allSatisfy { abs($0 - $1) < 0.02 })

        let search = [
            "find-lr", "wrn-10-0.25", "--data", "data", "--batch", "8", "--steps", "10", "--json",
        ]
        let (one, other) = (
            try succeed(search).output, try succeed(search + ["--precision", "bf16"]).output
        )
        #expect(one != other)
        let check = try succeed(
            TrainingPlace.train(run: "x", epochs: 300, options: []).filter {
                !["--run", "x"].contains($0)
            } + ["--overfit", "4", "--precision", "bf16", "--lr", "0.1"])
        #expect(check.output.contains("Learnt by heart: 4 images"))
    }

    @Test("of features is reported, and changes them by little")
    func features() throws {
        let place = try FeaturesTests.place()
        func features(_ name: String, _ options: String...) throws -> (text: String, [Double]) {
            let arguments = [
                "features", "--weights", "model.safetensors", "photos", "-o", name, "--layers",
                "group1,pool",
            ]
            let result = try place.run(arguments + options)
            try #require(result.code == 0, "\(result.problem)")
            let table = String(decoding: try place.bytes(name), as: UTF8.self)
            let numbers = table.split(separator: "\n").dropFirst().flatMap { line in
                line.split(separator: ",").dropFirst().compactMap { Double($0) }
            }
            return (result.output, numbers)
        }
        let (plain, float32) = try features("a.csv")
        let (halved, bfloat16) = try features("b.csv", "--precision", "bf16")
        #expect(plain == "a.csv: 24 images, group1 8, pool 16\n")
        #expect(halved == "b.csv: 24 images, group1 8, pool 16 in bfloat16\n")
        #expect(float32.count == 24 * 24 && bfloat16.count == 24 * 24 && float32 != bfloat16)
        let largest = float32.map(abs).max() ?? 0
        #expect(zip(float32, bfloat16).allSatisfy { abs($0 - $1) < 0.02 * largest })
    }

    @Test("of a run that goes on from a model's weights is its own", arguments: ["f32", "bf16"])
    func fineTuning(precision: String) throws {
        _ = try train("base", "--precision", "bf16")
        func tune(_ run: String, _ threads: Int) throws {
            _ = try succeed([
                "finetune", "--weights", "base", "--data", "data", "--run", run, "--epochs", "2",
                "--batch", "16", "--freeze", "group0", "--precision", precision, "--threads",
                "\(threads)", "--set", "ema=0.9", "--set", "shards=2",
            ])
        }
        try tune("one", 1)
        try tune("two", 2)
        #expect(
            try place.bytes("one/model.safetensors") == place.bytes("two/model.safetensors"))
        #expect(
            try json("one/config.json")["precision"] as? String
                == (precision == "f32" ? "float32" : "bfloat16"))
        #expect(
            try place.bytes("one/model.safetensors") != place.bytes("base/model.safetensors"))
    }
}
