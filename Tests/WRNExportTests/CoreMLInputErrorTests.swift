// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNGraph
import WRNModel
import WRNRandom
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNExport

@Suite("Core ML packages that are refused")
struct CoreMLInputErrorTests {
    /// The sentence with which an export is refused; nothing may be left behind.
    private func refusal(
        _ model: Model, to name: String = "n.mlpackage",
        _ change: (inout ExportOptions) -> Void = { _ in }
    ) throws -> String {
        var options = ExportOptions()
        change(&options)
        return try withTemporaryDirectory { directory in
            let error = #expect(throws: (any Error).self) {
                try model.export(
                    to: directory + "/" + name, as: options, device: .cpu(threads: 1))
            }
            let left = try names(in: directory)
            #expect(left == [])
            return "\(try #require(error))".replacingOccurrences(of: directory, with: "DIR")
        }
    }

    @Test("options that Core ML has no use for, in one sentence each")
    func options() throws {
        let model = try CoreMLNetworks.model("wrn-10-1")
        #expect(
            try refusal(model) { $0.precision = .int8 }
                == "networks of 8-bit integers are written for ONNX; choose float32 or float16 for "
                + "Core ML")
        #expect(
            try refusal(model) { $0.input = .uint8 }.hasPrefix("Core ML has no input of bytes; "))
        #expect(try refusal(model) { $0.opset = 17 }.hasSuffix("leave them out for Core ML"))
        #expect(
            try refusal(model) { $0.usesExternalData = true }.hasSuffix(
                "leave them out for Core ML"))
        #expect(
            try refusal(model, to: "n.onnx") { $0.input = .image }.hasPrefix(
                "ONNX has no type for images; "))
        #expect(
            try refusal(model) { $0.output = .layer("group7") }.hasPrefix(
                "there is no layer \"group7\"; the network's layers are conv0, "))
        #expect(
            try refusal(model, to: "none/n.mlpackage")
                == "DIR/none/n.mlpackage: cannot create a directory in DIR/none for the directory: "
                + "no such file or directory; create its directory first")
    }

    @Test("what the format cannot express, in one sentence each")
    func inexpressible() throws {
        let wide = try CoreMLNetworks.model("wrn-10-1", channels: 2)
        #expect(
            try refusal(wide)
                == "Core ML's images have 3 channels or 1, and the network reads 2; let it read "
                + "normalised numbers")
        let model = try CoreMLNetworks.model("wrn-10-1")
        var tensors = model.tensors
        tensors["fc.bias"] = Tensor(shape: [3], elements: [0, 1e5, 0])
        #expect(
            try refusal(Model(description: model.description, tensors: tensors)) {
                $0.precision = .float16
            }
                == "fc: half precision holds numbers up to 65504, and a weight is 100000.0; choose "
                + "float32")
    }

    @Test("what stands at the path and is no package stays")
    func occupied() throws {
        let model = try CoreMLNetworks.model("wrn-10-1")
        try withTemporaryDirectory { directory in
            let path = directory + "/n.mlpackage"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
            try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/notes.txt"))
            let error = #expect(throws: ExportError.self) {
                try model.export(to: path, device: .cpu(threads: 1))
            }
            #expect(error?.message.contains("a directory without Manifest.json") == true)
            #expect(try names(in: path) == ["notes.txt"])
        }
    }

    @Test("a failure while the parts are written names the package and no temporary file")
    func failedPart() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/n.mlpackage"
            let error = #expect(throws: ExportError.self) {
                _ = try CoreMLPackage.write(CoreMLModel(), WeightBlobs(), to: path) {
                    (temporary: String) -> Int in
                    throw ExportError(
                        .diskFull, file: temporary + "/Data/part",
                        "cannot write to the file: no space left on device; free some space")
                }
            }
            #expect(error?.code == .diskFull)
            #expect(error?.file == path)
            #expect(
                error?.message
                    == path + ": cannot write to the file: no space left on device; free some space"
            )
            let left = try names(in: directory)
            #expect(left == [])
        }
    }

    @Test("an export that is stopped before the check leaves the old package")
    func interrupted() throws {
        let network = try NetworkExport(CoreMLNetworks.model("wrn-10-1"))
        try withTemporaryDirectory { directory in
            let path = directory + "/n.mlpackage"
            _ = try network.write(to: path, device: .cpu(threads: 1))
            let before = try files(in: path)
            var options = ExportOptions()
            options.precision = .float16
            var isWritten = false
            #expect(throws: CancellationError.self) {
                _ = try network.write(
                    to: path, as: options, device: .cpu(threads: 1),
                    progress: { if case .checking = $0 { isWritten = true } },
                    isCancelled: { isWritten })
            }
            #expect(isWritten)
            #expect(try names(in: directory) == ["n.mlpackage"])
            #expect(try files(in: path) == before)
        }
    }

    /// What reading and computing a changed copy of a fixture ends with.
    private func outcome(
        _ name: String, _ change: (String) throws -> Void
    ) throws -> String {
        try withTemporaryDirectory { directory in
            let path = directory + "/n.mlpackage"
            try FileManager.default.copyItem(atPath: fixture(name), toPath: path)
            try change(path)
            do throws(ExportError) {
                let (model, weights) = try CoreMLPackage.read(path)
                let input = [Float](repeating: 100, count: 3 * 8 * 8)
                _ = try MILInterpreter(model.program, weights: weights, file: path).run(input)
                return "computed"
            } catch {
                #expect(!error.message.contains("\n"))
                return error.message.replacingOccurrences(of: path, with: "n")
            }
        }
    }

    private func outcome(
        _ name: String, of file: String, _ change: (inout [UInt8]) -> Void
    ) throws -> String {
        try outcome(name) { path in
            var bytes = try contents(of: path + "/" + file)
            change(&bytes)
            try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + file))
        }
    }

    private static let modelFile = "Data/com.apple.CoreML/model.mlmodel"
    private static let weightsFile = "Data/com.apple.CoreML/weights/weight.bin"

    @Test("damaged packages are refused with the place")
    func damaged() throws {
        let name = "float32.mlpackage"
        #expect(try outcome(name) { _ in } == "computed")
        #expect(
            try outcome(name, of: Self.weightsFile) { $0[4] = 9 }
                == "n/\(Self.weightsFile), byte 4: expected a file of weights of version 2, found "
                + "version 9 or fields of a later one")
        #expect(
            try outcome(name, of: Self.weightsFile) { $0[64] = 0 }
                == "n/\(Self.weightsFile), byte 64: expected the description of weights, found "
                + "other bytes")
        #expect(
            try outcome(name, of: Self.weightsFile) { $0[68] = 1 }
                .contains("expected numbers of the program's type float32, found type 1"))
        #expect(
            try outcome(name, of: Self.weightsFile) { $0.removeLast(8) }
                .contains("the file was cut off"))
        #expect(
            try outcome(name, of: Self.modelFile) { $0.removeLast(8) }
                .hasPrefix("n/\(Self.modelFile), byte "))
        #expect(
            try outcome(name, of: "Manifest.json") { $0 = Array("{}".utf8) }
                == "n/Manifest.json: expected the manifest of a package, found other text")
        #expect(
            try outcome(name, of: "Manifest.json") { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                bytes = Array(text.replacing("com.apple.CoreML/weights", with: "../../x").utf8)
            } == "n/Manifest.json: expected parts inside the package, found \"../../x\"")
        #expect(
            try outcome(name) { try FileManager.default.removeItem(atPath: $0 + "/Manifest.json") }
                .contains("no such file or directory"))
    }

    @Test("another operation is refused by its name")
    func unknownOperation() throws {
        let found = try outcome("float32.mlpackage", of: Self.modelFile) { bytes in
            let text = Array("leaky_relu".utf8)
            let place = bytes.indices.first { bytes[$0...].starts(with: text) } ?? 0
            bytes.replaceSubrange(place..<place + text.count, with: Array("leaky_rely".utf8))
        }
        #expect(found.hasSuffix("leaky_rely: the operation is not computed here"))
    }

    @Test("changed bytes end in results or in a sentence", arguments: 0..<100)
    func mutations(seed: Int) throws {
        let random = RandomStream(seed: 3, purpose: .shuffling, item: seed)
        let file = seed % 4 == 0 ? Self.weightsFile : Self.modelFile
        let found = try outcome("float16.mlpackage", of: file) { bytes in
            for change in 0..<3 {
                let place = Int(random.uniform(at: 2 * change) * Double(bytes.count))
                bytes[place] = UInt8(random.uniform(at: 2 * change + 1) * 256)
            }
        }
        #expect(!found.isEmpty)
    }
}
