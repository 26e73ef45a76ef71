// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

/// Weights that PyTorch saves in parts: pruning's masks and weight normalisation.
@Suite("Weights in parts")
struct ParametrizationTests {
    private func archive() throws -> TensorArchive {
        try TensorFile.read(contentsOf: fixture("pytorch/parametrized.pth"))
    }

    @Test(
        "are computed as PyTorch computes them",
        arguments: ["pruned", "normed", "other_axis", "one_norm", "parametrized"])
    func computes(name: String) throws {
        let whole = try archive().computingParametrizations()
        let found = try whole.tensor(named: "net.\(name).weight")
        let expected = try whole.tensor(named: "expected.\(name)")
        #expect(found.shape == expected.shape)
        for (one, other) in zip(found.elements, expected.elements) {
            #expect(abs(one - other) <= 1e-6 * max(abs(other), 1), "\(one) instead of \(other)")
        }
        #expect(
            try whole.bytes(of: "net.\(name).weight").count == 4 * found.shape.elementCount)
    }

    @Test("stand under their own names in place of the parts, and say what they are made of")
    func names() throws {
        let (parts, whole) = (try archive(), try archive().computingParametrizations())
        #expect(whole.entries.count == parts.entries.count - 6)
        #expect(whole["net.pruned.weight_orig"] == nil && whole["net.pruned.weight_mask"] == nil)
        #expect(try whole.tensor(named: "net.pruned.bias").elements.count { $0 == 0 } == 1)
        #expect(
            whole.computedTensors["net.parametrized.weight"]?.sources == [
                "net.parametrized.parametrizations.weight.original0",
                "net.parametrized.parametrizations.weight.original1",
            ])
        #expect(whole["net.whole.weight"] == parts["net.whole.weight"])
    }

    @Test("that do not fit each other stay as they are")
    func misfits() throws {
        func named(_ name: String, _ shape: TensorShape) -> NamedTensor {
            NamedTensor(name: name, tensor: Tensor(shape: shape, repeating: 1))
        }
        let tensors = [
            named("a.weight_orig", [2, 3]), named("a.weight_mask", [3, 2]),
            named("b.weight_g", [5, 1]),
            named("b.weight_v", [2, 3]), named("c.weight_orig", [2, 3]),
            named("c.weight_mask", [2, 3]),
            named("c.weight", [2, 3]), named("d.weight_orig", [2, 2]), named("d.weight_u", [2]),
        ]
        let archive = try TensorFile.read(
            Safetensors.bytes(of: tensors, named: "made"), named: "made")
        let found = archive.computingParametrizations()
        #expect(found.computedTensors.isEmpty && found.entries == archive.entries)
    }
}
