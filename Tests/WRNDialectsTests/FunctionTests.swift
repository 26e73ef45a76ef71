// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDialects
import WRNGraph
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNTestSupport
import WRNZoo

/// A dialect is what its programs compute, not only what they call it.
@Suite("Functions of dialects")
struct FunctionTests {
    private func tensors(of network: any Architecture) throws -> [String: Tensor] {
        let size = network.usualImageSize
        return Model.initialTensors(for: try network.graph(height: size, width: size), seed: 1)
    }

    private func refusal(
        _ name: String, _ dialect: Dialect, file: String = "out.pth"
    ) throws -> WeightsError {
        let network = try Zoo.network(named: name)
        let tensors = try tensors(of: network)
        return try #require(throws: WeightsError.self) {
            try DialectWriter(dialect).tensors(tensors, of: network, file: file)
        }
    }

    @Test("each stands in the table of Documentation/FileFormats.md, and no other")
    func documented() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Documentation/FileFormats.md").standardizedFileURL
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.hasPrefix("| dialect | networks |") })
        let rows = lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map(String.init)
        #expect(rows == DialectFunction.all.map(\.documentationRow))
    }

    @Test("no kind of network has two in one dialect; the canonical one is the zoo's own")
    func table() throws {
        for dialect in Dialect.allCases {
            let kinds = DialectFunction.all.filter { $0.dialect == dialect }.flatMap(\.kinds)
            #expect(!kinds.isEmpty && Set(kinds).count == kinds.count)
        }
        for name in [
            "wrn-10-1", "resnet-8", "resnet-11-bottleneck", "preact-resnet-8", "preact-resnet-11",
            "wrn-18-1", "resnet-18", "wrn-50-2", "resnet-50", "preact-resnet-18",
            "preact-resnet-50",
        ] {
            let network = try Zoo.network(named: name)
            let function = try #require(Dialect.canonical.function(for: network), "\(name)")
            #expect(function.changes(for: network).applied(to: network.variant) == network.variant)
        }
    }

    @Test("what a file computes is assumed from its dialect, and said part by part")
    func assumes() throws {
        let found = ForeignWeights(
            try TensorFile.read(contentsOf: fixture("xternalz.pth"))
        ).identification
        #expect(found.functionSource == "xternalz/WideResNet-pytorch, wideresnet.py")
        #expect(found.assumedParts == found.function)
        #expect(
            found.function.map { "\($0.part.rawValue) \($0.value)" } == [
                "activation relu", "shortcut_input activated", "stride first",
                "strided_padding both", "epsilon 0.00001",
            ])
        let given = ForeignWeights(
            try TensorFile.read(contentsOf: fixture("xternalz.pth")),
            options: .init(function: .init(stride: .secondConvolution))
        ).identification
        #expect(given.network?.name == "wrn-10-0.25-stride2")
        #expect(given.function.first { $0.part == .stride }?.basis == .given)
        #expect(given.assumedParts.count == 4)
    }

    @Test("what cannot be of the network is refused, not passed over")
    func impossible() throws {
        let weights = ForeignWeights(
            try TensorFile.read(contentsOf: fixture("xternalz.pth")),
            options: .init(function: .init(padding: .both)))
        let error = #expect(throws: WeightsError.self) { try weights.network() }
        #expect(error?.code == .impossibleFunction)
        #expect(error?.message.contains("adds channels of zeros") == true)
        #expect(throws: WeightsError.self) { try weights.tensors() }
    }

    @Test(
        "names of a code that computes something else are not written, and the difference is said")
    func refusesOtherFunctions() throws {
        let cases: [(String, Dialect, [String])] = [
            (
                "wrn-10-0.25", .bmsookim,
                [
                    "the block's raw input", "second convolution instead of",
                    "bmsookim/wide-resnet.pytorch",
                ]
            ),
            (
                "wrn-10-0.25-rawshortcut-stride2", .xternalz,
                ["the activated input", "first convolution"]
            ),
            ("wrn-10-0.25-rawshortcut", .bmsookim, ["second convolution"]),
            ("wrn-16-0.25", .deepmind, ["SiLU instead of ReLU", "TensorFlow's padding SAME"]),
            (
                "wrn-10-0.25-leaky0.1-firstblock", .xternalz,
                [
                    "ReLU instead of LeakyReLU(0.1)",
                    "the activated input instead of blocks that change the shape",
                ]
            ),
            ("wrn-10-0.25-leaky0.1", .authors, ["ReLU instead of LeakyReLU(0.1)"]),
            ("wrn-10-0.25-eps0.001", .pytorchcv, ["epsilon 0.00001 instead of epsilon 0.001"]),
            ("resnet-8", .akamaster, ["both sides"]),
            ("preact-resnet-11", .pytorchcv, ["second convolution instead of"]),
            ("wrn-50-0.03125-v1", .torchvision, ["second convolution instead of"]),
        ]
        for (name, dialect, words) in cases {
            let error = try refusal(name, dialect)
            #expect(error.code == .otherFunction, "\(name) \(dialect): \(error.message)")
            for word in words { #expect(error.message.contains(word), "\(error.message)") }
        }
    }

    @Test("numbers that would be infinite in half precision are refused with the tensor's name")
    func refusesOverflow() throws {
        let network = try Zoo.network(named: "wrn-10-0.25")
        let limits: [(ElementType, Float, String)] = [
            (.float16, 65520, "write bfloat16 or float32"),
            (.bfloat16, Float(bitPattern: 0x7F7F_8000), "write float32"),
        ]
        for (type, limit, advice) in limits {
            let writer = DialectWriter(.xternalz, as: type)
            for number in [limit, -limit, Float.greatestFiniteMagnitude] {
                var tensors = try tensors(of: network)
                tensors["fc.bias"] = Tensor(shape: [10], elements: [number] + ramp9)
                let error = try #require(throws: CheckpointError.self) {
                    try writer.tensors(tensors, of: network, file: "out.pth")
                }
                #expect(error.code == .invalidContent && error.tensorName == "fc.bias")
                #expect(error.message.hasSuffix("found \(number) as element 0; \(advice)"))
            }
            // Just below it rounds to a finite number; what is infinite already stays.
            var tensors = try tensors(of: network)
            tensors["fc.bias"] = Tensor(
                shape: [10], elements: [limit.nextDown, .infinity, .nan] + ramp9.dropLast(2))
            #expect(try writer.tensors(tensors, of: network, file: "out.pth").count == 40)
        }
    }

    private let ramp9: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]

    @Test("in names that say nothing of the function, only a file that can say it is written")
    func canonicalFiles() throws {
        let name = "wrn-10-0.25-rawshortcut-stride2"
        #expect(try refusal(name, .canonical).message.contains(".safetensors"))
        let network = try Zoo.network(named: name)
        let writer = DialectWriter(.canonical)
        let named = try writer.tensors(
            tensors(of: network), of: network, file: "out.safetensors")
        let bytes = try Safetensors.bytes(
            of: named, metadata: writer.metadata(for: network), named: "out")
        let found = ForeignWeights(try TensorFile.read(bytes, named: "out")).identification
        #expect(found.network?.name == name && found.assumedParts.isEmpty)
        // Without that word the tensors are read as the usual network's, and that is noted.
        let silent = ForeignWeights(
            try TensorFile.read(Safetensors.bytes(of: named, named: "out"), named: "out")
        ).identification
        #expect(silent.network?.name == "wrn-10-0.25" && silent.assumedParts.count == 5)
    }

    @Test("FixMatch's unused normalisations are no part of the network, and said to be of no use")
    func unusedNormalizations() throws {
        let archive = try TensorFile.read(contentsOf: fixture("fixmatch.pth"))
        let function = NetworkVariant.Changes(
            activation: .leakyReLU(slope: 0.1), shortcutInput: .firstBlock)
        let found = ForeignWeights(archive, options: .init(function: function)).identification
        let unused = ["block2", "block3"].flatMap { block in
            ["bias", "num_batches_tracked", "running_mean", "running_var", "weight"].map {
                "state_dict.\(block).layer.0.bn1.\($0)"
            }
        }
        #expect(Set(unused).isSubset(of: found.dead))
        #expect(found.extra.isEmpty && found.missing.isEmpty)
        // Of the usual function they are part.
        let usual = ForeignWeights(archive).identification
        #expect(usual.network?.name == "wrn-10-0.25")
        #expect(!usual.dead.contains("state_dict.block2.layer.0.bn1.weight"))
    }

    @Test("DeepMind's own normalisation of images is read, and its function assumed")
    func deepmind() throws {
        let weights = ForeignWeights(try TensorFile.read(contentsOf: fixture("deepmind.pth")))
        let found = weights.identification
        #expect(found.normalizationTensors == ["mean", "std"])
        #expect(
            found.functionSource
                == "RobustBench/robustbench, robustbench/model_zoo/architectures/dm_wide_resnet.py")
        #expect(
            found.assumedParts.map { "\($0.part.rawValue) \($0.value)" } == [
                "activation silu", "shortcut_input activated", "stride first",
                "strided_padding same", "epsilon 0.00001",
            ])
    }
}
