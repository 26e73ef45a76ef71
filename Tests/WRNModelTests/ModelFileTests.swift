// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNTestSupport
import WRNZoo

@Suite("Models in files")
struct ModelFileTests {
    private func model() throws -> Model {
        Model(
            description: .small(dropout: 0.3, classNames: (0..<10).map { "class \"\($0)\" / é" }),
            tensors: Model.initialTensors(for: try graph("wrn-10-1"), seed: 5))
    }

    @Test("a model survives, and is written to the same bytes again")
    func roundTrips() throws {
        let model = try model()
        try withTemporaryDirectory { directory in
            let (first, second) = (directory + "/first", directory + "/second")
            try model.write(to: first)
            let again = try Model(readingFrom: first) { description in
                try WideResNet(name: description.architecture, classes: description.classes)
                    .graph(height: description.inputHeight, width: description.inputWidth)
            }
            #expect(again == model)
            try again.write(to: second)
            #expect(try contents(of: first) == contents(of: second))
        }
    }

    @Test(
        "the file is an ordinary one: PyTorch's format mark, sorted tensors, a description with sorted keys"
    )
    func writesOrdinaryFile() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let small = ModelDescription.small(mean: [0.5, 0.25, 0.1])
            try Model(description: small, tensors: model().tensors).write(to: path)
            let archive = try Safetensors.read(contentsOf: path)
            #expect(archive.metadata["format"] == "pt")
            #expect(
                archive.metadata["wide-resnet"] == #"{"architecture":"wrn-10-1","classNames":[],"#
                    + #""classes":10,"dropout":0,"inputChannels":3,"inputHeight":32,"inputWidth":32,"#
                    + #""mean":[0.5,0.25,0.1],"standardDeviation":[0.25,0.24,0.26]}"#)
            let names = archive.entries.map(\.name)
            #expect(names == names.sorted())
            #expect(names.contains("group0.block0.bn0.running_mean"))
        }
    }

    @Test("infinite and undefined weights are loaded as they are")
    func loadsNonFiniteWeights() throws {
        let graph = try graph("wrn-10-1")
        var tensors = Model.initialTensors(for: graph, seed: 5)
        tensors["fc.bias"] = Tensor(
            shape: [10], elements: [.infinity, -.infinity] + Array(repeating: 1, count: 8))
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            try Model(description: .small(), tensors: tensors).write(to: path)
            #expect(try ModelFile(readingFrom: path).model(for: graph).tensors == tensors)
        }
    }

    @Test("a file without a description says so, and its tensors can still be bound")
    func reportsMissingDescription() throws {
        let tensors = try model().tensors
        try withTemporaryDirectory { directory in
            let path = directory + "/foreign.safetensors"
            try Safetensors.write(
                tensors.map { NamedTensor(name: $0.key, tensor: $0.value) }, to: path)
            let error = #expect(throws: CheckpointError.self) { try ModelFile(readingFrom: path) }
            #expect(error?.code == .missingDescription)
            #expect(
                error?.message
                    == #"\#(path): expected the metadata "wide-resnet" that names the network, "#
                    + "found none; use a file that this package wrote, or name the network yourself"
            )
            let archive = try Safetensors.read(contentsOf: path)
            #expect(try Model.bind(archive, to: graph("wrn-10-1")) == tensors)
        }
    }

    @Test("an impossible description is not written, and nothing is left behind")
    func refusesToWriteImpossibleDescription() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let impossible = Model(description: .small(mean: [.nan, 0, 0]), tensors: [:])
            let error = #expect(throws: CheckpointError.self) { try impossible.write(to: path) }
            #expect(error?.code == .invalidDescription)
            #expect(throws: (any Error).self) { try contents(of: path) }
        }
    }
}
