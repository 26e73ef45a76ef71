// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDialects
import WRNTensor
import WRNTensorFiles
import WRNZoo

/// Files that say one thing and hold another: `wrn identify` and `wrn convert` say so.
@Suite("What files say of their tensors")
struct DescribedTensorsTests {
    private struct Answer: Decodable {
        let refusal: String?
        let disputedName: String?
        let outside: [String]
    }

    /// The model's tensors by their names.
    private func tensors(in workplace: Workplace) throws -> [String: Tensor] {
        let archive = try TensorFile.read(contentsOf: workplace.path + "/model/model.safetensors")
        var tensors: [String: Tensor] = [:]
        for entry in archive.entries {
            tensors[entry.name] = try archive.tensor(named: entry.name)
        }
        return tensors
    }

    /// The words of a text, whatever its lines are.
    private func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test("a model that describes another network than its tensors' is no whole network")
    func otherNetwork() throws {
        let workplace = try Workplace()
        let right = try decoded(
            Answer.self, from: workplace.run("identify", "model", "--json").output)
        #expect(right.refusal == nil && right.disputedName == nil && right.outside.isEmpty)
        for (claimed, reason) in [
            ("wrn-16-2", "but its tensors are those of wrn-10-1"),
            ("net-9000", "which is not known here"),
        ] {
            try workplace.writeModel("wrn-10-1", claiming: claimed, to: "other.safetensors")
            let text = try workplace.run("identify", "other.safetensors")
            #expect(text.code == 1)
            #expect(
                words(text.output).contains(
                    "refused the file calls its network \"\(claimed)\", \(reason)"),
                "\(text.output)")
            let json = try workplace.run("identify", "other.safetensors", "--json")
            #expect(json.code == 1)
            #expect(try decoded(Answer.self, from: json.output).disputedName == claimed)
            #expect(try workplace.run("convert", "other.safetensors", "a.pth").code == 1)
        }
    }

    @Test("a model in other names than a model's is refused in the words of the other commands")
    func otherNames() throws {
        let workplace = try Workplace()
        let model = workplace.path + "/model/model.safetensors"
        let named = try DialectWriter(.xternalz).tensors(
            tensors(in: workplace), of: WideResNet(name: "wrn-10-1", inputChannels: 1),
            file: "made")
        try Safetensors.write(
            named, metadata: TensorFile.read(contentsOf: model).metadata,
            to: workplace.path + "/other.safetensors")
        let found = try workplace.run("identify", "other.safetensors", "--json")
        #expect(found.code == 1)
        let refusal = try decoded(Answer.self, from: found.output).refusal
        #expect(refusal?.contains("the tensors are not this network's") == true)
        let converted = try workplace.run("convert", "other.safetensors", "a.pth")
        #expect(converted.code == 1)
        #expect(converted.problem.contains("the tensors are not this network's"))
    }

    @Test("weights whose file names an unknown network are read with a note")
    func unknownNetwork() throws {
        let workplace = try Workplace()
        let named = try tensors(in: workplace).map {
            NamedTensor(name: $0.key, tensor: $0.value)
        }
        try Safetensors.write(
            named, metadata: ["wide-resnet-network": "wrn-10-1-gelu"],
            to: workplace.path + "/them.safetensors")
        let result = try workplace.run("convert", "them.safetensors", "out.safetensors")
        #expect(result.code == 0)
        #expect(
            result.problem.contains(
                "the file calls its network \"wrn-10-1-gelu\", which is not known here"),
            "\(result.problem)")
    }

    @Test("layers beside the part that is taken are named")
    func layersOutside() throws {
        let workplace = try Workplace()
        var named = try tensors(in: workplace).map {
            NamedTensor(name: "0." + $0.key, tensor: $0.value)
        }
        named.append(
            NamedTensor(name: "1.weight", tensor: Tensor(shape: [10, 10], repeating: 1)))
        try TensorFile.write(named, to: workplace.path + "/them.pth")
        let converted = try workplace.run("convert", "them.pth", "out.safetensors")
        #expect(converted.code == 0)
        #expect(
            converted.problem.contains(
                "left out, as they stand beside the part \"0\": \"1.weight\"; if they are layers"),
            "\(converted.problem)")
        let found = try workplace.run("identify", "them.pth")
        #expect(found.code == 0 && words(found.output).contains("outside 1 beside the part"))
    }

    @Test("numbers beyond half precision's are not written as infinite ones")
    func halfPrecision() throws {
        let workplace = try Workplace()
        var tensors = try tensors(in: workplace)
        let shape = try #require(tensors["bn.running_var"]).shape
        tensors["bn.running_var"] = Tensor(shape: shape, repeating: 1e6)
        let named = tensors.map { NamedTensor(name: $0.key, tensor: $0.value) }
        try TensorFile.write(named, to: workplace.path + "/them.pth")
        let refused = try workplace.run(
            "convert", "them.pth", "out.safetensors", "--dtype", "float16")
        #expect(refused.code == 1)
        #expect(
            refused.problem.hasSuffix(
                "out.safetensors: tensor \"bn.running_var\": expected numbers below 65520.0, from "
                    + "which on F16 has only infinity, found 1000000.0 as element 0; write "
                    + "bfloat16 or float32\n"), "\(refused.problem)")
        #expect(try !workplace.contents().contains("out.safetensors"))
        let written = try workplace.run(
            "convert", "them.pth", "out.safetensors", "--dtype", "bfloat16")
        #expect(written.code == 0, "\(written.problem)")
    }
}
