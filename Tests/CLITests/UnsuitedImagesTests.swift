// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNModel

/// Images, weights and normalisations that do not suit each other: a sentence and an exit code,
/// never a trap.
@Suite("Images and weights that do not suit each other")
struct UnsuitedImagesTests {
    private struct Explanations: Decodable {
        struct Weights: Decodable {
            struct Part: Decodable {
                let part: String
                let basis: String
            }

            let file: String
            let function: [Part]
        }

        let images: [Image]
        let weights: Weights?

        struct Image: Decodable {
            let className: String
        }
    }

    private static let picture = "photos/\(PhotographPlace.classes[0])/사진 1.png"

    /// Photographs, and the weights of the bundled model as another program writes them.
    private static func place() throws -> PhotographPlace {
        let place = try PhotographPlace()
        let converted = try place.run(
            ["convert", "bundled", "them.pth", "--dialect", "xternalz"])
        #expect(converted.code == 0, "\(converted.problem)")
        return place
    }

    /// Everything at a place but the photographs, sorted.
    private static func names(_ place: PhotographPlace) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    }

    @Test(
        "a normalisation for other channels than the network's is refused with its option",
        arguments: [
            ["predict", picture], ["features", picture, "-o", "f.csv"],
            ["explain", picture, "--json"], ["export", "-o", "m.onnx"],
            ["evaluate", "--data", "photos"],
            [
                "finetune", "--data", "photos", "--run", "run", "--epochs", "1", "--image-size",
                "16",
            ],
        ])
    func normalization(_ arguments: [String]) throws {
        let place = try Self.place()
        let before = try Self.names(place)
        let result = try place.run(
            arguments + ["--weights", "them.pth", "--normalization", "mnist"])
        #expect(result.code == 1, "\(result.problem)")
        #expect(result.output.isEmpty)
        #expect(
            result.problem.hasSuffix(
                "wrn: error: them.pth: expected a normalisation of 3 channels, as many as the "
                    + "network reads, found one of 1; give a mean and a deviation for each "
                    + "channel (--normalization)\n"), "\(result.problem)")
        #expect(try Self.names(place) == before)
    }

    @Test("a normalisation for other channels is no fault of the file that convert writes")
    func conversion() throws {
        let place = try Self.place()
        let result = try place.run(
            ["convert", "them.pth", "out.safetensors", "--normalization", "mnist"])
        #expect(result.code == 1 && result.output.isEmpty)
        #expect(
            result.problem.contains("wrn: error: them.pth: expected a normalisation of 3 channels"),
            "\(result.problem)")
        #expect(!result.problem.contains("out.safetensors"), "\(result.problem)")
        #expect(try Self.names(place) == ["photos", "them.pth"])
    }

    @Test(
        "image files for a network of four channels are refused in a sentence",
        arguments: [
            ["predict", picture], ["predict", picture, "--sort-into", "sorted"],
            ["predict", picture, "--csv"], ["features", picture, "-o", "f.csv"],
            ["explain", picture, "--json"], ["explain", picture, "-o", "maps"],
            ["explain", picture, "--method", "occlusion", "-o", "page.html"],
            ["export", "--precision", "int8", "--calibrate", "photos", "-o", "m.onnx"],
            ["data", "inspect", "photos"],
        ])
    func channels(_ arguments: [String]) throws {
        let place = try PhotographPlace()
        let description = ModelDescription(
            architecture: "wrn-10-0.25", classes: 2, inputChannels: 4, inputHeight: 16,
            inputWidth: 16, classNames: ["b", "a"], mean: [0.5, 0.5, 0.5, 0.5],
            standardDeviation: [0.25, 0.25, 0.25, 0.25])
        try Model(
            description: description,
            tensors: Model.initialTensors(for: description.graph(), seed: 4)
        ).write(to: place.path + "/four.safetensors")
        let before = try Self.names(place)
        let result = try place.run(arguments + ["--weights", "four.safetensors"])
        #expect(result.code == 1, "\(result.problem)")
        #expect(result.output.isEmpty, "\(result.output)")
        #expect(
            result.problem
                == "wrn: error: photographs of 3 channels cannot become the 4 that the network "
                + "reads: only 1 channel (grey) and 3 (colours) become each other; choose a model "
                + "of grey or coloured images\n")
        #expect(try Self.names(place) == before)
    }

    @Test(
        "an answer that is not finite has the name of its image's file",
        arguments: [
            ["predict"], ["predict", "--pictures"], ["features", "-o", "f.csv"],
            ["explain", "--json"],
        ])
    func notFinite(_ arguments: [String]) throws {
        let place = try Self.place()
        try place.write([0xFF, 0xD8, 0xFF, 1], to: "broken.jpg")
        let result = try place.run(
            arguments + ["broken.jpg", Self.picture, "photos", "--skip-broken"]
                + ["--weights", "them.pth", "--normalization", "1e38,0,0/1,1,1"])
        #expect(result.code == 1, "\(result.problem)")
        #expect(
            result.problem.hasSuffix(
                "wrn: error: \(Self.picture): the network's answer is not finite; the weights are "
                    + "damaged, their training diverged, or the normalisation of images does not "
                    + "suit them: choose an earlier checkpoint, or another normalisation\n"),
            "\(result.problem)")
    }

    @Test("the JSON of explain has what is assumed of another program's weights")
    func assumptions() throws {
        let place = try Self.place()
        let foreign = try place.run([
            "explain", "--weights", "them.pth", "--normalization", "cifar", Self.picture, "--json",
        ])
        #expect(foreign.code == 0, "\(foreign.problem)")
        let weights = try #require(try decoded(Explanations.self, from: foreign.output).weights)
        #expect(weights.file == "them.pth")
        #expect(weights.function.map(\.part).contains("activation"))
        #expect(weights.function.map(\.basis).contains("assumed"))
        let own = try place.run(["explain", Self.picture, "--json"])
        #expect(own.code == 0, "\(own.problem)")
        let explanations = try decoded(Explanations.self, from: own.output)
        #expect(explanations.weights == nil && explanations.images.count == 1)
    }
}
