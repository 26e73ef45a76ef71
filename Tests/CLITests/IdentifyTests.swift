// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNCheckpoint
import WRNDialects
import WRNModel
import WRNTensor
import WRNZoo

/// `wrn identify`, `wrn convert`, and weights of other programs in the other commands.
@Suite("Weights of other programs")
struct IdentifyTests {
    /// Writes WRN-10-1 for colour images as another program would.
    private func writeForeign(
        _ name: String, in workplace: Workplace, dialect: Dialect = .xternalz, prefix: String = "",
        dropping isDropped: (String) -> Bool = { _ in false }
    ) throws {
        let network = try WideResNet(name: "wrn-10-1", inputChannels: 1)
        let tensors = Model.initialTensors(
            for: try network.graph(height: 32, width: 32), seed: 5)
        let named = try DialectWriter(dialect).tensors(tensors, of: network, file: name)
            .filter { !isDropped($0.name) }
        guard prefix.isEmpty else {
            let renamed = try named.map { tensor in
                NamedTensor(name: prefix + tensor.name, tensor: try copy(of: tensor))
            }
            return try TensorFile.write(renamed, to: workplace.path + "/" + name)
        }
        try TensorFile.write(named, to: workplace.path + "/" + name)
    }

    private func copy(of tensor: NamedTensor) throws -> Tensor {
        let bytes = try Safetensors.bytes(of: [tensor], named: "copy")
        return try Safetensors.read(bytes, named: "copy").tensor(named: tensor.name)
    }

    @Test("a file's network, names and parameters are said")
    func identifies() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace, prefix: "state_dict.module.")
        let result = try workplace.run("identify", "them.pth")
        #expect(result.code == 0)
        try expectSnapshot(result.output, named: "identify")
        let json = try workplace.run("identify", "them.pth", "--json")
        struct Answer: Decodable {
            struct Network: Decodable { let name: String }
            let network: Network?
            let dialect: String?
            let prefix: String
        }
        let answer = try decoded(Answer.self, from: json.output)
        #expect(answer.network?.name == "wrn-10-1" && answer.dialect == "xternalz")
        #expect(answer.prefix == "state_dict.module.")
    }

    @Test("a model of this package's is identified, too, by its directory")
    func identifiesModel() throws {
        let result = try Workplace().run("identify", "model")
        #expect(result.code == 0)
        #expect(result.output.contains("wrn-10-1, a Wide ResNet for small images"))
        #expect(result.output.contains("this package's names"))
    }

    @Test("an incomplete network ends with the exit code 1 and says what is missing")
    func identifiesIncomplete() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace, dropping: { $0 == "bn1.weight" })
        let result = try workplace.run("identify", "them.pth")
        #expect(result.code == 1)
        #expect(result.output.contains("missing") && result.output.contains("\"bn.weight\""))
        let nothing = try workplace.run("identify", "data/t10k-labels-idx1-ubyte")
        #expect(nothing.code == 1)
        #expect(
            nothing.complaint.contains("expected a safetensors file, one of PyTorch's or NumPy's"))
    }

    @Test("there and back through every dialect and format the file keeps its bytes")
    func roundTrip() throws {
        let workplace = try Workplace()
        let first = try workplace.run("convert", "model", "first.safetensors")
        #expect(first.code == 0)
        #expect(first.output.hasSuffix("in this package's names; a model\n"), "\(first)")
        let original = try workplace.bytes(of: "model/model.safetensors")
        #expect(try workplace.bytes(of: "first.safetensors") == original)
        for dialect in Dialect.allCases {
            let name = "\(dialect.rawValue).pth"
            let there = try workplace.run(
                "convert", "model", name, "--dialect", dialect.rawValue)
            #expect(there.code == 0, "\(there.complaint)")
            let back = try workplace.run("convert", name, "back.safetensors", "--json")
            #expect(back.code == 0, "\(back.complaint)")
            let (ours, read) = (
                try TensorFile.read(contentsOf: workplace.path + "/first.safetensors"),
                try TensorFile.read(contentsOf: workplace.path + "/back.safetensors")
            )
            #expect(read.entries.map(\.name) == ours.entries.map(\.name))
            for entry in ours.entries {
                let (found, expected) = (
                    try read.bytes(of: entry.name), try ours.bytes(of: entry.name)
                )
                #expect(found == expected)
            }
        }
    }

    @Test("other weights are evaluated when somebody says how images are normalised")
    func evaluates() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace)
        let silent = try workplace.run("evaluate", "--weights", "them.pth", "--data", "data")
        #expect(silent.code == 1)
        #expect(silent.complaint.contains("--normalization imagenet"))
        let summary = try workplace.run("summary", "them.pth")
        #expect(summary.code == 0)
        #expect(summary.output.hasPrefix("wrn-10-1: 1x32x32 images, 10 classes, from them.pth"))
        let own = try workplace.run(
            "evaluate", "--weights", "model", "--data", "data", "--normalization", "mnist")
        #expect(own.code == 1)
        #expect(own.complaint.contains("leave the normalisation out"))
    }

    @Test("wishes that cannot be met are refused in one sentence")
    func refuses() throws {
        let workplace = try Workplace()
        let cases: [([String], Int32, String)] = [
            (["model", "a.onnx"], 1, "expected a name that ends in .safetensors, .pth"),
            (
                ["model", "a.pth", "--classes", "100"], 1,
                "expected a model of 100 classes, found one of 10"
            ),
            (["model", "a.pth", "--dialect", "tensorflow"], 2, "tensorflow"),
            (["model", "a.pth", "--dtype", "int8"], 2, "int8"),
            (["model", "a.pth", "--normalization", "0.5"], 2, "one mean for each channel"),
            (["data", "a.pth"], 1, "found none"),
        ]
        for (arguments, code, words) in cases {
            let result = try Program.run(["convert"] + arguments, in: workplace.path)
            #expect(result.code == code, "\(result)")
            #expect(result.complaint.contains(words), "\(result.complaint)")
        }
        let contents = try workplace.contents()
        #expect(!contents.contains("a.pth"))
    }
}
