// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

@Suite("Fine-tuning")
struct FinetuneTests {
    private struct Start: Decodable {
        private enum CodingKeys: String, CodingKey {
            case event, parameters
            case trainedParameters = "trained_parameters"
            case takenTensors = "taken_tensors"
            case newTensors = "new_tensors"
            case droppedTensors = "dropped_tensors"
        }

        let event: String
        let parameters: Int
        let trainedParameters: Int?
        let takenTensors: Int?
        let newTensors: [String]?
        let droppedTensors: [String]?
    }

    /// Pictures in two classes, in three others, and a model of the two.
    private static func place() throws -> PhotographPlace {
        let place = try PhotographPlace()
        for (label, name) in ["cold", "mild", "warm"].enumerated() {
            for index in 0..<8 {
                try place.write(
                    try PhotographPlace.picture(label % 2, index + label).png(),
                    to: "other/\(name)/\(index).png")
            }
        }
        let trained = try place.train("base", epochs: 1)
        #expect(trained.code == 0, "\(trained.problem)")
        return place
    }

    private static func finetune(
        _ place: PhotographPlace, _ run: String, data: String = "other", _ options: [String] = []
    ) throws -> Program.Result {
        try place.run(
            [
                "finetune", "--weights", "base", "--data", data, "--run", run, "--epochs", "2",
                "--batch", "8", "--validation-fraction", "0.25",
            ] + options)
    }

    @Test("begins from the weights with a new head, says what moves, and can be gone on with")
    func endToEnd() throws {
        let place = try Self.place()
        let tuned = try Self.finetune(place, "tuned", ["--freeze", "group1"])
        #expect(tuned.code == 0, "\(tuned.problem)")
        #expect(tuned.output.contains("new: fc.weight, fc.bias; dropped: fc.bias, fc.weight"))
        #expect(tuned.output.contains(" parameters are trained"))
        // The size that the model was trained on.
        #expect(tuned.output.contains("18 training and 6 validation images of 3x16x16"))
        #expect(tuned.output.contains("Finished after 2 epochs"))
        let evaluated = try place.run(["evaluate", "--weights", "tuned", "--data", "other"])
        #expect(evaluated.code == 0, "\(evaluated.problem)")

        let short = try Self.finetune(
            place, "short", ["--head-only-epochs", "1", "--schedule", "constant"])
        #expect(short.code == 0, "\(short.problem)")
        let long = try Self.finetune(
            place, "long", ["--head-only-epochs", "1", "--schedule", "constant", "--epochs", "3"])
        #expect(long.code == 0, "\(long.problem)")
        let resumed = try place.run(["train", "--resume", "short", "--epochs", "3"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        #expect(try place.bytes("short/model.safetensors") == place.bytes("long/model.safetensors"))
    }

    @Test("programs read how many parameters are trained and what is new")
    func json() throws {
        let place = try Self.place()
        let whole = try start(Self.finetune(place, "a", ["--json"]))
        #expect(whole.trainedParameters == whole.parameters)
        #expect(whole.newTensors == ["fc.weight", "fc.bias"])
        let head = try start(Self.finetune(place, "b", ["--json", "--freeze", "group2"]))
        // 16 features of 3 classes, and the biases.
        #expect(head.trainedParameters == 16 * 3 + 3)
        let same = try start(Self.finetune(place, "c", data: "photos", ["--json"]))
        #expect(same.newTensors == [])
        #expect(same.droppedTensors == [])
        #expect(same.takenTensors == (whole.takenTensors ?? 0) + 2)
    }

    private func start(_ result: Program.Result) throws -> Start {
        #expect(result.code == 0, "\(result.problem)")
        let line = try #require(result.output.split(separator: "\n").first)
        let start = try JSONDecoder().decode(Start.self, from: Data(line.utf8))
        #expect(start.event == "start")
        return start
    }

    @Test("refuses what does not fit in one sentence, and leaves no run behind")
    func refusals() throws {
        let place = try Self.place()
        let cases: [([String], Int32, String)] = [
            (["--freeze", "layer3"], 2, "no such stage to freeze; choose one of stem, group0,"),
            (["--freeze", "head"], 2, "choose one of stem, group0, group1, group2"),
            (["wrn-16-2"], 2, "holds the weights of wrn-10-0.25, not of wrn-16-2; name"),
            (["--head-only-epochs", "3"], 2, "--head-only-epochs must be in 0...2, not 3"),
            (["--layer-decay", "2"], 2, "--layer-decay must be in 0.01...1, not 2.0"),
            (["--head-factor", "0"], 2, "--head-factor must be in 0.001...1000, not 0.0"),
            (["--image-channels", "1"], 2, "--image-channels 1 contradicts the weights"),
        ]
        for (options, code, sentence) in cases {
            let result = try Self.finetune(place, "run", options)
            #expect(result.code == code, "\(options)")
            #expect(result.problem.contains(sentence), "\(result.problem)")
            #expect(!FileManager.default.fileExists(atPath: place.path + "/run"))
        }
        let missing = try place.run([
            "finetune", "--weights", "photos", "--data", "other", "--run", "run",
        ])
        #expect(missing.code == 1)
        #expect(missing.problem.contains("photos: "), "\(missing.problem)")
    }
}
