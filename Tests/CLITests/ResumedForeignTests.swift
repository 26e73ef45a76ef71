// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDialects
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNZoo

/// A fine-tuned run whose checkpoints are gone reads the weights again, as its first process did.
@Suite("Going on with a run that began from another program's weights")
struct ResumedForeignTests {
    /// Writes two networks in one file, of which one has a tensor too many.
    private static func writeWeights(in place: PhotographPlace) throws {
        let network = try WideResNet(name: "wrn-10-0.25")
        var all: [NamedTensor] = []
        for (seed, prefix) in [(UInt64(5), "weights."), (6, "model_ema.")] {
            let tensors = Model.initialTensors(
                for: try network.graph(height: 32, width: 32), seed: seed)
            let file = place.path + "/\(seed).pth"
            try TensorFile.write(
                DialectWriter(.xternalz).tensors(tensors, of: network, file: file), to: file)
            let archive = try TensorFile.read(contentsOf: file)
            all += try archive.entries.map {
                NamedTensor(name: prefix + $0.name, tensor: try archive.tensor(named: $0.name))
            }
        }
        let gate = NamedTensor(
            name: "model_ema.block2.layer.0.se.fc1.weight",
            tensor: Tensor(shape: [4], repeating: 1))
        try TensorFile.write(all + [gate], to: place.path + "/both.pth")
    }

    @Test("takes the same part, leaves out the same tensors, and computes the same network")
    func options() throws {
        let place = try PhotographPlace()
        try Self.writeWeights(in: place)
        let whole = try place.run([
            "finetune", "--weights", "both.pth", "--part", "model_ema", "--ignore-extra",
            "--shortcut-input", "raw", "--normalization", "0.5,0.5,0.5/0.2,0.2,0.2", "--data",
            "photos", "--run", "whole", "--epochs", "2", "--batch", "8", "--image-size", "16",
            "--validation-fraction", "0.25", "--no-report",
        ])
        #expect(whole.code == 0, "\(whole.problem)")
        let config = String(decoding: try place.bytes("whole/config.json"), as: UTF8.self)
        #expect(config.contains("\"part\" : \"model_ema\""), "\(config)")
        #expect(config.contains("wrn-10-0.25-rawshortcut"))

        /// The run without its checkpoints, which begins again.
        func resumed(_ run: String, _ config: String) throws -> Program.Result {
            try place.write(Array(config.utf8), to: run + "/config.json")
            try FileManager.default.createDirectory(
                atPath: place.path + "/\(run)/checkpoints", withIntermediateDirectories: true)
            return try place.run(["train", "--resume", run, "--no-report"])
        }
        let again = try resumed("again", config)
        #expect(again.code == 0, "\(again.problem)")
        for file in ["model.safetensors", "best.safetensors"] {
            #expect(try place.bytes("again/" + file) == place.bytes("whole/" + file), "\(file)")
        }
        // Another part gives other weights, so that the comparison above means something.
        let other = try resumed(
            "other", config.replacingOccurrences(of: "\"model_ema\"", with: "\"weights\""))
        #expect(other.code == 0, "\(other.problem)")
        #expect(
            try place.bytes("other/model.safetensors") != place.bytes("whole/model.safetensors"))
        // And without the permission, the tensor too many is refused again.
        let strict = config.replacingOccurrences(
            of: "\"ignores_extra\" : true", with: "\"ignores_extra\" : false")
        #expect(strict != config, "\(config)")
        let refused = try resumed("refused", strict)
        #expect(refused.code == 1)
        #expect(refused.problem.contains("se.fc1.weight"), "\(refused.problem)")
    }
}
