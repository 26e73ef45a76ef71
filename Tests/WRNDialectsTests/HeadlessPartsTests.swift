// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDialects
import WRNModel
import WRNTensorFiles
import WRNZoo

@Suite("Parts without a head")
struct HeadlessPartsTests {
    /// The tensors of a network without its head, in xternalz's names behind a prefix.
    private func named(_ prefix: String, but left: String? = nil) throws -> [NamedTensor] {
        let network = try Zoo.network(named: "wrn-16-0.25")
        let tensors = Model.initialTensors(
            for: try network.graph(height: 32, width: 32), seed: 4)
        let written = try DialectWriter(.xternalz).tensors(tensors, of: network, file: "made")
        let archive = try TensorFile.read(
            Safetensors.bytes(of: written, named: "one"), named: "one")
        return try archive.entries.filter { !$0.name.hasPrefix("fc.") && $0.name != left }.map {
            NamedTensor(name: prefix + $0.name, tensor: try archive.tensor(named: $0.name))
        }
    }

    private func identification(_ tensors: [NamedTensor]) throws -> Identification {
        let bytes = try Safetensors.bytes(of: tensors, named: "made")
        return ForeignWeights(try TensorFile.read(bytes, named: "made")).identification
    }

    @Test("are those with a whole network, and none of its blocks, which begin like one")
    func wholeNetworks() throws {
        let alone = try identification(named("encoder."))
        #expect(alone.network?.name == "wrn-16-0.25" && alone.head == .absent)
        #expect(alone.prefix == "encoder." && alone.otherParts.isEmpty)
        let both = try identification(named("encoder.") + named("encoder_ema."))
        #expect(both.prefix == "encoder." && both.otherParts == ["encoder_ema."])
        // The last convolution, and a normalisation.
        for name in ["block3.layer.1.conv2.weight", "block3.layer.1.bn2.running_var"] {
            let partial = try identification(
                named("encoder.") + named("encoder_ema.", but: name))
            #expect(partial.prefix == "encoder." && partial.otherParts.isEmpty, "\(name)")
        }
    }
}
