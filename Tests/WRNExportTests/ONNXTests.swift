// SPDX-License-Identifier: Apache-2.0

import Foundation
import SwiftProtobuf
import Testing
import WRNDatasets
import WRNGraph
import WRNModel
import WRNTensor
import WRNTestSupport

@testable import WRNExport
@testable import WRNONNXMessages

@Suite("ONNX models")
struct ONNXTests {
    /// Exports to a directory that is removed, and returns the message and the report.
    private func export(
        _ model: Model, _ change: (inout ExportOptions) -> Void = { _ in }
    ) throws -> (message: ONNXModelProto, report: ExportReport) {
        var options = ExportOptions()
        change(&options)
        return try withTemporaryDirectory { directory in
            let path = directory + "/model.onnx"
            let report = try model.export(to: path, as: options)
            #expect(report.byteCount > 0)
            return (try ExportedModel.message(contents(of: path)), report)
        }
    }

    /// One of each kind of block, shortcut, activation, stem and place of a stride.
    static let networks: [(name: String, size: Int)] = [
        ("wrn-10-1", 8), ("wrn-13-0.25-b131", 8), ("wrn-10-0.5-silu", 8),
        ("wrn-10-0.5-leaky0.1-firstshortcut", 8), ("wrn-10-0.5-firstblock", 8),
        ("wrn-10-0.5-rawshortcut-same", 8), ("resnet-8", 8), ("resnet-8-padboth", 8),
        ("resnet-8-b", 7), ("preact-resnet-11", 8), ("wrn-18-0.25", 64),
        ("wrn-50-0.25", 32),
    ]

    @Test("compute what the engine computes, for every kind of network", arguments: networks)
    func kinds(_ name: String, _ size: Int) throws {
        let model = try ExportedModel.model(name, size: size)
        let graph = try model.description.graph()
        for keepsNormalizations in [false, true] {
            let (message, report) = try export(model) {
                $0.keepsNormalizations = keepsNormalizations
            }
            #expect(report.relativeDifference <= 1e-4)
            #expect(report.checkedImages == 4)
            #expect(message.problem == nil)
            #expect(report.operations == message.graph.node.count)
            let convolutions = graph.nodes.count {
                if case .convolution = $0.operation { true } else { false }
            }
            #expect(message.count("Conv") == convolutions)
            let normalizations = graph.nodes.count {
                if case .batchNormalization = $0.operation { true } else { false }
            }
            if keepsNormalizations {
                #expect(message.count("BatchNormalization") == normalizations)
                let elements = message.graph.initializer.filter { $0.dataType == 1 }
                    .map { $0.dims.reduce(1, *) }.reduce(0, +)
                #expect(Int(elements) == graph.parameterCount + graph.statisticsCount)
            } else {
                #expect(message.count("BatchNormalization") < normalizations)
            }
        }
    }

    @Test("give calibrated probabilities of a calibrated model, and its logits as they are")
    func calibrated() throws {
        let plain = try ExportedModel.model("wrn-10-1")
        let calibration = ModelCalibration(
            temperature: 2.5, data: "photos", split: nil, count: 9, lossBefore: 2, loss: 1,
            errorBefore: 0.2, error: 0.1, thresholds: AnswerThresholds(overall: 0.75))
        let model = Model(
            description: plain.description.with(calibration: calibration), tensors: plain.tensors)
        /// The weights and the bias of the head.
        func head(_ message: ONNXModelProto) throws -> [Float] {
            let head = try #require(message.graph.node.first { $0.opType == "Gemm" })
            return try head.input.dropFirst().flatMap { name in
                let tensor = try #require(message.graph.initializer.first { $0.name == name })
                return tensor.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            }
        }
        for output in [ExportOptions.Output.logits, .probabilities] {
            let (before, _) = try export(plain) { $0.output = output }
            let (after, report) = try export(model) { $0.output = output }
            #expect(report.relativeDifference <= 1e-4)
            let divisor = output == .probabilities ? 2.5 : 1
            let expected = try head(before).map { Float(Double($0) / divisor) }
            #expect(try head(after) == expected && !expected.isEmpty)
            // Nothing that reads the file may divide the logits of its probabilities once more.
            let key = output == .probabilities ? "applied_temperature" : "temperature"
            let facts = after.facts
            #expect(facts[key] == "2.5" && facts["threshold"] == "0.75")
            #expect(facts.keys.filter { $0.hasSuffix("temperature") } == [key])
            #expect(before.metadataProps.allSatisfy { !$0.key.hasSuffix("temperature") })
        }
    }

    @Test("compute what the engine computes, whatever the order of operations", arguments: 1...24)
    func random(_ seed: Int) throws {
        let network = try ExportedModel.random(seed: UInt64(seed))
        for precision in [ExportOptions.Precision.float32, .float16] {
            var options = ExportOptions()
            options.precision = precision
            options.keepsNormalizations = seed % 2 == 0
            try withTemporaryDirectory { directory in
                let path = directory + "/model.onnx"
                let report = try network.write(to: path, as: options)
                #expect(report.relativeDifference <= ExportCheck.bound(precision))
                let message = try ExportedModel.message(contents(of: path))
                #expect(message.problem == nil)
            }
        }
    }

    @Test(
        "say their versions, inputs and outputs",
        arguments: [(13, 7), (14, 7), (15, 8), (18, 8), (19, 9), (20, 9), (21, 10)])
    func versions(_ opset: Int, _ version: Int) throws {
        let model = try ExportedModel.model("wrn-10-0.25")
        let (message, _) = try export(model) { $0.opset = opset }
        #expect(message.irVersion == version)
        #expect(message.opsetImport.map(\.domain) == [""])
        #expect(message.opsetImport.map(\.version) == [Int64(opset)])
        #expect(message.producerName == "swift-wide-resnet")
        #expect(message.graph.name == "wrn-10-0.25")
        let input = try #require(message.graph.input.first)
        #expect(input.name == "image")
        #expect(input.type.tensorType.elemType == 1)
        #expect(input.type.tensorType.shape.dim.map(\.dimParam) == ["batch", "", "", ""])
        #expect(input.type.tensorType.shape.dim.dropFirst().map(\.dimValue) == [3, 8, 8])
        let output = try #require(message.graph.output.first)
        #expect(output.name == "logits")
        #expect(output.type.tensorType.shape.dim.map(\.dimParam) == ["batch", ""])
        #expect(output.type.tensorType.shape.dim[1].dimValue == 10)
    }

    @Test("give probabilities")
    func probabilities() throws {
        let (message, report) = try export(ExportedModel.model("wrn-10-0.25")) {
            $0.output = .probabilities
        }
        #expect(message.graph.output.map(\.name) == ["probabilities"])
        #expect(message.count("Softmax") == 1)
        #expect(report.relativeDifference <= 1e-5)
    }

    @Test(
        "end at a layer",
        arguments: [
            ("group1", [0, 8, 4, 4] as [Int64]), ("group0.block0.bn1", [0, 4, 8, 8]),
            ("pool", [0, 16]), ("fc", [0, 10]),
        ])
    func layers(_ layer: String, _ shape: [Int64]) throws {
        let (message, report) = try export(ExportedModel.model("wrn-10-0.25")) {
            $0.output = .layer(layer)
        }
        let output = try #require(message.graph.output.first)
        #expect(output.name == "features")
        #expect(output.type.tensorType.shape.dim.map(\.dimValue) == shape)
        #expect(message.facts["layer"] == layer)
        #expect(message.problem == nil)
        #expect(report.relativeDifference <= 1e-4)
    }

    @Test("read pixels and normalise them themselves")
    func pixels() throws {
        let model = try ExportedModel.model("wrn-10-0.25")
        let (message, report) = try export(model) { $0.input = .uint8 }
        let input = try #require(message.graph.input.first)
        #expect(input.type.tensorType.elemType == 2)
        #expect(input.type.tensorType.shape.dim.map(\.dimValue) == [0, 8, 8, 3])
        // The same operations on the same bits as with normalised numbers.
        let (_, other) = try export(model)
        #expect(report.largestDifference == other.largestDifference)
        #expect(
            message.graph.node.prefix(5).map(\.opType) == [
                "Cast", "Transpose", "Div", "Sub", "Div",
            ])
    }

    @Test("take half the bytes in half precision")
    func halves() throws {
        let model = try ExportedModel.model("wrn-10-1")
        let (whole, wholeReport) = try export(model)
        let (message, report) = try export(model) { $0.precision = .float16 }
        #expect(report.relativeDifference <= 1e-2)
        #expect(report.relativeDifference > wholeReport.relativeDifference)
        #expect(Double(report.byteCount) < 0.6 * Double(wholeReport.byteCount))
        #expect(message.graph.initializer.allSatisfy { $0.dataType == 10 })
        #expect(message.graph.input == whole.graph.input)
        #expect(message.graph.output == whole.graph.output)
    }

    @Test("refuse half precision where it overflows, and leave nothing")
    func overflow() throws {
        let model = try ExportedModel.model("wrn-10-0.25")
        var tensors = model.tensors
        // Weights that half precision holds, and most sums of whose products it does not.
        tensors["conv0.weight"]?.withUnsafeMutableElements { elements in
            let largest = elements.map(\.magnitude).max() ?? 1
            for index in elements.indices { elements[index] *= 60000 / largest }
        }
        let error = try refusal(Model(description: model.description, tensors: tensors)) {
            $0.precision = .float16
            $0.keepsNormalizations = true
        }
        #expect(error?.code == .differentResults)
        #expect(error?.message.hasSuffix("take float32") == true)
    }

    @Test("refuse weights that half precision does not hold, and leave nothing")
    func largeWeights() throws {
        let model = try ExportedModel.model("wrn-10-0.25")
        var tensors = model.tensors
        tensors["fc.bias"]?.withUnsafeMutableElements { $0[1] = 1e5 }
        let error = try refusal(Model(description: model.description, tensors: tensors)) {
            $0.precision = .float16
        }
        #expect(error?.code == .inexpressible)
        #expect(
            error?.message
                == "fc.bias: half precision holds numbers up to 65504, and a weight is 100000.0; "
                + "choose float32")
    }

    /// The error with which an export fails; nothing may be left.
    private func refusal(
        _ model: Model, _ change: (inout ExportOptions) -> Void
    ) throws -> ExportError? {
        var options = ExportOptions()
        change(&options)
        return try withTemporaryDirectory { directory in
            let error = #expect(throws: ExportError.self) {
                try model.export(to: directory + "/model.onnx", as: options)
            }
            let left = try names(in: directory)
            #expect(left.isEmpty)
            return error
        }
    }

    @Test("are the same bytes on every run")
    func sameBytes() throws {
        let model = try ExportedModel.model("resnet-8")
        try withTemporaryDirectory { directory in
            for precision in ExportOptions.Precision.allCases {
                var options = ExportOptions()
                options.precision = precision
                if precision == .int8 {
                    options.calibrationImages = try ExportedModel.photographs(count: 5)
                }
                try model.export(to: directory + "/one.onnx", as: options)
                try model.export(to: directory + "/two.onnx", as: options)
                let (one, two) = (
                    try contents(of: directory + "/one.onnx"),
                    try contents(of: directory + "/two.onnx")
                )
                #expect(one == two)
            }
        }
    }

    @Test("keep weights in a second file beside them, in pages of their own")
    func externalData() throws {
        let model = try ExportedModel.model("wrn-10-1")
        var options = ExportOptions()
        options.usesExternalData = true
        try withTemporaryDirectory { directory in
            let path = directory + "/model.onnx"
            let report = try model.export(to: path, as: options)
            #expect(try names(in: directory) == ["model.onnx", "model.onnx.data"])
            let data = try contents(of: path + ".data")
            let message = try ExportedModel.message(contents(of: path))
            let modelCount = try contents(of: path).count
            #expect(report.byteCount == data.count + modelCount)
            #expect(message.problem == nil)
            let external = message.graph.initializer.filter(\.hasDataLocation)
            #expect(external.count > 5)
            var end = 0
            for tensor in external {
                let facts = Dictionary(tensor.externalData.map { ($0.key, $0.value) }) { $1 }
                #expect(facts["location"] == "model.onnx.data")
                let offset = try #require(facts["offset"].flatMap { Int($0) })
                let length = try #require(facts["length"].flatMap { Int($0) })
                #expect(offset % 4096 == 0 && offset >= end)
                #expect(length == 4 * Int(tensor.dims.reduce(1, *)))
                end = offset + length
            }
            #expect(end == data.count)
        }
    }

    @Test("carry the images' rules, the classes, and the digest of the weights")
    func metadata() throws {
        let model = try ExportedModel.model("wrn-10-0.25", classes: 2)
        let (message, _) = try export(model) { $0.metadata = ["accuracy": "0.5 of a few"] }
        let facts = message.facts
        #expect(facts["class_names"] == #"["class 0","class 1"]"#)
        #expect(facts["mean"] == "[0.5,0.25,0.75]")
        #expect(
            facts["standard_deviation"] == "[0.25,0.5,0.2]"
                || facts["standard_deviation"] == "[0.25,0.5,0.20000000298023224]")
        #expect(facts["accuracy"] == "0.5 of a few")
        #expect(facts["network"] == "wrn-10-0.25")
        #expect(facts["weights_sha256"]?.count == 64)
        #expect(facts["resize"]?.contains("cut 8 x 8 out of the middle") == true)
        #expect(facts["program"]?.hasPrefix("swift-wide-resnet ") == true)
        let (other, _) = try export(ExportedModel.model("wrn-10-0.25", classes: 2, seed: 2))
        #expect(other.facts["weights_sha256"] != facts["weights_sha256"])
    }

    @Test(
        "say how many channels go in, with their colours where these are known",
        arguments: [(1, "grey"), (2, "2 channels"), (3, "red, green, blue")])
    func channels(_ count: Int, _ words: String) throws {
        let (message, _) = try export(ExportedModel.model("wrn-10-0.25", channels: count))
        #expect(message.facts["channels"] == words)
    }

    @Test("have no facts of their own but those that no other fact may replace")
    func ownFacts() throws {
        let plain = try ExportedModel.model("wrn-10-0.25")
        let calibration = ModelCalibration(
            temperature: 2.5, data: "photos", split: nil, count: 9, lossBefore: 2, loss: 1,
            errorBefore: 0.2, error: 0.1, thresholds: AnswerThresholds(overall: 0.75))
        let model = Model(
            description: plain.description.with(calibration: calibration), tensors: plain.tensors)
        let photographs = try ExportedModel.photographs(count: 2)
        let (whole, _) = try export(model) { $0.output = .probabilities }
        let (part, _) = try export(model) {
            $0.output = .layer("conv0")
            $0.precision = .int8
            $0.calibrationImages = photographs
        }
        let found = Set(whole.facts.keys).union(part.facts.keys)
        #expect(found == NetworkExport.ownFacts)
    }

    @Test("are evaluated to the same numbers on any number of threads")
    func threads() throws {
        let model = try ExportedModel.model("resnet-8")
        try withTemporaryDirectory { directory in
            let path = directory + "/model.onnx"
            try model.export(to: path)
            let read = try ONNXModel(reading: contents(of: path), file: path)
            let input: [Float] = (0..<384).map { (index: Int) -> Float in Float(index % 17) / 8 - 1
            }
            let expected = try ONNXInterpreter(read, file: path, threads: 1).run(input, count: 2)
            for threads in [2, 3, 7, 1024] {
                let interpreter = try ONNXInterpreter(read, file: path, threads: threads)
                #expect(try interpreter.run(input, count: 2) == expected)
            }
        }
    }

    @Test("are summarised from their bytes")
    func summary() throws {
        let model = try ExportedModel.model("resnet-8")
        try withTemporaryDirectory { directory in
            let path = directory + "/model.onnx"
            let report = try model.export(to: path)
            let summary = try ONNXSummary(contentsOf: path)
            #expect(summary.operations == report.operations)
            #expect(summary.operators.map(\.count).reduce(0, +) == report.operations)
            #expect(summary.operators.first { $0.name == "Conv" }?.count == 7)
            #expect(summary.inputs.map(\.shape) == [["batch", "3", "8", "8"]])
            #expect(summary.inputs.map(\.type) == ["float32"])
            #expect(summary.opsets == ["ai.onnx": 18])
            #expect(summary.weights.map(\.type) == ["float32", "int64"])
            #expect(summary.metadata["network"] == "resnet-8")
            #expect(summary.externalFiles.isEmpty)
        }
    }
}
