// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNModel
import WRNTensor
import WRNTensorFiles

@Suite("Binding tensors to a network")
struct BindingTests {
    private func archive(_ tensors: [NamedTensor]) throws -> TensorArchive {
        try Safetensors.read(Safetensors.bytes(of: tensors, named: "x"), named: "x.safetensors")
    }

    private func tensors(_ name: String, classes: Int = 10) throws -> [NamedTensor] {
        Model.initialTensors(for: try graph(name, classes: classes), seed: 1)
            .map { NamedTensor(name: $0.key, tensor: $0.value) }
            .sorted { $0.name < $1.name }
    }

    private func refusal(_ tensors: [NamedTensor], _ graph: Graph) throws -> BindingError? {
        let archive = try archive(tensors)
        return #expect(throws: BindingError.self) { try Model.bind(archive, to: graph) }
    }

    @Test("another number of classes is another shape of two tensors")
    func reportsShapes() throws {
        let error = try refusal(try tensors("wrn-10-1", classes: 100), graph("wrn-10-1"))
        #expect(
            error?.description
                == "x.safetensors: the tensors are not this network's: 2 differently shaped "
                + #"("fc.weight" expected [10, 64] found [100, 64], "#
                + #""fc.bias" expected [10] found [100]); "#
                + "choose the network that the file was written for")
    }

    @Test("a deeper network's file has extra tensors; the list is shortened")
    func reportsExtra() throws {
        let error = try refusal(try tensors("wrn-16-1"), graph("wrn-10-1"))
        #expect(error?.missing == [])
        #expect(error?.differentlyShaped == [])
        #expect(error?.extra.count == 30)
        #expect(
            error?.description
                == "x.safetensors: the tensors are not this network's: 30 extra "
                + #"("group0.block1.bn0.bias", "group0.block1.bn0.running_mean", "#
                + #""group0.block1.bn0.running_var", "group0.block1.bn0.weight", "#
                + #""group0.block1.bn1.bias" and 25 more); "#
                + "choose the network that the file was written for")
    }

    @Test("a shallower network's file lacks tensors")
    func reportsMissing() throws {
        let error = try refusal(try tensors("wrn-10-1"), graph("wrn-16-1"))
        #expect(error?.missing.count == 30)
        #expect(error?.description.contains("30 missing (\"group0.block1.bn0.weight\", ") == true)
        #expect(error?.description.contains("extra") == false)
    }

    @Test("all three kinds are reported at once")
    func reportsEverything() throws {
        var tensors = try tensors("wrn-10-2").filter { $0.name != "fc.bias" }
        tensors.append(
            NamedTensor(name: "head\u{1B}.bias", tensor: Tensor(shape: [1], elements: [0])))
        let error = try refusal(tensors, graph("wrn-10-1"))
        #expect(error?.missing == ["fc.bias"])
        #expect(error?.extra == ["group0.block0.shortcut.weight", "head\u{1B}.bias"])
        #expect(error?.differentlyShaped.isEmpty == false)
        let text = error?.description ?? ""
        #expect(
            text.contains(
                #"1 missing ("fc.bias"); 2 extra ("group0.block0.shortcut.weight", "head\u{1b}.bias"); 3"#
            ))
        #expect(text.contains("\u{1B}") == false)
    }

    @Test("PyTorch's batch counters are ignored, similar names are not")
    func ignoresBatchCounters() throws {
        func counter(_ name: String) -> NamedTensor {
            NamedTensor(name: name, shape: [], integers: [12])
        }
        let tensors = try tensors("wrn-10-1")
        let graph = try graph("wrn-10-1")
        let bound = try Model.bind(
            archive(tensors + [counter("bn.num_batches_tracked")]), to: graph)
        #expect(bound == Model.initialTensors(for: graph, seed: 1))
        let error = try refusal(tensors + [counter("bn.num_batches_tracked.x")], graph)
        #expect(error?.extra == ["bn.num_batches_tracked.x"])
    }

    @Test("integers in place of weights are refused")
    func refusesIntegers() throws {
        var tensors = try tensors("wrn-10-1").filter { $0.name != "fc.bias" }
        tensors.append(NamedTensor(name: "fc.bias", shape: [10], integers: Array(0..<10)))
        let archive = try archive(tensors)
        let error = #expect(throws: CheckpointError.self) {
            try Model.bind(archive, to: graph("wrn-10-1"))
        }
        #expect(error?.code == .unexpectedElementType)
        #expect(error?.tensorName == "fc.bias")
    }
}
