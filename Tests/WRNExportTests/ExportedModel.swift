// SPDX-License-Identifier: Apache-2.0

import SwiftProtobuf
import WRNDatasets
import WRNGraph
import WRNImages
import WRNModel
import WRNTensor
import WRNTestSupport

@testable import WRNExport
@testable import WRNONNXMessages

/// Small networks to be exported, and what another decoder than ours finds in their files.
enum ExportedModel {
    /// A model of a named network with weights and statistics that are all different.
    static func model(
        _ name: String, classes: Int = 10, channels: Int = 3, size: Int = 8, seed: UInt64 = 1
    ) throws -> Model {
        let description = ModelDescription(
            architecture: name, classes: classes, inputChannels: channels, inputHeight: size,
            inputWidth: size, classNames: (0..<classes).map { "class \($0)" },
            mean: Array([0.5, 0.25, 0.75].prefix(channels)),
            standardDeviation: Array([0.25, 0.5, 0.2].prefix(channels)))
        let tensors = try RandomNetwork.filling(description.graph(), seed: seed).tensors
        return Model(description: description, tensors: tensors)
    }

    /// A network whose nodes come in any order, drawn from a seed.
    static func random(seed: UInt64) throws -> NetworkExport {
        let network = try RandomNetwork(seed: seed)
        let (input, output) = (network.graph.inputShape, network.graph.outputShape)
        let description = ModelDescription(
            architecture: "random", classes: output.channels, inputChannels: input.channels,
            inputHeight: input.height, inputWidth: input.width,
            mean: [Float](repeating: 0.5, count: input.channels),
            standardDeviation: [Float](repeating: 0.25, count: input.channels))
        return NetworkExport(
            Model(description: description, tensors: network.tensors), graph: network.graph)
    }

    /// The message of a written model, as swift-protobuf decodes it.
    static func message(_ bytes: [UInt8]) throws -> ONNXModelProto {
        try ONNXModelProto(serializedBytes: bytes)
    }

    /// Photographs of noise around a colour.
    static func photographs(count: Int) throws -> ImageList {
        var list = ImageList()
        for index in 0..<count {
            var dice = Dice(seed: UInt64(index))
            let pixels = (0..<3 * 12 * 12).map { place in
                UInt8(dice.integer(0...127)) + UInt8(place % 3 * (index % 64))
            }
            let image = PixelImage(height: 12, width: 12, channels: 3, pixels: pixels)
            list.append(try image.png(), title: "image \(index)")
        }
        return list
    }
}

extension ONNXModelProto {
    /// What is wrong with the structure: a value that is read before it is there, one that is there
    /// twice, a constant of another size than its shape; nil for nothing.
    var problem: String? {
        var known = Set(graph.input.map(\.name))
        let sizes: [Int32: Int] = [1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 10: 2]
        for tensor in graph.initializer {
            guard known.insert(tensor.name).inserted else { return "\(tensor.name) is there twice" }
            guard let size = sizes[tensor.dataType] else { return "\(tensor.name) has no type" }
            guard !tensor.hasDataLocation else { continue }
            let count = tensor.dims.reduce(1, *) * Int64(size)
            guard tensor.rawData.count == count else { return "\(tensor.name) has another size" }
        }
        var used: Set<String> = []
        for node in graph.node {
            for input in node.input {
                guard known.contains(input) else { return "\(node.name) reads \(input) too early" }
                used.insert(input)
            }
            for output in node.output where !known.insert(output).inserted {
                return "\(output) is there twice"
            }
        }
        let unused = graph.initializer.map(\.name).first { !used.contains($0) }
        if let unused { return "nothing reads \(unused)" }
        return graph.output.map(\.name).first { !known.contains($0) }.map { "no output \($0)" }
    }

    /// How many operations of a type there are.
    func count(_ type: String) -> Int { graph.node.count { $0.opType == type } }

    /// The metadata.
    var facts: [String: String] {
        Dictionary(metadataProps.map { ($0.key, $0.value) }) { $1 }
    }
}
