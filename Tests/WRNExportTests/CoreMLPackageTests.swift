// SPDX-License-Identifier: Apache-2.0

import Foundation
import SwiftProtobuf
import Testing
import WRNEngine
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNTestSupport
import WRNZoo

@testable import WRNCoreMLMessages
@testable import WRNExport

/// The written files, read by another decoder of messages than ours, and by hand.
@Suite("Core ML packages")
struct CoreMLPackageTests {
    private static let model = "Data/com.apple.CoreML/model.mlmodel"
    private static let weights = "Data/com.apple.CoreML/weights/weight.bin"

    /// Writes a package, and returns its files.
    private func export(
        _ model: Model, _ change: (inout ExportOptions) -> Void = { _ in }
    ) throws -> [String: [UInt8]] {
        var options = ExportOptions()
        change(&options)
        return try withTemporaryDirectory { directory in
            let path = directory + "/network.mlpackage"
            try model.export(to: path, as: options, device: .cpu(threads: 1))
            #expect(try names(in: directory) == ["network.mlpackage"])
            return try files(in: path)
        }
    }

    private func message(_ files: [String: [UInt8]]) throws -> ProtoModel {
        try ProtoModel(serializedBytes: #require(files[Self.model]))
    }

    @Test("the model reads an image, and gives the classes' names and probabilities")
    func classifier() throws {
        let files = try export(CoreMLNetworks.model("wrn-10-1")) { options in
            options.output = .probabilities
            options.metadata = [
                "author": "someone", "license": "CC0", "version": "3", "description": "Animals.",
                "accuracy": "91 %",
            ]
        }
        #expect(files.keys.sorted() == [Self.model, Self.weights, "Manifest.json"])
        let model = try message(files)
        #expect(model.specificationVersion == 6)
        let description = model.description_p
        #expect(description.input.map(\.name) == ["image"])
        let image = try #require(description.input.first).type.imageType
        #expect((image.width, image.height, image.colorSpace) == (16, 16, 20))
        #expect(description.output.map(\.name) == ["classLabel", "probabilities"])
        #expect(description.predictedFeatureName == "classLabel")
        #expect(description.predictedProbabilitiesName == "probabilities")
        let metadata = description.metadata
        #expect(metadata.author == "someone")
        #expect(metadata.license == "CC0")
        #expect(metadata.version == "3")
        #expect(metadata.shortDescription == "Animals.")
        #expect(metadata.userDefined["accuracy"] == "91 %")
        #expect(metadata.userDefined["mean"] == "[0.5,0.25,0.4]")
        #expect(metadata.userDefined["class_names"] == #"["cat","dog","owl"]"#)
        let classify = try #require(block(of: model).operations.last)
        #expect(classify.type == "classify")
        let classes = try #require(classify.inputs["classes"]?.arguments.first).value
        #expect(
            classes.immediateValue.list.values.map { $0.immediateValue.tensor.strings.values }
                == [["cat"], ["dog"], ["owl"]])
        #expect(block(of: model).outputs == ["classLabel", "probabilities"])
    }

    @Test("numbers go in and come out where that is chosen", arguments: [false, true])
    func numbers(givesLayer: Bool) throws {
        let files = try export(CoreMLNetworks.model("wrn-10-1")) { options in
            options.input = .float32
            if givesLayer { options.output = .layer("group1") }
        }
        let description = try message(files).description_p
        let input = try #require(description.input.first).type.multiArrayType
        #expect((input.shape, input.dataType) == ([1, 3, 16, 16], 65568))
        let output = try #require(description.output.first)
        #expect(output.name == (givesLayer ? "features" : "logits"))
        #expect(output.type.multiArrayType.shape == (givesLayer ? [1, 32, 8, 8] : [1, 3]))
        #expect(description.predictedFeatureName == "")
        let operations = block(of: try message(files)).operations
        let first = try #require(operations.first { $0.type != "const" })
        #expect(first.type == "conv")
    }

    @Test("each operation reads constants and results that stand before it")
    func operations() throws {
        let files = try export(CoreMLNetworks.model("resnet-8-padboth"))
        let model = try message(files)
        #expect(Array(model.mlProgram.functions.keys) == ["main"])
        #expect(model.mlProgram.functions["main"]?.opset == "CoreML5")
        let operations = block(of: model).operations
        var counts: [String: Int] = [:]
        var known: Set<String> = ["image"]
        for operation in operations {
            counts[operation.type, default: 0] += 1
            for (_, argument) in operation.inputs {
                #expect(argument.arguments.count == 1)
                #expect(known.contains(argument.arguments[0].name))
            }
            for output in operation.outputs { #expect(known.insert(output.name).inserted) }
            #expect(
                operation.attributes["name"]?.immediateValue.tensor.strings.values
                    == operation.outputs.prefix(1).map(\.name))
        }
        counts["const"] = nil
        // 255, mean and deviation; seven convolutions with their normalisations multiplied in.
        #expect(
            counts == [
                "real_div": 2, "sub": 1, "conv": 7, "relu": 7, "add": 3, "slice_by_index": 2,
                "pad": 2, "reduce_mean": 1, "linear": 1,
            ])
        let convolution = try #require(operations.last { $0.type == "conv" })
        #expect(
            Set(convolution.inputs.keys) == [
                "x", "weight", "bias", "strides", "pad_type", "pad", "dilations", "groups",
            ])
        let pad = try #require(operations.first { $0.type == "pad" })
        let name = try #require(pad.inputs["pad"]?.arguments.first?.name)
        let pads = try #require(operations.first { $0.outputs.first?.name == name })
        // Half of the 16 new channels before the others, half behind.
        #expect(
            pads.attributes["val"]?.immediateValue.tensor.ints.values == [0, 0, 8, 8, 0, 0, 0, 0])
    }

    @Test("weights lie at multiples of 64 behind their descriptions", arguments: [false, true])
    func weights(areHalves: Bool) throws {
        let model = try CoreMLNetworks.model("wrn-10-1")
        let files = try export(model) { options in
            if areHalves { options.precision = .float16 }
        }
        let bytes = try #require(files[Self.weights])
        func number(_ size: Int, at offset: Int) -> UInt64 {
            bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        #expect(number(4, at: 4) == 2)
        let size = areHalves ? 2 : 4
        var end = 64
        var found = 0
        for operation in block(of: try message(files)).operations {
            guard let value = operation.attributes["val"],
                case .blobFileValue(let file) = value.kind
            else { continue }
            found += 1
            #expect(file.fileName == "@model_path/weights/weight.bin")
            let extents = value.type.tensorType.dimensions.map { Int($0.constant.size) }
            let count = extents.reduce(1, *)
            let offset = Int(file.offset)
            #expect(offset == (end + 63) / 64 * 64)
            #expect(bytes[end..<offset].allSatisfy { $0 == 0 })
            #expect(number(4, at: offset) == 0xDEAD_BEEF)
            #expect(number(4, at: offset + 4) == (areHalves ? 1 : 2))
            #expect(number(8, at: offset + 8) == UInt64(count * size))
            let start = offset + 64
            #expect(number(8, at: offset + 16) == UInt64(start))
            #expect(bytes[offset + 24..<start].allSatisfy { $0 == 0 })
            end = start + count * size
            guard operation.outputs.first?.name == "fc_weight" else { continue }
            #expect(extents == [3, 64])
            for (index, expected) in try #require(model.tensors["fc.weight"]).elements.enumerated()
            {
                if areHalves {
                    let half = UInt16(number(2, at: start + 2 * index))
                    #expect(half == expected.float16BitPattern)
                } else {
                    let single = Float(
                        bitPattern: UInt32(number(4, at: start + 4 * index)))
                    #expect(single == expected)
                }
            }
        }
        #expect(end == bytes.count)
        #expect(number(4, at: 0) == UInt64(found))
    }

    @Test("half precision lies between a cast at the beginning and one at the end")
    func halves() throws {
        let files = try export(CoreMLNetworks.model("wrn-10-1-leaky0.1")) { options in
            options.precision = .float16
        }
        let operations = block(of: try message(files)).operations.filter { $0.type != "const" }
        let types = operations.map { $0.outputs[0].type.tensorType.dataType }
        #expect(types == [11, 11, 11] + [Int32](repeating: 10, count: types.count - 4) + [11])
        #expect(operations[3].type == "cast")
        #expect(operations.last?.type == "cast")
    }

    @Test("the manifest lists both parts, by identifiers that follow from their bytes")
    func manifest() throws {
        struct Manifest: Decodable {
            struct Item: Decodable {
                let author, description, name, path: String
            }
            let fileFormatVersion: String
            let itemInfoEntries: [String: Item]
            let rootModelIdentifier: String
        }
        func manifest(_ name: String) throws -> Manifest {
            let files = try export(CoreMLNetworks.model(name))
            return try JSONDecoder().decode(
                Manifest.self, from: Data(#require(files["Manifest.json"])))
        }
        let first = try manifest("wrn-10-1")
        #expect(first.fileFormatVersion == "1.0.0")
        #expect(first.itemInfoEntries.count == 2)
        #expect(first.itemInfoEntries.values.allSatisfy { $0.author == "com.apple.CoreML" })
        let root = try #require(first.itemInfoEntries[first.rootModelIdentifier])
        #expect(root.path == "com.apple.CoreML/model.mlmodel")
        #expect(UUID(uuidString: first.rootModelIdentifier) != nil)
        let other = try manifest("wrn-10-1-silu")
        #expect(other.rootModelIdentifier != first.rootModelIdentifier)
    }

    @Test("the same network gives the same bytes")
    func sameBytes() throws {
        let model = try CoreMLNetworks.model("wrn-10-1")
        for precision in [ExportOptions.Precision.float32, .float16] {
            let first = try export(model) { $0.precision = precision }
            #expect(try export(model) { $0.precision = precision } == first)
        }
    }

    @Test("classes of one name are told apart by their numbers")
    func labels() {
        #expect(
            NetworkExport.labels(["crane", "kite", "crane", "crane (class 2)"])
                == ["crane", "kite", "crane (class 2)'", "crane (class 2)"])
    }

    private func block(of model: ProtoModel) -> ProtoBlock {
        let function = model.mlProgram.functions["main"] ?? ProtoFunction()
        return function.blocks[function.opset] ?? ProtoBlock()
    }
}
