// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNFiles
import WRNGraph
import WRNModel
import WRNPlan
import WRNProtobuf
import WRNRandom
import WRNTensor
import WRNTestSupport

@testable import WRNExport
@testable import WRNONNXMessages

@Suite("Exports that are refused")
struct RefusalTests {
    /// The sentence with which an export fails; nothing may be left.
    private func refusal(
        of other: Model? = nil, to name: String = "model.onnx",
        _ change: (inout ExportOptions) throws -> Void
    ) throws -> String {
        let model = try other ?? ExportedModel.model("wrn-10-0.25")
        var options = ExportOptions()
        try change(&options)
        return try withTemporaryDirectory { directory in
            var sentence = ""
            do {
                try model.export(to: directory + "/" + name, as: options)
            } catch {
                sentence = "\(error)".replacing(directory + "/", with: "")
            }
            let left = try names(in: directory)
            #expect(left.isEmpty)
            return sentence
        }
    }

    @Test("say what is out of range, missing or contradictory")
    func options() throws {
        #expect(try refusal { $0.opset = 12 } == "expected an opset from 13 to 21, found 12")
        #expect(try refusal { $0.opset = 22 } == "expected an opset from 13 to 21, found 22")
        #expect(
            try refusal { $0.precision = .int8 }
                == "8-bit activations need images to measure their ranges on; give some hundred of "
                + "the kind that the network will see")
        #expect(
            try refusal {
                $0.precision = .int8
                $0.calibrationImages = ImageList()
            }
                == "8-bit activations need images to measure their ranges on, and there are none; "
                + "give some hundred of the kind that the network will see")
        #expect(
            try refusal { $0.calibrationImages = try ExportedModel.photographs(count: 1) }
                .hasPrefix(
                    "images for the ranges of activations are of use to 8-bit networks alone")
        )
        #expect(
            try refusal {
                $0.precision = .int8
                $0.keepsNormalizations = true
                $0.calibrationImages = try ExportedModel.photographs(count: 1)
            }.hasPrefix("normalisations that stay operations of their own are computed in floats"))
        #expect(
            try refusal { $0.output = .layer("group7") }
                == "there is no layer \"group7\"; the network's layers are conv0, group0, group1, "
                + "group2, bn, relu, pool, fc")
        #expect(
            try refusal { $0.calibration = .minMax }
                == "how ranges of activations follow from images is chosen for 8-bit networks "
                + "alone; leave it out, or choose 8-bit integers")
        #expect(
            try refusal { $0.metadata = ["note": "a fact", "network": "mine", "mean": "0"] }
                == "the export writes the metadata mean, network itself; give other facts other "
                + "names")
    }

    @Test(
        "name the tensor with numbers that are not finite",
        arguments: ["conv0.weight", "fc.weight", "fc.bias"])
    func notFinite(_ name: String) throws {
        let model = try ExportedModel.model("wrn-10-0.25")
        var tensors = model.tensors
        tensors[name]?.withUnsafeMutableElements { $0[1] = .nan }
        let broken = Model(description: model.description, tensors: tensors)
        let photographs = try ExportedModel.photographs(count: 2)
        for precision in ExportOptions.Precision.allCases {
            for file in ["model.onnx", "model.mlpackage"] {
                guard precision != .int8 || file == "model.onnx" else { continue }
                let sentence = try refusal(of: broken, to: file) {
                    $0.precision = precision
                    if precision == .int8 { $0.calibrationImages = photographs }
                }
                #expect(
                    sentence.hasPrefix(
                        "wrn-10-0.25: tensor \"\(name)\" is not finite: element 1 is nan (1 of "),
                    "\(sentence)")
            }
        }
    }

    @Test("count results of the engine that are not finite as different ones")
    func notFiniteResults() throws {
        let model = try ExportedModel.model("wrn-10-0.25")
        var tensors = model.tensors
        tensors["fc.bias"]?.withUnsafeMutableElements { $0[1] = .nan }
        let broken = Model(description: model.description, tensors: tensors)
        let network = try ExportedNetwork(model.description.graph(), tensors: tensors)
        let check = try ExportCheck(of: network, broken, on: nil, device: .cpu())
        #expect(check.expected.contains { !$0.isFinite })
        let found = check.expected.map { $0.isFinite ? $0 : 0 }
        #expect(check.difference(of: found).relative.isNaN)
        #expect(check.difference(of: found).largest.isNaN)
    }

    @Test("name the format's ending, and the directory that is not there")
    func paths() throws {
        #expect(
            try refusal(to: "model.tflite") { _ in }.hasPrefix(
                "model.tflite: expected a name that ends in .onnx (ONNX) or .mlpackage"))
        #expect(try refusal(to: ".onnx") { _ in }.hasPrefix(".onnx: expected a name"))
        #expect(
            try refusal(to: "nowhere/model.onnx") { _ in }.hasPrefix(
                "nowhere/model.onnx: cannot create a file in nowhere: no such file or directory"))
    }

    @Test("name the photograph that is none")
    func brokenPhotograph() throws {
        let sentence = try refusal {
            $0.precision = .int8
            var images = try ExportedModel.photographs(count: 2)
            images.append([1, 2, 3], title: "noise.png")
            $0.calibrationImages = images
        }
        #expect(sentence.hasPrefix("noise.png"))
    }

    @Test("leave nothing when they are cancelled at any point")
    func cancellation() throws {
        let network = NetworkExport(
            try ExportedModel.model("wrn-10-0.25"),
            graph: try ExportedModel.model("wrn-10-0.25").description.graph())
        var options = ExportOptions()
        options.precision = .int8
        options.usesExternalData = true
        options.calibrationImages = try ExportedModel.photographs(count: 20)
        for allowed in 0..<5 {
            try withTemporaryDirectory { directory in
                var calls = 0
                #expect(throws: CancellationError.self) {
                    try network.write(
                        to: directory + "/model.onnx", as: options,
                        isCancelled: {
                            calls += 1
                            return calls > allowed
                        })
                }
                let left = try names(in: directory)
                #expect(left.isEmpty)
            }
        }
    }
}

@Suite("Exports of two files")
struct TwoFileExportTests {
    @Test("that cannot finish leave the weights of an older export, and none of their own")
    func unfinished() throws {
        let model = try ExportedModel.model("wrn-10-0.25")
        let network = NetworkExport(model, graph: try model.description.graph())
        var options = ExportOptions()
        options.usesExternalData = true
        try withTemporaryDirectory { directory in
            let path = directory + "/model.onnx"
            /// Exports while a directory takes the model's place.
            func attempt() {
                #expect(throws: ExportError.self) {
                    try network.write(
                        to: path, as: options,
                        progress: {
                            guard case .checking = $0 else { return }
                            rename(path, directory + "/old.onnx")
                            mkdir(path, 0o777)
                        })
                }
            }
            attempt()
            #expect(try names(in: directory) == ["model.onnx"])
            rmdir(path)
            _ = try network.write(to: path, as: options)
            let old = try contents(of: path + ".data")
            options.precision = .float16
            attempt()
            #expect(
                try names(in: directory) == ["model.onnx", "model.onnx.data", "old.onnx"])
            #expect(try contents(of: path + ".data") == old)
            // What finishes has its own, and nothing else is left.
            rmdir(path)
            _ = try network.write(to: path, as: options)
            #expect(try contents(of: path + ".data") != old)
            #expect(
                try names(in: directory) == ["model.onnx", "model.onnx.data", "old.onnx"])
        }
    }
}

/// The bytes of a written model.
private func written(_ change: (inout ExportOptions) throws -> Void = { _ in }) throws -> [UInt8] {
    var options = ExportOptions()
    try change(&options)
    return try withTemporaryDirectory { directory in
        let path = directory + "/model.onnx"
        try ExportedModel.model("resnet-8").export(to: path, as: options)
        return try contents(of: path)
    }
}

@Suite("Changed ONNX files")
struct ONNXFuzzTests {
    @Test("never trap, whatever is changed in them")
    func fuzz() throws {
        let bytes = try written {
            $0.precision = .int8
            $0.calibrationImages = try ExportedModel.photographs(count: 2)
        }
        // The structure comes first: weights are most of the bytes.
        let structure = try ONNXModel(reading: bytes, file: "file").nodesAlone
        let input = [Float](repeating: 0.5, count: 3 * 8 * 8)
        var outcomes = (read: 0, refused: 0)
        for round in 0..<Fuzz.rounds {
            let source = round % 2 == 0 ? bytes : structure
            let changed = Fuzz.mutated(NamedBytes(source), round: round)
            do {
                let model = try ONNXModel(reading: Array(changed.bytes), file: "file")
                _ = ONNXSummary(model, file: "file")
                // A model that is still whole is computed; few are.
                if round % 10 == 0 {
                    let interpreter = try ONNXInterpreter(
                        model, file: "file", maximumCount: 1 << 20)
                    _ = try interpreter.run(input, count: 1)
                }
                outcomes.read += 1
            } catch {
                #expect(!error.message.contains("\n"))
                outcomes.refused += 1
            }
        }
        #expect(outcomes.read > 0)
        #expect(outcomes.refused > 0)
    }
}

@Suite("ONNX files from outside")
struct HostileONNXTests {
    @Test("are refused when they are cut off or something else")
    func refused() throws {
        let bytes = try written()
        #expect(throws: ExportError.self) {
            try ONNXModel(reading: Array(bytes.dropLast(3)), file: "f")
        }
        for other in ["", "PK\u{3}\u{4}", "{\"a\": 1}", "\u{8}\u{8}"] {
            let error = #expect(throws: ExportError.self) {
                try ONNXModel(reading: Array(other.utf8), file: "f")
            }
            #expect(error?.code == .malformed)
        }
    }

    @Test("are refused at the limit of their parts, before these fill the memory")
    func partBomb() throws {
        // A thousand empty operations, two bytes each.
        let graph = [UInt8](repeating: 0, count: 2000).enumerated().map {
            $0.offset % 2 == 0 ? UInt8(0x0a) : 0
        }
        let bytes = [0x08, 8, 0x3a, 0xd0, 0x0f] + graph
        #expect(try ONNXModel(reading: bytes, file: "f").nodes.count == 1000)
        let error = #expect(throws: ExportError.self) {
            try ONNXModel(reading: bytes, file: "f", maximumPartCount: 500)
        }
        #expect(error?.message.contains("expected at most 500 fields in a model") == true)
        // 65 extents of one tensor, packed.
        let extents = [0x0a, 65] + [UInt8](repeating: 1, count: 65)
        let tensor = [0x08, 8, 0x3a, UInt8(extents.count + 2), 0x2a, UInt8(extents.count)]
        #expect(throws: ExportError.self) {
            try ONNXModel(reading: tensor + extents, file: "f")
        }
    }

    @Test("are not computed with constants of another size, or results beyond the limit")
    func lies() throws {
        let model = try ONNXModel(reading: written(), file: "file")
        let input = [Float](repeating: 0.5, count: 3 * 8 * 8)
        func refusal(_ change: (inout ONNXModel) throws -> Void) throws -> String {
            var changed = model
            try change(&changed)
            do {
                let interpreter = try ONNXInterpreter(
                    changed, file: "file", maximumCount: 1 << 16)
                _ = try interpreter.run(input, count: 1)
                return ""
            } catch {
                return error.message
            }
        }
        let weight = try #require(model.initializers.firstIndex { $0.extents.count == 4 })
        #expect(try refusal { _ in } == "")
        #expect(
            try refusal { $0.initializers[weight].extents[0] = 1 << 40 }
                .contains("expected the bytes of float32 in the shape"))
        #expect(
            try refusal { $0.initializers[weight].extents = [.max, .max, 2, 2] }
                .contains("expected the bytes of float32"))
        #expect(
            try refusal { $0.initializers[weight].typeCode = 16 }
                .contains("constants of the element type 16 are not read here"))
        #expect(
            try refusal { $0.initializers.append($0.initializers[weight]) }
                .contains("is there twice"))
        let pads = try #require(model.initializers.firstIndex { $0.name.hasSuffix(".pads") })
        #expect(
            try refusal { model in
                guard case .raw(var raw) = model.initializers[pads].content else { return }
                // A million channels more.
                raw[raw.startIndex + 8 + 2] = 0x0f
                model.initializers[pads].content = .raw(raw)
            }.contains("expected a result of at most 65536 numbers"))
        #expect(throws: ExportError.self) {
            try ONNXInterpreter(model, file: "file").run(Array(input.dropLast()), count: 1)
        }
    }

    @Test("with one changed weight, attribute or operator compute something else, or are refused")
    func tampering() throws {
        let export = NetworkExport(
            try ExportedModel.model("resnet-8"),
            graph: try ExportedModel.model("resnet-8").description.graph())
        let network = try ExportedNetwork(export.graph, tensors: export.model.tensors)
        let check = try ExportCheck(
            of: network, export.model, on: nil, device: .cpu())
        let model = try ONNXModel(reading: written(), file: "file")
        func difference(_ change: (inout ONNXModel) throws -> Void) throws -> Double {
            var changed = model
            try change(&changed)
            let found = try ONNXInterpreter(changed, file: "file").run(
                check.normalizedInputs, count: check.images.count)
            return check.difference(of: found).relative
        }
        #expect(try difference { _ in } < 1e-4)
        let weight = try #require(model.initializers.firstIndex { $0.extents.count == 4 })
        #expect(
            try difference { model in
                guard case .raw(var raw) = model.initializers[weight].content else { return }
                raw[raw.startIndex + 3] ^= 0x80
                raw[raw.startIndex + 2] ^= 0x40
                model.initializers[weight].content = .raw(raw)
            } > 1e-4)
        // The image moved by a pixel.
        let convolution = try #require(model.nodes.firstIndex { $0.type == "Conv" })
        #expect(
            try difference {
                $0.nodes[convolution].attributes["pads"] = .integers([0, 0, 2, 2])
            } > 1e-4)
        let relu = try #require(model.nodes.firstIndex { $0.type == "Relu" })
        #expect(try difference { $0.nodes[relu].type = "Sigmoid" } > 1e-2)
        #expect(throws: ExportError.self) {
            try difference { $0.nodes[relu].type = "Gelu" }
        }
        #expect(throws: ExportError.self) {
            try difference { $0.nodes[relu].domain = "com.example" }
        }
        #expect(throws: ExportError.self) { try difference { $0.nodes.remove(at: relu) } }
    }
}

extension ONNXModel {
    /// The bytes of the model without its constants.
    fileprivate var nodesAlone: [UInt8] {
        var model = self
        model.initializers = []
        return model.message().bytes
    }
}
