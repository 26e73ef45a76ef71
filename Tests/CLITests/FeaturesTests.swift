// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages
import WRNInference
import WRNModel

@Suite("wrn features")
struct FeaturesTests {
    private struct Report: Decodable {
        struct Layer: Decodable {
            let name: String
            let shape: [Int]
        }

        let architecture: String
        let output: String
        let format: String
        let pooling: String
        let layers: [Layer]
        let images: Int
        let broken: [String]
    }

    /// Photographs, and a model with random weights.
    static func place() throws -> PhotographPlace {
        let place = try PhotographPlace()
        let description = ModelDescription(
            architecture: "wrn-10-0.25", classes: 2, inputChannels: 3, inputHeight: 16,
            inputWidth: 16, classNames: ["b", "a"], mean: [0.5, 0.5, 0.5],
            standardDeviation: [0.25, 0.25, 0.25])
        let graph = try description.graph()
        try Model(
            description: description, tensors: Model.initialTensors(for: graph, seed: 4)
        ).write(to: place.path + "/model.safetensors")
        return place
    }

    private func features(_ place: PhotographPlace, _ rest: String...) throws -> Program.Result {
        try place.run(["features", "--weights", "model.safetensors"] + rest)
    }

    private func text(_ place: PhotographPlace, _ file: String) throws -> String {
        String(decoding: try place.bytes(file), as: UTF8.self)
    }

    @Test("a folder becomes a table with a line for each image, as the library computes them")
    func table() throws {
        let place = try Self.place()
        let result = try features(place, "photos", "-o", "f.csv", "--layers", "group1,pool")
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.problem.isEmpty)
        #expect(result.output == "f.csv: 24 images, group1 8, pool 16\n")
        let lines = try text(place, "f.csv").split(separator: "\n")
        #expect(lines.count == 25)
        #expect(lines[0].hasPrefix("file,group1[0],group1[1],"))

        let extractor = try FeatureExtractor(
            contentsOf: place.path + "/model.safetensors", layers: ["group1", "pool"], batch: 24)
        let writer = try FeatureWriter(to: place.path + "/expected.csv", of: extractor)
        var files = ImageList()
        try files.append(place.path + "/photos")
        try extractor.features(of: files) { index, answer in
            let file = files.title(of: index).dropFirst(place.path.count + 1)
            try writer.append(answer.get(), file: String(file))
        }
        try writer.finish()
        #expect(try place.bytes("f.csv") == place.bytes("expected.csv"))
    }

    @Test("JSON says what was written; one image of the standard input, all positions")
    func json() throws {
        let place = try Self.place()
        let picture = try PhotographPlace.picture(0, 3).png()
        let result = try place.run(
            [
                "features", "--weights", "model.safetensors", "-", "--layers", "group2",
                "--pool", "none", "-o", "f.npy", "--json",
            ], input: picture)
        #expect(result.code == 0, "\(result.problem)")
        let report = try decoded(Report.self, from: result.output)
        #expect(report.architecture == "wrn-10-0.25")
        #expect(report.output == "f.npy")
        #expect(report.format == "npy")
        #expect(report.pooling == "none")
        #expect(report.layers.map(\.name) == ["group2"])
        #expect(report.layers.map(\.shape) == [[16, 4, 4]])
        #expect(report.images == 1)
        #expect(report.broken.isEmpty)
        #expect(try place.bytes("f.npy").count == 128 + 16 * 16 * 4)
    }

    @Test("threads change no bit")
    func threads() throws {
        let place = try Self.place()
        for (file, threads) in [("one.safetensors", "1"), ("two.safetensors", "2")] {
            let result = try features(
                place, "photos", "-o", file, "--threads", threads, "--batch", "5")
            #expect(result.code == 0, "\(result.problem)")
        }
        #expect(try place.bytes("one.safetensors") == place.bytes("two.safetensors"))
    }

    @Test("a broken file stops all and leaves no file, or is named and left out")
    func broken() throws {
        let place = try Self.place()
        let name = "photos/\(PhotographPlace.classes[0])/broken.jpg"
        try place.write([0xFF, 0xD8, 0xFF, 0xE0, 1, 2], to: name)
        let refused = try features(place, "photos", "-o", "f.csv")
        #expect(refused.code == 1)
        #expect(refused.output.isEmpty)
        #expect(refused.problem.hasPrefix("wrn: error: \(name): "), "\(refused.problem)")
        #expect(throws: (any Error).self) { try place.bytes("f.csv") }

        let result = try features(place, "photos", "-o", "f.csv", "--skip-broken")
        #expect(result.code == 0)
        #expect(result.output == "f.csv: 24 images, pool 16; 1 left out\n")
        #expect(result.problem.hasPrefix("wrn: left out: \(name): "), "\(result.problem)")
        #expect(try text(place, "f.csv").split(separator: "\n").count == 25)

        let nothing = try features(place, name, "-o", "g.csv", "--skip-broken")
        #expect(nothing.code == 1)
        #expect(
            nothing.problem.hasSuffix(
                "wrn: error: \(name): expected at least 1 image, found none; choose data with images\n"
            ))
        #expect(throws: (any Error).self) { try place.bytes("g.csv") }
    }

    @Test("what cannot be is refused in one sentence, and nothing is written")
    func refusals() throws {
        let place = try Self.place()
        let before = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
        let unknown = try features(place, "photos", "-o", "f.csv", "--layers", "layer2")
        #expect(unknown.code == 1)
        #expect(
            unknown.problem
                == "wrn: error: there is no layer \"layer2\"; the network's layers are conv0, group0, group1, "
                + "group2, bn, relu, pool, fc\n")
        let ending = try features(place, "photos", "-o", "f.txt")
        #expect(ending.code == 2)
        #expect(
            ending.problem
                == "wrn: error: --output must end in .safetensors, .npy or .csv, not \"f.txt\"; "
                + "see 'wrn features --help'\n")
        let empty = try features(place, "photos", "-o", "f.csv", "--layers", "pool,")
        #expect(empty.code == 2)
        #expect(empty.problem.contains("separated by commas"), "\(empty.problem)")
        let wide = try features(
            place, "photos", "-o", "f.npy", "--layers", "fc,group1", "--pool", "none")
        #expect(wide.code == 1)
        #expect(wide.problem.contains("group1 has the shape [8, 8, 8]"), "\(wide.problem)")
        let nowhere = try features(place, "photos", "-o", "nowhere/f.csv")
        #expect(nowhere.code == 1)
        #expect(nowhere.problem.hasPrefix("wrn: error: nowhere/f.csv: "), "\(nowhere.problem)")
        let pool = try features(place, "photos", "-o", "f.csv", "--pool", "max")
        #expect(pool.code == 2)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == before)
    }
}

@Suite("wrn predict --neighbours")
struct NeighboursTests {
    private struct Predictions: Decodable {
        struct Image: Decodable {
            struct Class: Decodable {
                let className: String
                let probability: Double
            }

            let file: String
            let predictions: [Class]
        }

        let images: [Image]
    }

    @Test("a few labelled images tell new ones, with a network that was never trained")
    func classifies() throws {
        let place = try FeaturesTests.place()
        for (label, name) in PhotographPlace.classes.enumerated() {
            for index in 0..<3 {
                try place.write(
                    try PhotographPlace.picture(label, 12 + 5 * index).png(),
                    to: "labelled/\(name)/\(index).png")
            }
        }
        let result = try place.run([
            "predict", "--weights", "model.safetensors", "--neighbours", "labelled", "--k", "3",
            "photos", "--json",
        ])
        #expect(result.code == 0, "\(result.problem)")
        let images = try decoded(Predictions.self, from: result.output).images
        #expect(images.count == 24)
        for image in images {
            #expect(Set(image.predictions.map(\.className)) == Set(PhotographPlace.classes))
            #expect(image.file.contains("photos/\(image.predictions[0].className)/"))
        }
    }

    @Test("all labelled images vote, also of a folder without splits")
    func whole() throws {
        let place = try FeaturesTests.place()
        let name = PhotographPlace.classes[1]
        let result = try place.run([
            "predict", "--weights", "model.safetensors", "--neighbours", "photos", "--k", "1",
            "photos/\(name)",
        ])
        #expect(result.code == 0, "\(result.problem)")
        // Each is its own neighbour.
        #expect(result.output.split(separator: "\n").count == 12)
        for line in result.output.split(separator: "\n") {
            #expect(line.contains(": \(name) 100.00 %, "), "\(line)")
        }
    }

    @Test("a broken labelled image ends it with the way out, and --skip-broken leaves it out")
    func broken() throws {
        let place = try FeaturesTests.place()
        let name = PhotographPlace.classes[0]
        try place.write([0xFF, 0xD8, 0xFF, 1], to: "photos/\(name)/사진 4.png")
        let new = try PhotographPlace.picture(0, 5).png()
        try place.write(new, to: "new.png")
        let command = [
            "predict", "--weights", "model.safetensors", "--neighbours", "photos", "--k", "1",
            "new.png",
        ]
        let refused = try place.run(command)
        #expect(refused.code == 1)
        #expect(refused.problem.contains("사진 4.png: "), "\(refused.problem)")
        #expect(
            refused.problem.hasSuffix(
                "; repair or remove it, or leave out such files with --skip-broken "
                    + "('wrn data inspect photos' lists all)\n"), "\(refused.problem)")
        let skipped = try place.run(command + ["--skip-broken"])
        #expect(skipped.code == 0, "\(skipped.problem)")
        #expect(skipped.output.contains(": \(name) 100.00 %, "), "\(skipped.output)")
        #expect(skipped.problem.contains("wrn: left out: photos/"), "\(skipped.problem)")
    }

    @Test("options that do not go together are refused")
    func refusals() throws {
        let place = try FeaturesTests.place()
        let start = ["predict", "--weights", "model.safetensors"]
        for (rest, problem) in [
            (["--k", "3", "photos"], "--k goes with --neighbours; "),
            (["--k", "0", "--neighbours", "photos", "photos"], "--k must be 1 or more, not 0"),
            (
                ["--neighbours", "photos", "--data", "photos", "0"],
                "--neighbours goes with image files; "
            ),
        ] {
            let result = try place.run(start + rest)
            #expect(result.code == 2)
            #expect(result.problem.hasPrefix("wrn: error: " + problem), "\(result.problem)")
        }
        let nowhere = try place.run(start + ["--neighbours", "nowhere", "photos"])
        #expect(nowhere.code == 1)
        #expect(nowhere.problem.hasPrefix("wrn: error: nowhere: "), "\(nowhere.problem)")
    }
}
