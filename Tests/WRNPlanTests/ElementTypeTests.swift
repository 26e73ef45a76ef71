// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNZoo

@testable import WRNPlan

/// Which buffers of a plan in bfloat16 are float32 all the same.
@Suite("Element types of buffers")
struct ElementTypeTests {
    static let names = [
        "wrn-16-2", "wrn-10-1-silu", "wrn-10-2-leaky0.1-rawshortcut", "resnet-20",
        "preact-resnet-20", "wrn-50-2",
    ]

    private static func graph(_ name: String) throws -> Graph {
        try Zoo.network(named: name, dropout: name == "wrn-16-2" ? 0.3 : 0)
            .graph(height: 32, width: 32)
    }

    /// The names of the buffers of values of a type.
    private static func values(_ program: Program, _ type: ElementType) -> Set<String> {
        Set(
            program.buffers.filter { $0.content == .values && $0.elementType == type }
                .map(\.name))
    }

    /// The names of the mean and of the linear layer.
    private static func head(_ graph: Graph) -> [String] {
        graph.nodes.filter {
            switch $0.operation {
            case .globalAveragePooling, .linear: true
            default: false
            }
        }.map(\.name)
    }

    @Test(
        "pooled features, logits and their gradients are float32, all else bfloat16",
        arguments: names)
    func training(name: String) throws {
        let graph = try Self.graph(name)
        let program = Program.lowered(graph, for: .training, precision: .bfloat16)
        let wide = Self.head(graph)
        #expect(wide.count == 2)
        #expect(Self.values(program, .float32) == Set(wide + wide.map { $0 + ".gradient" }))
        let narrow = Self.values(program, .bfloat16)
        #expect(narrow.contains(program[program.input].name))
        #expect(narrow.count > graph.nodes.count / 5)
        #expect(
            program.buffers.filter { $0.content == .sums }.allSatisfy {
                $0.elementType == .float32
            })
        #expect(
            Self.values(program, .bool).count == program.dropouts.count)
    }

    @Test("inference has the same types as the forward steps of training", arguments: names)
    func inference(name: String) throws {
        let graph = try Self.graph(name)
        let program = Program.lowered(graph, for: .inference, precision: .bfloat16)
        #expect(Self.values(program, .float32) == Set(Self.head(graph)))
        #expect(Self.values(program, .bfloat16).contains(program[program.input].name))
    }

    @Test("a plan in float32 holds nothing but float32 and bits", arguments: names)
    func float32(name: String) throws {
        for mode in PlanMode.allCases {
            let program = Program.lowered(try Self.graph(name), for: mode)
            #expect(program.buffers.allSatisfy { [.float32, .bool].contains($0.elementType) })
        }
    }

    @Test("what is added to pooled features is float32, and a convolution of them is not")
    func pooledSums() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 3, height: 6, width: 6))
        func convolution(_ of: NodeID, _ name: String) throws -> NodeID {
            try builder.convolution(
                Convolution(outputChannels: 8, kernelSize: 1), of: of, name: name)
        }
        let first = try convolution(builder.input, "first")
        let second = try convolution(builder.input, "second")
        let sum = try builder.add(
            builder.globalAveragePooling(of: first, name: "pool1"),
            builder.globalAveragePooling(of: second, name: "pool2"), name: "sum")
        let active = try builder.relu(of: sum, name: "relu")
        let total = try builder.add(active, sum, name: "total")
        let squeezed = try convolution(total, "squeezed")
        let hidden = try builder.linear(
            Linear(outputs: 8), of: builder.relu(of: squeezed, name: "relu2"), name: "hidden")
        let logits = try builder.linear(
            Linear(outputs: 4), of: builder.relu(of: hidden, name: "relu3"), name: "fc")
        let program = Program.lowered(
            builder.graph(output: logits), for: .training, precision: .bfloat16)
        let wide = Self.values(program, .float32)
        #expect(
            wide.filter { !$0.hasSuffix(".gradient") }
                == Set(["pool1", "pool2", "sum", "total", "hidden", "fc"]))
        let narrow = Self.values(program, .bfloat16)
        #expect(narrow.isSuperset(of: ["input", "first", "second", "squeezed"]))
        #expect(narrow.isSuperset(of: ["first.gradient", "second.gradient", "squeezed.gradient"]))
        #expect(wide.isSuperset(of: ["fc.gradient", "hidden.gradient"]))
    }

    @Test("a maximum, a subsample and the sum of both have the type of what they read")
    func poolings() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 3, height: 6, width: 6))
        let pooled = try builder.globalAveragePooling(of: builder.input, name: "mean")
        let largest = try builder.maxPooling(
            MaxPooling(kernelSize: 3, stride: 1, padding: 1), of: pooled, name: "max")
        let wider = try builder.subsampling(
            Subsampling(stride: 1, outputChannels: 5), of: largest, name: "wider")
        let logits = try builder.linear(Linear(outputs: 4), of: wider, name: "fc")
        let program = Program.lowered(
            builder.graph(output: logits), for: .inference, precision: .bfloat16)
        #expect(Self.values(program, .float32) == ["mean", "max", "wider", "fc"])
        #expect(Self.values(program, .bfloat16) == ["input"])
    }
}
