// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNInference
import WRNModel
import WRNZoo

/// A temporary directory with a model and a data set that fit together, removed with all that is in
/// it.
///
/// `model` is a run's directory with WRN-10-1 for grey images of 8 x 8 pixels; `data` holds 12 test
/// images in IDX files.
final class Workplace {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        try FileManager.default.createDirectory(
            atPath: path + "/model", withIntermediateDirectories: false)
        try writeModel("wrn-10-1", to: "model/model.safetensors")
        try writeImages(to: "data", count: 12)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Runs the program here; paths are relative.
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Program.Result {
        try Program.run(arguments, in: path, environment: environment)
    }

    /// Everything that is here, sorted.
    func contents() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    }

    /// Writes a model with random weights; `architecture` is what the file claims.
    func writeModel(
        _ name: String, claiming architecture: String? = nil, channels: Int = 1, size: Int = 8,
        to file: String
    ) throws {
        let network = try WideResNet(name: name, inputChannels: channels)
        let description = ModelDescription(
            architecture: architecture ?? name, classes: 10, inputChannels: channels,
            inputHeight: size, inputWidth: size,
            classNames: (0..<10).map { "class \($0)" },
            mean: [Float](repeating: 0.5, count: channels),
            standardDeviation: [Float](repeating: 0.25, count: channels))
        let tensors = Model.initialTensors(
            for: try network.graph(height: size, width: size), seed: 5)
        try Model(description: description, tensors: tensors).write(to: path + "/" + file)
    }

    /// Writes IDX files of grey images; each byte of the headers and the labels can be bent.
    func writeImages(
        to directory: String, count: Int, labelCount: Int? = nil, magic: UInt8 = 3,
        firstLabel: UInt8 = 0
    ) throws {
        try FileManager.default.createDirectory(
            atPath: path + "/" + directory, withIntermediateDirectories: true)
        let pixels = (0..<count * 64).map { UInt8(truncatingIfNeeded: $0 &* 37 / 5) }
        try write(
            [0, 0, 8, magic, 0, 0, 0, UInt8(count), 0, 0, 0, 8, 0, 0, 0, 8] + pixels,
            to: directory + "/t10k-images-idx3-ubyte")
        let labels = [firstLabel] + (1..<(labelCount ?? count)).map { UInt8($0 % 10) }
        try write(
            [0, 0, 8, 1, 0, 0, 0, UInt8(labels.count)] + labels,
            to: directory + "/t10k-labels-idx1-ubyte")
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + file))
    }

    func bytes(of file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + file)))
    }

    /// The same model and images in this process.
    func classifier() throws -> Classifier {
        try Classifier(contentsOf: path + "/model")
    }

    func images() throws -> LabelledImages {
        try DataSource(path + "/data").loadArrays(.test)
    }
}
