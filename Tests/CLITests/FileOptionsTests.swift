// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNModel

@Suite("Options for image files, with images that are none")
struct FileOptionsTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    /// Writes a model with random weights for the images of the place.
    private func writeModel() throws {
        let description = ModelDescription(
            architecture: "wrn-10-0.25", classes: 10, inputChannels: 1, inputHeight: 8,
            inputWidth: 8, classNames: (0..<10).map { "class \($0)" }, mean: [0.5],
            standardDeviation: [0.25])
        let graph = try description.graph()
        try Model(
            description: description, tensors: Model.initialTensors(for: graph, seed: 4)
        ).write(to: place.path + "/model.safetensors")
    }

    /// Expects that a command refuses its first option for image files, and leaves nothing behind.
    private func expectRefusal(_ arguments: [String], _ options: [String]) throws {
        let before = try place.contents()
        let result = try place.run(arguments + options)
        #expect(result.code == 2, "\(options): \(result.problem)")
        #expect(result.output.isEmpty)
        #expect(
            result.problem.hasPrefix(
                "wrn: error: \(options[0]) is for folders and archives of image files; "),
            "\(result.problem)")
        #expect(result.problem.hasSuffix(" has images of one size\n"), "\(result.problem)")
        #expect(try place.contents() == before)
    }

    @Test(
        "are refused by every command that takes them",
        arguments: [
            ["train", "wrn-10-0.25", "--data", "data", "--run", "run"],
            ["finetune", "--weights", "model.safetensors", "--data", "data", "--run", "run"],
            ["tune", "wrn-10-0.25", "--data", "data", "--dir", "tuning", "--try", "lr=0.1,0.2"],
            ["find-lr", "wrn-10-0.25", "--data", "data"],
            ["evaluate", "--weights", "model.safetensors", "--data", "data"],
            [
                "calibrate", "--weights", "model.safetensors", "--data", "data", "-o",
                "calibrated.safetensors",
            ],
            ["data", "inspect", "data", "--quick"],
            ["data", "preview", "data", "-o", "page.png"],
            ["data", "bench", "data", "--passes", "1"],
        ])
    func refused(_ arguments: [String]) throws {
        try writeModel()
        for options in [
            ["--class-map", "nowhere"], ["--split-seed", "3"], ["--validation-fraction", "0.5"],
            ["--image-channels", "1"], ["--allow-empty-classes"], ["--max-pixels", "9"],
        ] {
            try expectRefusal(arguments, options)
        }
        if arguments[0] != "data" { try expectRefusal(arguments, ["--skip-broken"]) }
        guard !["evaluate", "calibrate"].contains(arguments[0]) else { return }
        try expectRefusal(arguments, ["--image-size", "16"])
    }

    @Test("are refused by a run that goes on, and where indices name images")
    func refusedElsewhere() throws {
        try writeModel()
        for options in [["--max-pixels", "9"], ["--skip-broken"]] {
            try expectRefusal(
                ["predict", "--weights", "model.safetensors", "--data", "data", "0"], options)
        }
        #expect(try place.run(TrainingPlace.train(epochs: 1)).code == 0)
        // The run's own images, which no option names.
        let calibrated = try place.run(["calibrate", "--weights", "run", "--skip-broken"])
        #expect(calibrated.code == 2)
        #expect(
            calibrated.problem.contains("wrn: error: --skip-broken is for folders and archives"))
        try expectRefusal(["train", "--resume", "run"], ["--class-map", "nowhere"])
    }
}
