// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Files that a command writes")
struct OutputPlaceTests {
    /// Expects a refusal in one sentence that leaves a file as it was.
    private func expectRefusal(
        _ arguments: [String], in directory: String, keeping file: String
    ) throws {
        let url = URL(fileURLWithPath: directory + "/" + file)
        let before = try Data(contentsOf: url)
        let result = try Program.run(arguments, in: directory)
        #expect(result.code == 2 && result.output.isEmpty, "\(arguments): \(result.problem)")
        #expect(result.problem.contains("which would be lost"), "\(result.problem)")
        #expect(result.problem.split(separator: "\n").count == 1, "\(result.problem)")
        #expect(try Data(contentsOf: url) == before, "\(arguments)")
    }

    @Test("do not take the place of a run's files")
    func keepsRun() throws {
        let place = try TrainingPlace()
        #expect(try place.run(TrainingPlace.train(epochs: 1)).code == 0)
        let step = try #require(
            place.contents().first { $0.hasPrefix("run/checkpoints/step-") })
        for file in [
            "run/model.safetensors", "run/config.json", "run/metrics.jsonl",
            "run/best.safetensors.sha256", step,
        ] {
            try expectRefusal(["report", "run", "-o", file], in: place.path, keeping: file)
        }
        let model = "run/model.safetensors"
        try expectRefusal(
            ["report", "run", "-o", "./run/../run/model.safetensors"], in: place.path,
            keeping: model)
        let weights = ["--weights", "run", "--data", "data"]
        try expectRefusal(
            ["evaluate"] + weights + ["--csv", model], in: place.path, keeping: model)
        try expectRefusal(
            ["predict"] + weights + ["0", "-o", model], in: place.path, keeping: model)
        try expectRefusal(
            ["calibrate"] + weights + ["--page", model], in: place.path, keeping: model)
        try expectRefusal(
            ["calibrate"] + weights + ["-o", "run/best.safetensors"], in: place.path,
            keeping: "run/best.safetensors")
        try expectRefusal(["convert", "run", model], in: place.path, keeping: model)
        // Another name is free, and the report is written again.
        #expect(try place.run(["report", "run"]).code == 0)
        #expect(try place.run(["report", "run", "-o", "run/report.html"]).code == 0)
    }

    @Test("do not take the place of the images and files that are read")
    func keepsInputs() throws {
        let place = try PhotographPlace()
        let picture = "photos/blue things/사진 3.png"
        for option in ["--html", "--export-list", "--sheet"] {
            try expectRefusal(
                ["data", "inspect", "photos", "--quick", option, picture], in: place.path,
                keeping: picture)
        }
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/link.png", withDestinationPath: picture)
        try expectRefusal(
            ["data", "inspect", "photos", "--quick", "--sheet", "link.png"], in: place.path,
            keeping: picture)
        try expectRefusal(
            ["data", "preview", "photos", "-o", picture], in: place.path, keeping: picture)
        try expectRefusal(["predict", "photos", "-o", picture], in: place.path, keeping: picture)
        try expectRefusal(
            ["predict", picture, "-o", "./" + picture], in: place.path, keeping: picture)
        try place.write(Array("# nothing\n".utf8), to: "list.txt")
        try expectRefusal(
            [
                "data", "inspect", "photos", "--quick", "--exclude", "list.txt", "--export-list",
                "./list.txt",
            ], in: place.path, keeping: "list.txt")
        // A file of the folder that is no image of the data may be written again.
        for _ in 0..<2 {
            let result = try place.run(
                ["data", "inspect", "photos", "--quick", "--html", "photos/page.html"])
            #expect(result.code == 0, "\(result.problem)")
        }
    }

    @Test("do not take the place of the weights that are read")
    func keepsWeights() throws {
        let place = try Workplace()
        try FileManager.default.copyItem(
            atPath: place.path + "/model/model.safetensors", toPath: place.path + "/w.safetensors")
        try expectRefusal(
            ["convert", "w.safetensors", "./w.safetensors", "--dialect", "authors"],
            in: place.path, keeping: "w.safetensors")
        try expectRefusal(
            ["convert", "model", "model/model.safetensors"], in: place.path,
            keeping: "model/model.safetensors")
        try expectRefusal(
            [
                "features", "--weights", "w.safetensors", "data/t10k-images-idx3-ubyte", "-o",
                "w.safetensors",
            ], in: place.path, keeping: "w.safetensors")
    }
}
