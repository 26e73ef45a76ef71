// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDialects
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNTensorFiles
import WRNTestSupport
import WRNZoo

/// What PyTorch saved, in every dialect.
@Suite("Other people's weights")
struct ForeignFixtureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let network: String
        let dialect: Dialect?
        let prefix: String
        /// The caller's choices of the function.
        var function = NetworkVariant.Changes()
        var testDescription: String { file }
    }

    static let cases = [
        Case(
            file: "xternalz.pth", network: "wrn-10-0.25", dialect: .xternalz,
            prefix: "state_dict.module."),
        Case(
            file: "bmsookim.t7", network: "wrn-16-0.25-rawshortcut-stride2", dialect: .bmsookim,
            prefix: "net.module."),
        Case(
            file: "akamaster.npz", network: "resnet-8-padboth", dialect: .akamaster, prefix: ""),
        Case(
            file: "pytorchcv-bottleneck.npz", network: "preact-resnet-11-stride2",
            dialect: .pytorchcv, prefix: ""),
        Case(
            file: "leaky-raw.pth", network: "wrn-10-0.25-leaky0.1-rawshortcut",
            dialect: .xternalz, prefix: "",
            function: .init(activation: .leakyReLU(slope: 0.1), shortcutInput: .raw)),
        Case(
            file: "fixmatch.pth", network: "wrn-10-0.25-leaky0.1-firstblock", dialect: .xternalz,
            prefix: "state_dict.",
            function: .init(activation: .leakyReLU(slope: 0.1), shortcutInput: .firstBlock)),
        Case(
            file: "deepmind.pth", network: "wrn-16-0.25-silu-same", dialect: .deepmind, prefix: ""),
        Case(file: "pytorchcv.pth", network: "wrn-10-0.25", dialect: .pytorchcv, prefix: ""),
        Case(file: "authors.pt7", network: "wrn-10-0.25", dialect: .authors, prefix: "params."),
        Case(file: "unknown.pth", network: "wrn-10-0.25", dialect: nil, prefix: ""),
        Case(file: "torchvision.pth", network: "wrn-18-0.03125", dialect: .torchvision, prefix: ""),
        Case(
            file: "pytorchcv-folded.pth", network: "wrn-18-0.03125", dialect: .pytorchcv,
            prefix: ""),
    ]

    private func weights(
        _ file: String, _ options: ForeignWeights.Options = ForeignWeights.Options()
    ) throws -> ForeignWeights {
        ForeignWeights(try TensorFile.read(contentsOf: fixture(file)), options: options)
    }

    @Test("the network and the dialect are found", arguments: cases)
    func identifies(_ test: Case) throws {
        let found = try weights(test.file, .init(function: test.function)).identification
        #expect(found.network?.name == test.network)
        #expect(found.dialect == test.dialect)
        #expect(found.prefix == test.prefix)
        #expect(found.isWhole, "\(found)")
        #expect(found.missing.isEmpty && found.extra.isEmpty && found.differentlyShaped.isEmpty)
    }

    @Test("logits are PyTorch's within 1e-4", arguments: cases)
    func logits(_ test: Case) throws {
        let weights = try weights(
            test.file, .init(acceptsProposal: true, function: test.function))
        let size = test.network.hasPrefix("wrn-18") ? 32 : 8
        let tensors = try weights.tensors()
        let session = try InferenceSession(
            graph: weights.network().graph(height: size, width: size), tensors: tensors, batch: 1)
        let logits = try session.logits(for: tinyImage(size: size), count: 1)
        let expected = try expectedLogits(test.file)
        try #require(logits.count == expected.count && !expected.isEmpty)
        let scale = max(expected.map { abs($0) }.max() ?? 0, 1)
        for (found, wanted) in zip(logits, expected) {
            #expect(abs(found - wanted) < 1e-4 * scale, "\(logits) instead of \(expected)")
        }
    }

    @Test("what a file lacks or has beside its network is said")
    func reportsTheRest() throws {
        let xternalz = try weights("xternalz.pth").identification
        #expect(xternalz.dead.contains { $0.contains("sub_block1.layer.0.conv1.weight") })
        #expect(xternalz.dead.contains("state_dict.module.bn1.num_batches_tracked"))
        #expect(xternalz.normalization == .present && !xternalz.hasConvolutionBiases)
        let bmsookim = try weights("bmsookim.t7").identification
        #expect(bmsookim.hasConvolutionBiases && bmsookim.normalization == .present)
        let folded = try weights("pytorchcv-folded.pth").identification
        #expect(folded.normalization == .folded && !folded.hasConvolutionBiases)
        #expect(folded.network?.classes == 7)
        #expect(try weights("authors.pt7").identification.format == .pytorchLegacy)
    }

    @Test("a map that only the structure proposes is shown in full and never applied unasked")
    func proposesButDoesNotApply() throws {
        let weights = try weights("unknown.pth")
        let proposal = weights.identification.proposal
        #expect(proposal.count == 40)
        #expect(
            proposal.contains {
                $0.name == "group1.block0.shortcut.weight" && $0.source == "part2.only.skip.weight"
                    && $0.shape == [8, 4, 1, 1]
            })
        let error = #expect(throws: WeightsError.self) { try weights.tensors() }
        #expect(error?.code == .unknownDialect)
    }

    @Test("a head for another number of classes is refused where a number is wanted")
    func refusesOtherClassCount() throws {
        #expect(try weights("xternalz.pth", .init(classes: 10)).tensors().count == 40)
        let error = #expect(throws: WeightsError.self) {
            try weights("xternalz.pth", .init(classes: 100)).tensors()
        }
        #expect(error?.code == .otherClassCount)
        #expect(error?.message.contains("100 classes, found one for 10") == true)
    }
}
