// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor

@Suite("A graph")
struct GraphTests {
    /// A shape in and the shape that a convolution gives, with PyTorch's formula worked out by
    /// hand.
    struct Case: Sendable {
        let height: Int
        let width: Int
        let kernel: Int
        let stride: Int
        let padding: Int?
        let expected: String
    }

    @Test(
        "infers the shape of a convolution",
        arguments: [
            Case(height: 32, width: 32, kernel: 3, stride: 1, padding: nil, expected: "4x32x32"),
            Case(height: 32, width: 31, kernel: 3, stride: 2, padding: nil, expected: "4x16x16"),
            Case(height: 7, width: 8, kernel: 3, stride: 2, padding: nil, expected: "4x4x4"),
            Case(height: 7, width: 8, kernel: 1, stride: 2, padding: nil, expected: "4x4x4"),
            Case(height: 1, width: 1, kernel: 3, stride: 2, padding: nil, expected: "4x1x1"),
            Case(height: 9, width: 11, kernel: 5, stride: 3, padding: 0, expected: "4x2x3"),
            Case(height: 224, width: 224, kernel: 7, stride: 2, padding: 3, expected: "4x112x112"),
        ])
    func convolutionShapes(example: Case) throws {
        var builder = try GraphBuilder(
            input: FeatureShape(channels: 3, height: example.height, width: example.width))
        let node = try builder.convolution(
            Convolution(
                outputChannels: 4, kernelSize: example.kernel, stride: example.stride,
                padding: example.padding), of: builder.input, name: "c")
        #expect("\(builder.shape(of: node))" == example.expected)
    }

    @Test(
        "infers the shape of a max pooling",
        arguments: [
            Case(height: 112, width: 112, kernel: 3, stride: 2, padding: 1, expected: "3x56x56"),
            Case(height: 7, width: 8, kernel: 3, stride: 2, padding: 1, expected: "3x4x4"),
            Case(height: 1, width: 1, kernel: 3, stride: 2, padding: 1, expected: "3x1x1"),
            Case(height: 9, width: 6, kernel: 2, stride: 2, padding: 0, expected: "3x4x3"),
            Case(height: 9, width: 6, kernel: 2, stride: 3, padding: 1, expected: "3x4x3"),
        ])
    func poolingShapes(example: Case) throws {
        var builder = try GraphBuilder(
            input: FeatureShape(channels: 3, height: example.height, width: example.width))
        let pooling = MaxPooling(
            kernelSize: example.kernel, stride: example.stride, padding: example.padding ?? 0)
        let node = try builder.maxPooling(pooling, of: builder.input, name: "m")
        #expect("\(builder.shape(of: node))" == example.expected)
        let graph = builder.graph(output: node)
        #expect(graph.parameterCount == 0)
        #expect(graph.multiplyAdds == 0)
    }

    @Test(
        "infers the shape of a shortcut without parameters",
        arguments: [(1, 3, "3x5x8"), (2, 7, "7x3x4"), (3, 16, "16x2x3"), (16, 3, "3x1x1")])
    func subsamplingShapes(stride: Int, channels: Int, expected: String) throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 3, height: 5, width: 8))
        let node = try builder.subsampling(
            Subsampling(stride: stride, outputChannels: channels), of: builder.input, name: "s")
        #expect("\(builder.shape(of: node))" == expected)
        let graph = builder.graph(output: node)
        #expect(graph.parameters.isEmpty)
        #expect(graph.multiplyAdds == 0)
    }

    @Test("pools without overlap unless a stride is given")
    func poolingDefaults() {
        #expect(MaxPooling(kernelSize: 2) == MaxPooling(kernelSize: 2, stride: 2, padding: 0))
    }

    @Test("counts parameters, statistics and multiply-adds")
    func counts() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 3, height: 4, width: 6))
        var node = try builder.convolution(
            Convolution(outputChannels: 5, kernelSize: 3, stride: 2), of: builder.input, name: "c")
        node = try builder.batchNormalization(of: node, name: "b")
        node = try builder.relu(of: node, name: "r")
        node = try builder.dropout(Dropout(probability: 0.5), of: node, name: "d")
        node = try builder.globalAveragePooling(of: node, name: "p")
        node = try builder.linear(Linear(outputs: 7), of: node, name: "l")
        let graph = builder.graph(output: node)
        #expect(graph.parameterCount == 5 * 3 * 9 + 2 * 5 + 5 * 7 + 7)
        #expect(graph.statisticsCount == 10)
        #expect(graph.multiplyAdds == (5 * 2 * 3) * 27 + 35)
        #expect(graph.inputShape == FeatureShape(channels: 3, height: 4, width: 6))
        #expect("\(graph.outputShape)" == "7x1x1")
        #expect(
            graph.parameters.map(\.name) == [
                "c.weight", "b.weight", "b.bias", "b.running_mean", "b.running_var", "l.weight",
                "l.bias",
            ])
        #expect(
            graph.parameters.filter { !$0.isTrainable }.map(\.role) == [
                .runningMean, .runningVariance,
            ])
    }

    @Test("leaves out what its output does not need, and renumbers the rest")
    func prunes() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 2, height: 4, width: 4))
        let unused = try builder.convolution(
            Convolution(outputChannels: 9, kernelSize: 3), of: builder.input, name: "unused")
        _ = try builder.relu(of: unused, name: "unused.relu")
        let left = try builder.relu(of: builder.input, name: "left")
        let right = try builder.convolution(
            Convolution(outputChannels: 2, kernelSize: 1), of: builder.input, name: "right")
        let sum = try builder.add(left, right, name: "sum")
        _ = try builder.relu(of: sum, name: "after")
        let graph = builder.graph(output: sum)
        #expect(graph.nodes.map(\.name) == ["input", "left", "right", "sum"])
        #expect(graph.nodes.map(\.id.index) == [0, 1, 2, 3])
        #expect(graph.nodes[3].inputs.map { graph[$0].name } == ["left", "right"])
        #expect(graph[graph.output].name == "sum")
        #expect(graph.parameterCount == 4)
    }

    @Test("keeps the input even when nothing reads it")
    func keepsInput() throws {
        let builder = try GraphBuilder(input: FeatureShape(channels: 2, height: 4, width: 4))
        let graph = builder.graph(output: builder.input)
        #expect(graph.nodes.map(\.name) == ["input"])
        #expect(graph.outputShape == graph.inputShape)
    }

    @Test("lists sources before readers, and the readers of each node in order")
    func readers() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 2, height: 4, width: 4))
        let first = try builder.relu(of: builder.input, name: "first")
        let second = try builder.batchNormalization(of: first, name: "second")
        let sum = try builder.add(first, second, name: "sum")
        let twice = try builder.add(sum, sum, name: "twice")
        let graph = builder.graph(output: twice)
        for node in graph.nodes { #expect(node.inputs.allSatisfy { $0 < node.id }) }
        #expect(
            graph.readers.map { $0.map { graph[$0].name } } == [
                ["first"], ["second", "sum"], ["sum"], ["twice", "twice"], [],
            ])
    }

    @Test("is a value: the same steps give equal graphs, another number another graph")
    func isAValue() throws {
        func build(_ epsilon: Double) throws -> Graph {
            var builder = try GraphBuilder(input: FeatureShape(channels: 2, height: 4, width: 4))
            let node = try builder.batchNormalization(
                BatchNormalization(epsilon: epsilon), of: builder.input, name: "b")
            return builder.graph(output: node)
        }
        #expect(try build(1e-5) == build(1e-5))
        #expect(try build(1e-5) != build(1e-3))
    }
}
