// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNGraph
import WRNModel
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNExport

extension MILType {
    /// The extents of a tensor.
    fileprivate var extents: [Int]? {
        if case .tensor(_, let extents) = self { extents } else { nil }
    }
}

/// What packages compute: by our interpreter, which coremltools' own packages prove.
@Suite("Numbers of Core ML packages")
struct CoreMLNumbersTests {
    @Test(
        "the interpreter gives PyTorch's results for coremltools' packages",
        arguments: [
            ("float32", 1e-6), ("float16", 2e-3),
        ])
    func foreignPackage(name: String, bound: Double) throws {
        struct Results: Decodable { let probabilities: [Double] }
        let results = try JSONDecoder().decode(
            Results.self, from: Data(contents(of: fixture("coreml.json"))))
        let path = fixture("\(name).mlpackage")
        let (model, weights) = try CoreMLPackage.read(path)
        #expect(model.author == "someone")
        #expect(model.inputs.map(\.kind) == [.image(height: 8, width: 8, isColour: true)])
        #expect(model.labelName == "classLabel")
        var pixels: [Float] = []
        for channel in 0..<3 {
            for row in 0..<8 {
                for column in 0..<8 {
                    pixels.append(Float((37 * channel + 11 * row + 5 * column) % 32 * 8))
                }
            }
        }
        let found = try MILInterpreter(model.program, weights: weights, file: path).run(pixels)
        #expect(found.count == 5)
        for (found, expected) in zip(found, results.probabilities) {
            #expect(abs(Double(found) - expected) < bound)
        }
    }

    @Test(
        "every kind of operation gives the engine's numbers",
        arguments: [
            "wrn-10-1", "wrn-10-1-silu-same", "wrn-10-1-leaky0.1-firstblock", "wrn-13-1-b131",
            "resnet-8-padboth", "resnet-8-a", "preact-resnet-11",
        ])
    func everyOperation(name: String) throws {
        let model = try CoreMLNetworks.model(name)
        for precision in [ExportOptions.Precision.float32, .float16] {
            for keepsNormalizations in [false, true] {
                try withTemporaryDirectory { directory in
                    var options = ExportOptions()
                    options.precision = precision
                    options.keepsNormalizations = keepsNormalizations
                    options.input = keepsNormalizations ? .float32 : .image
                    let report = try model.export(
                        to: directory + "/n.mlpackage", as: options, device: .cpu(threads: 1))
                    #expect(report.format == "Core ML")
                    #expect(report.checkedImages == 4)
                    #expect(report.relativeDifference < (precision == .float32 ? 1e-5 : 1e-2))
                    // Rounding to half precision shows.
                    #expect((report.relativeDifference > 1e-5) == (precision == .float16))
                }
            }
        }
    }

    @Test("networks whose operations come in any order give the engine's numbers", arguments: 1...8)
    func randomNetworks(seed: UInt64) throws {
        let network = try ExportedModel.random(seed: seed)
        try withTemporaryDirectory { directory in
            for keepsNormalizations in [false, true] {
                var options = ExportOptions()
                options.input = .float32
                options.keepsNormalizations = keepsNormalizations
                let path = directory + "/n.mlpackage"
                let report = try network.write(to: path, as: options, device: .cpu(threads: 1))
                #expect(report.relativeDifference < 1e-4)
                let read = try CoreMLPackage.read(path).model
                let output = try #require(read.program.operations.last?.results.last)
                #expect(read.outputs.map(\.kind) == [.numbers(try #require(output.value.extents))])
            }
        }
    }

    @Test("a network for photographs, with its max pooling, in any output")
    func outputs() throws {
        let model = try CoreMLNetworks.model("resnet-18", size: 32)
        for output in [ExportOptions.Output.probabilities, .layer("maxpool"), .layer("avgpool")] {
            try withTemporaryDirectory { directory in
                var options = ExportOptions()
                options.output = output
                let report = try model.export(
                    to: directory + "/n.mlpackage", as: options, device: .cpu(threads: 1))
                #expect(report.relativeDifference < 1e-5)
            }
        }
    }

    @Test("grey images and probabilities without names")
    func greyWithoutNames() throws {
        let model = try CoreMLNetworks.model("wrn-10-1", channels: 1, classNames: [])
        try withTemporaryDirectory { directory in
            var options = ExportOptions()
            options.output = .probabilities
            let path = directory + "/n.mlpackage"
            try model.export(to: path, as: options, device: .cpu(threads: 1))
            let read = try CoreMLPackage.read(path).model
            #expect(read.inputs.map(\.kind) == [.image(height: 16, width: 16, isColour: false)])
            #expect(read.outputs.map(\.kind) == [.numbers([1, 3])])
            #expect(read.outputs.map(\.name) == ["probabilities"])
        }
    }

    @Test("a changed byte of a weight shows in the results, and in the refusal")
    func damage() throws {
        let model = try CoreMLNetworks.model("wrn-10-1")
        try withTemporaryDirectory { directory in
            let path = directory + "/n.mlpackage"
            try model.export(to: path, device: .cpu(threads: 1))
            func results() throws -> [Float] {
                let (read, weights) = try CoreMLPackage.read(path)
                let input = [Float](repeating: 100, count: 3 * 16 * 16)
                return try MILInterpreter(read.program, weights: weights, file: path).run(input)
            }
            let before = try results()
            let file = path + "/Data/com.apple.CoreML/weights/weight.bin"
            var bytes = try contents(of: file)
            // The sign of the first weight.
            bytes[128 + 3] ^= 0x80
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            #expect(try results() != before)
            #expect(throws: ExportError.self) {
                try NetworkExport.refuse(0.1, .float32, file: path)
            }
        }
    }
}
