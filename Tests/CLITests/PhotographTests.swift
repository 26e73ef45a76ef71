// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

@Suite("Photographs")
struct PhotographTests {
    private struct Evaluation: Decodable {
        struct Class: Decodable {
            let name: String
            let count: Int
        }

        let count: Int
        let accuracy: Double
        let classes: [Class]
        let broken: [String]
    }

    private struct Predictions: Decodable {
        struct Image: Decodable {
            struct Class: Decodable {
                let className: String
                let probability: Double
            }

            let file: String
            let predictions: [Class]
            let error: String?
        }

        let images: [Image]
    }

    @Test("train, evaluate and predict from end to end, with the classes' names in the model")
    func endToEnd() throws {
        let place = try PhotographPlace()
        let trained = try place.train("run")
        #expect(trained.code == 0, "\(trained.problem)")
        #expect(trained.output.contains("18 training and 6 validation images of 3x16x16"))

        let evaluated = try place.run([
            "evaluate", "--weights", "run", "--data", "photos", "--json",
        ])
        #expect(evaluated.code == 0, "\(evaluated.problem)")
        let evaluation = try decoded(Evaluation.self, from: evaluated.output)
        #expect(evaluation.classes.map(\.name) == PhotographPlace.classes.sorted())
        // The images that the run kept for validation, of which it has learnt none, unless others
        // are asked for: 10 % of 12 is 1 image.
        #expect(evaluation.count == 6)
        #expect(
            evaluated.problem
                == "wrn: photos is split as run did it, with --validation-fraction 0.25 and "
                + "--split-seed 0\n")
        let other = try place.run([
            "evaluate", "--weights", "run/best.safetensors", "--data", place.path + "/photos/",
            "--validation-fraction", "0.1", "--json",
        ])
        #expect(try decoded(Evaluation.self, from: other.output).count == 2)

        let predicted = try place.run([
            "predict", "--weights", "run", "photos", "--top", "1", "--json",
        ])
        #expect(predicted.code == 0, "\(predicted.problem)")
        let images = try decoded(Predictions.self, from: predicted.output).images
        #expect(images.count == 24)
        let right = images.count { image in
            image.file.contains("photos/\(image.predictions[0].className)/")
        }
        #expect(right >= 20, "\(right) of 24")
    }

    @Test("a folder that has other files than in the training is warned of, everywhere")
    func changedFolder() throws {
        struct Warned: Decodable {
            let warnings: [String]
        }
        let place = try PhotographPlace()
        #expect(try place.train("run", epochs: 1).code == 0)
        // Of twelve files three are drawn, and of fourteen four.
        for index in 0..<2 {
            try place.write(
                try PhotographPlace.picture(0, index).png(),
                to: "photos/\(PhotographPlace.classes[0])/0\(index).png")
        }
        let evaluated = try place.run([
            "evaluate", "--weights", "run", "--data", "photos", "--json",
        ])
        #expect(evaluated.code == 0, "\(evaluated.problem)")
        #expect(
            evaluated.problem.contains(
                "wrn: warning: photos has other files or classes than when run was trained, so "
                    + "images that the model has learnt may be among these"),
            "\(evaluated.problem)")
        #expect(try decoded(Warned.self, from: evaluated.output).warnings.count == 1)
        let reported = try place.run(["report", "run"])
        #expect(reported.code == 0, "\(reported.problem)")
        #expect(reported.problem.contains("than when run was trained"), "\(reported.problem)")
        let page = String(decoding: try place.bytes("run/report.html"), as: UTF8.self)
        #expect(page.contains("has other files or classes than when the run was trained"))
    }

    @Test("a run's folder that was moved is split as the run did it")
    func movedFolder() throws {
        let place = try PhotographPlace()
        #expect(try place.train("run", epochs: 1, options: ["--split-seed", "5"]).code == 0)
        try FileManager.default.moveItem(
            atPath: place.path + "/photos", toPath: place.path + "/elsewhere")
        let result = try place.run([
            "evaluate", "--weights", "run", "--data", "elsewhere", "--json",
        ])
        #expect(result.code == 0, "\(result.problem)")
        #expect(try decoded(Evaluation.self, from: result.output).count == 6)
        #expect(
            result.problem
                == "wrn: elsewhere is split as run did it, with --validation-fraction 0.25 and "
                + "--split-seed 5\n")
    }

    @Test("a second run gives the same bytes, on any number of threads, mixed and augmented")
    func repeats() throws {
        let place = try PhotographPlace()
        let options = [
            "--policy", "trivial", "--jitter", "0.4", "--erasing", "0.5", "--cutout", "4",
            "--mixup", "0.2", "--cutmix", "1",
        ]
        for (run, threads) in [("one", "1"), ("two", "2")] {
            let result = try place.train(run, epochs: 2, options: options + ["--threads", threads])
            #expect(result.code == 0, "\(result.problem)")
        }
        #expect(try place.bytes("one/model.safetensors") == place.bytes("two/model.safetensors"))
        let plain = try place.train("three", epochs: 2)
        #expect(plain.code == 0)
        #expect(try place.bytes("one/model.safetensors") != place.bytes("three/model.safetensors"))
    }

    @Test("a broken file stops training with its path, or is left out and counted")
    func broken() throws {
        let place = try PhotographPlace()
        let name = "photos/\(PhotographPlace.classes[0])/broken.jpg"
        try place.write([0xFF, 0xD8, 0xFF, 0xE0, 1, 2], to: name)
        // Whether it is for training or validation, an epoch meets it.
        let refused = try place.train("a", epochs: 1)
        #expect(refused.code == 1)
        #expect(refused.problem.contains(name), "\(refused.problem)")
        let trained = try place.train("b", epochs: 2, options: ["--skip-broken"])
        #expect(trained.code == 0, "\(trained.problem)")
        let metrics = String(decoding: try place.bytes("b/metrics.jsonl"), as: UTF8.self)
        #expect(metrics.split(separator: "\n").allSatisfy { $0.contains("\"broken_files\":1") })
    }

    @Test("predict takes files, folders and the standard input, and names what is no image")
    func inputs() throws {
        let place = try PhotographPlace()
        #expect(try place.train("run", epochs: 1).code == 0)
        let picture = "photos/\(PhotographPlace.classes[1])/사진 3.png"
        try place.write(Array("no image".utf8), to: "odd.png")
        try place.write([], to: "empty.jpg")
        let mixed = try place.run([
            "predict", "--weights", "run", "odd.png", picture, "empty.jpg", "--json",
        ])
        #expect(mixed.code == 1)
        #expect(mixed.problem.contains("odd.png: "))
        #expect(mixed.problem.contains("empty.jpg: "))
        let images = try decoded(Predictions.self, from: mixed.output).images
        #expect(images.map(\.file) == ["odd.png", picture, "empty.jpg"])
        #expect(images.map { $0.predictions.count } == [0, 2, 0])
        #expect(images.map { $0.error == nil } == [false, true, false])
        let skipped = try place.run([
            "predict", "--weights", "run", "odd.png", picture, "--skip-broken",
        ])
        #expect(skipped.code == 0)
        #expect(skipped.output.hasPrefix("\(picture): "))
        #expect(skipped.output.split(separator: "\n").count == 1)
        let piped = try place.run(
            ["predict", "--weights", "run", "-", "--json"], input: try place.bytes(picture))
        #expect(piped.code == 0, "\(piped.problem)")
        let answer = try decoded(Predictions.self, from: piped.output).images[0]
        #expect(answer.file == "standard input")
        for (one, other) in zip(answer.predictions, images[1].predictions) {
            #expect(one.className == other.className)
            #expect(abs(one.probability - other.probability) < 1e-5)
        }
        let nothing = try place.run(["predict", "--weights", "run", "-"], input: [])
        #expect(nothing.code == 1)
        #expect(nothing.problem.contains("standard input: expected an image, found nothing"))
        let drawn = try place.run(["predict", "--weights", "run", picture, "--pictures"])
        #expect(drawn.output.hasPrefix("\(picture)\n"))
    }

    @Test("a resumed run ends with the same bytes, and refuses other files")
    func resumes() throws {
        let place = try PhotographPlace()
        #expect(try place.train("whole", epochs: 3).code == 0)
        #expect(try place.train("parts", epochs: 3, options: ["--limit", "24"]).code == 0)
        #expect(try place.train("short", epochs: 2).code == 0)
        let first = "photos/\(PhotographPlace.classes[0])/사진 0.png"
        let bytes = try place.bytes(first)
        try FileManager.default.moveItem(
            atPath: place.path + "/" + first, toPath: place.path + "/" + first + ".png")
        let refused = try place.run(["train", "--resume", "short", "--epochs", "3"])
        #expect(refused.code == 1)
        #expect(refused.problem.contains("but other files"), "\(refused.problem)")
        try FileManager.default.removeItem(atPath: place.path + "/" + first + ".png")
        try place.write(bytes, to: first)
    }

    @Test(
        "a folder whose class the model does not know is refused, and a subset is told by its names"
    )
    func classNames() throws {
        let place = try PhotographPlace()
        #expect(try place.train("run", epochs: 1).code == 0)
        let only = PhotographPlace.classes[0]
        for index in 0..<3 {
            try place.write(
                try PhotographPlace.picture(0, index).png(), to: "subset/test/\(only)/\(index).png")
            try place.write(
                try PhotographPlace.picture(0, index).png(), to: "odd/test/green/\(index).png")
        }
        let subset = try place.run(["evaluate", "--weights", "run", "--data", "subset", "--json"])
        #expect(subset.code == 0, "\(subset.problem)")
        let evaluation = try decoded(Evaluation.self, from: subset.output)
        #expect(evaluation.classes.first { $0.name == only }?.count == 3)
        let odd = try place.run(["evaluate", "--weights", "run", "--data", "odd"])
        #expect(odd.code == 1)
        #expect(odd.problem.contains("the model has no class \"green\""))
    }

    @Test("previews and sheets are pictures")
    func sheets() throws {
        let place = try PhotographPlace()
        let preview = try place.run([
            "data", "preview", "photos", "--image-size", "16", "--count", "3", "--epochs", "4",
            "--policy", "rand", "--cutout", "6", "-o", "a sheet.png",
        ])
        #expect(preview.code == 0, "\(preview.problem)")
        let sheet = try PixelImage(decoding: place.bytes("a sheet.png"), file: "a sheet.png")
        #expect((sheet.height, sheet.width) == (3 * 18 + 2, 5 * 18 + 2))
        let inspected = try place.run(["data", "inspect", "photos", "--sheet", "classes.png"])
        #expect(inspected.code == 0, "\(inspected.problem)")
        let classes = try PixelImage(decoding: place.bytes("classes.png"), file: "classes.png")
        #expect((classes.height, classes.width) == (2 * 114 + 2, 8 * 114 + 2))
        let bench = try place.run([
            "data", "bench", "photos", "--image-size", "16", "--passes", "2", "--batch", "5",
            "--json",
        ])
        #expect(bench.code == 0, "\(bench.problem)")
        #expect(bench.output.contains("\"images\" : 22"), "\(bench.output)")
    }

    @Test(
        "options that contradict each other or the data are refused",
        arguments: [
            (["--augment", "crop", "--no-augment"], "--no-augment contradicts --augment crop"),
            (
                ["--augment", "standard", "--crop-scale", "0.5"],
                "--crop-scale is of --augment crop"
            ),
            (["--crop-scale", "0"], "--crop-scale must be above 0 and at most 1, not 0.0"),
            (["--mixup", "0"], "the alpha of mixup must be above 0"),
            (["--cutout", "0"], "the side of a cutout must be 1 or more pixels, not 0"),
            (["--validation-fraction", "1"], "--validation-fraction must be above 0 and below 1"),
            (["--image-size", "0"], "expected N or HxW"),
        ])
    func refusals(_ options: [String], _ sentence: String) throws {
        let place = try PhotographPlace()
        let result = try place.run(
            ["train", "wrn-10-1", "--data", "photos", "--run", "run"] + options)
        #expect(result.code == 2)
        #expect(result.problem.contains(sentence), "\(result.problem)")
        #expect(!FileManager.default.fileExists(atPath: place.path + "/run"))
    }
}
