// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNModel
import WRNTensorFiles
import WRNZoo

/// Weights without facts about images, from a cache that huggingface_hub could have filled.
@Suite("Published weights")
struct PublishedWeightsTests {
    private struct Predictions: Decodable {
        struct Image: Decodable {
            struct Class: Decodable { let className: String }

            let predictions: [Class]
        }

        let architecture: String
        let images: [Image]
    }

    private static let tag = "timm/wide_resnet50_2.tv_in1k"

    /// Writes a small network's tensors alone, for 1000 classes, and gives the variables that lead
    /// to them.
    private func publish(in place: PhotographPlace) throws -> [String: String] {
        let network = try WideResNet(name: "wrn-10-1", classes: 1000)
        let tensors = Model.initialTensors(
            for: try network.graph(height: 32, width: 32), seed: 3)
        let named = tensors.map { NamedTensor(name: $0.key, tensor: $0.value) }
        let repository = "hub/models--timm--wide_resnet50_2.tv_in1k"
        let commit = String(repeating: "a", count: 40)
        try place.write(Array(commit.utf8), to: "\(repository)/refs/main")
        // A copy and not a link, as huggingface_hub leaves where links are not permitted.
        let file = "\(repository)/snapshots/\(commit)/model.safetensors"
        try place.write([], to: file)
        try Safetensors.write(named, metadata: [:], to: place.path + "/" + file)
        try Safetensors.write(named, metadata: [:], to: place.path + "/bare.safetensors")
        return ["HF_HUB_CACHE": place.path + "/hub", "HF_HUB_OFFLINE": "1"]
    }

    private let picture = "photos/\(PhotographPlace.classes[0])/사진 1.png"

    @Test("come with their preparation, normalisation and ImageNet's classes")
    func predicts() throws {
        let place = try PhotographPlace()
        let environment = try publish(in: place)
        let result = try Program.run(
            ["predict", "--weights", Self.tag, picture, "--json"], in: place.path,
            environment: environment)
        #expect(result.code == 0, "\(result.problem)")
        let predictions = try decoded(Predictions.self, from: result.output)
        #expect(predictions.architecture == "wrn-10-1")
        let names = predictions.images[0].predictions.map(\.className)
        #expect(names.count == 3)
        #expect(names.allSatisfy { Int($0) == nil }, "\(names)")
    }

    @Test(
        "without a word about normalisation are refused, and with it begin a run that can be resumed"
    )
    func finetunes() throws {
        let place = try PhotographPlace()
        _ = try publish(in: place)
        let bare = try place.run(["predict", "--weights", "bare.safetensors", picture])
        #expect(bare.code == 1)
        #expect(bare.problem.contains("--normalization imagenet"), "\(bare.problem)")
        let arguments = [
            "finetune", "--weights", "bare.safetensors", "--normalization", "imagenet", "--data",
            "photos", "--image-size", "16", "--batch", "8",
        ]
        let whole = try place.run(arguments + ["--run", "whole", "--epochs", "2"])
        #expect(whole.code == 0, "\(whole.problem)")
        #expect(whole.output.contains("new: fc.weight, fc.bias"), "\(whole.output)")
        // Killed before its first checkpoint, a run reads the weights again.
        try FileManager.default.copyItem(
            atPath: place.path + "/whole", toPath: place.path + "/again")
        for name in ["checkpoints", "metrics.jsonl", "model.safetensors"] {
            try FileManager.default.removeItem(atPath: place.path + "/again/" + name)
        }
        let again = try place.run(["train", "--resume", "again"])
        #expect(again.code == 0, "\(again.problem)")
        #expect(
            try place.bytes("again/model.safetensors") == place.bytes("whole/model.safetensors"))
    }

    @Test("on this machine are used whatever the hub's settings are")
    func needsNoHub() throws {
        let place = try PhotographPlace()
        _ = try publish(in: place)
        let result = try Program.run(
            [
                "predict", "--weights", "bare.safetensors", "--normalization", "imagenet", picture,
            ], in: place.path, environment: ["HF_ENDPOINT": "no address"])
        #expect(result.code == 0, "\(result.problem)")
    }

    @Test("that are not here and may not be fetched are named, with the nearest names for others")
    func refuses() throws {
        let place = try PhotographPlace()
        let environment = try publish(in: place)
        for (name, sentence) in [
            ("timm/wide_resnet101_2.tv_in1k", "HF_HUB_OFFLINE"),
            ("torchvision:wide_resnet50_2", "torchvision:wide_resnet50_2.V1"),
        ] {
            let result = try Program.run(
                ["predict", "--weights", name, picture], in: place.path, environment: environment)
            #expect(result.code != 0)
            #expect(result.problem.contains(sentence), "\(result.problem)")
        }
    }
}
