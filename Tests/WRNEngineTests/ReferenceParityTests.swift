// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNKernels
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

/// The fused plan against the reference executor, on random networks.
@Suite("The optimised plan equals the reference plan")
struct ReferenceParityTests {
    static let seeds: [UInt64] = Array(1...120)

    @Test("inference on random graphs", arguments: seeds)
    func inference(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        let count = network.labels.count
        let reference = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
        let session = try InferenceSession(
            graph: network.graph, tensors: network.tensors, batch: 4,
            options: ExecutionOptions(threads: 2))
        let error = relativeError(
            try session.logits(for: network.images, count: count),
            try reference.logits(for: network.images, count: count))
        #expect(error < 1e-4, "\(error)")
    }

    @Test("training on random graphs", arguments: seeds)
    func training(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        let reference = try ReferenceExecutor(
            graph: network.graph, tensors: network.tensors, seed: seed)
        let expected = try reference.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 7)
        let set = InferenceSet.sets[Int(seed) % InferenceSet.sets.count]
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: 4, seed: seed,
            options: ExecutionOptions(threads: 2, instructionSet: set))
        let result = try session.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 7)
        #expect(abs(result.loss - expected.loss) < 1e-4 * max(expected.loss, 1))
        let (actual, wanted) = (session.gradients(), reference.gradients())
        let largest = wanted.values.flatMap(\.elements).map(abs).max() ?? 0
        for (name, tensor) in wanted {
            // A tensor whose gradient is nothing but rounding is compared on the network's scale.
            let floor = [largest * 1e-3]
            let error = relativeError(
                (actual[name]?.elements ?? []) + floor, tensor.elements + floor)
            #expect(error < 1e-3, "gradient of \(name): \(error)")
        }
        let (after, expectedAfter) = (session.tensors(), reference.tensors())
        for (name, tensor) in expectedAfter {
            #expect(relativeError(after[name]?.elements ?? [], tensor.elements) < 1e-4, "\(name)")
        }
    }

    static let wholeNetworks: [@Sendable () throws -> Graph] = [
        {
            try WideResNet(depth: 10, width: 0.7, classes: 5, dropout: 0.3, inputChannels: 2)
                .graph(height: 6, width: 5)
        },
        {
            try ResidualNetwork(
                stem: .large, stemChannels: 5, stageBlocks: [1, 2],
                block: .bottleneck, width: 2, classes: 6, inputChannels: 2
            ).graph(height: 21, width: 26)
        },
        {
            // Channels that do not fill their blocks, so that new channels share one with old.
            try ResidualNetwork(
                stem: .small, stemChannels: 5, stageBlocks: [2, 1, 1], block: .basic,
                shortcut: .subsampling, classes: 6, inputChannels: 2
            ).graph(height: 11, width: 8)
        },
        {
            try ResidualNetwork(
                stem: .large, stemChannels: 5, stageBlocks: [2, 2],
                block: .bottleneck, order: .pre, classes: 6, inputChannels: 2
            ).graph(height: 21, width: 26)
        },
        {
            try WideResNet(
                depth: 13, width: 0.7, block: BlockType([1, 5, 1]), classes: 5, dropout: 0.3,
                inputChannels: 2
            ).graph(height: 6, width: 5)
        },
        {
            // Shortcuts read the raw input, which the last sum wrote; new channels begin within a
            // block.
            let changes = NetworkVariant.Changes(
                activation: .leakyReLU(slope: 0.1), shortcutInput: .raw,
                stride: .secondConvolution)
            return try WideResNet(
                depth: 10, width: 0.7, classes: 5, dropout: 0.3, inputChannels: 2
            ).applying(changes).graph(height: 6, width: 5)
        },
        {
            try ResidualNetwork(
                stem: .small, stemChannels: 5, stageBlocks: [2, 1, 1], block: .basic,
                shortcut: .subsampling,
                variant: NetworkVariant(activation: .leakyReLU(slope: 0.1), padding: .both),
                classes: 6, inputChannels: 2
            ).graph(height: 11, width: 8)
        },
        {
            try ResidualNetwork(
                stem: .large, stemChannels: 5, stageBlocks: [1, 2], block: .bottleneck,
                variant: NetworkVariant(activation: .leakyReLU(slope: 0.1)), width: 2, classes: 6,
                inputChannels: 2
            ).graph(height: 21, width: 26)
        },
        {
            // Dropout behind SiLU, whose factor may not move to before it.
            try WideResNet(depth: 10, width: 0.7, classes: 5, dropout: 0.3, inputChannels: 2)
                .applying(NetworkVariant.Changes(activation: .silu, shortcutInput: .raw))
                .graph(height: 6, width: 5)
        },
        {
            // Max pooling of SiLU, which is not monotonic, and shortcuts of activated sums.
            try ResidualNetwork(
                stem: .large, stemChannels: 5, stageBlocks: [1, 2], block: .bottleneck,
                variant: NetworkVariant(activation: .silu), width: 2, classes: 6,
                inputChannels: 2
            ).graph(height: 21, width: 26)
        },
        {
            // SiLU of a bare convolution, with dropout, before a pooling, a sum and the mean.
            var builder = try GraphBuilder(
                input: FeatureShape(channels: 3, height: 9, width: 8))
            var y = try builder.convolution(
                Convolution(outputChannels: 18, kernelSize: 3), of: builder.input, name: "conv0")
            y = try builder.activation(.silu, of: y, name: "silu0")
            y = try builder.dropout(Dropout(probability: 0.4), of: y, name: "dropout0")
            y = try builder.convolution(
                Convolution(outputChannels: 18, kernelSize: 3), of: y, name: "conv1")
            let sum = try builder.activation(.silu, of: y, name: "silu1")
            y = try builder.maxPooling(
                MaxPooling(kernelSize: 3, stride: 1, padding: 1), of: sum, name: "max")
            y = try builder.add(y, sum, name: "sum")
            y = try builder.activation(.silu, of: y, name: "silu2")
            y = try builder.dropout(Dropout(probability: 0.2), of: y, name: "dropout2")
            y = try builder.globalAveragePooling(of: y, name: "pool")
            y = try builder.linear(Linear(outputs: 5), of: y, name: "fc")
            return builder.graph(output: y)
        },
        {
            // Activations of activations: only a ReLU of a ReLU is one.
            var builder = try GraphBuilder(
                input: FeatureShape(channels: 3, height: 7, width: 6))
            var y = builder.input
            let leaky = Activation.leakyReLU(slope: 0.5)
            for (part, activations) in [
                [leaky, leaky], [.relu, leaky], [leaky, .relu], [.relu, .relu], [.silu, .silu],
                [leaky, .silu],
            ].enumerated() {
                y = try builder.convolution(
                    Convolution(outputChannels: 18, kernelSize: 3), of: y, name: "conv\(part)")
                if part % 2 == 1 { y = try builder.batchNormalization(of: y, name: "bn\(part)") }
                for (index, activation) in activations.enumerated() {
                    y = try builder.activation(activation, of: y, name: "a\(part).\(index)")
                }
            }
            y = try builder.globalAveragePooling(of: y, name: "pool")
            y = try builder.linear(Linear(outputs: 5), of: y, name: "fc")
            return builder.graph(output: y)
        },
        {
            // Each value is read twice by one sum.
            var builder = try GraphBuilder(
                input: FeatureShape(channels: 3, height: 7, width: 6))
            var y = try builder.convolution(
                Convolution(outputChannels: 18, kernelSize: 3), of: builder.input, name: "conv")
            let twice = try builder.add(y, y, name: "twice")
            y = try builder.batchNormalization(of: twice, name: "bn")
            y = try builder.relu(of: y, name: "relu")
            y = try builder.add(y, y, name: "fourfold")
            y = try builder.add(y, twice, name: "sum")
            y = try builder.relu(of: y, name: "relu2")
            y = try builder.dropout(Dropout(probability: 0.3), of: y, name: "dropout")
            y = try builder.add(y, y, name: "eightfold")
            y = try builder.globalAveragePooling(of: y, name: "pool")
            y = try builder.linear(Linear(outputs: 5), of: y, name: "fc")
            return builder.graph(output: y)
        },
    ]

    @Test(
        "a network of each kind with odd numbers of channels, and sums of a value and itself",
        arguments: wholeNetworks.indices)
    func wholeNetwork(_ index: Int) throws {
        let graph = try Self.wholeNetworks[index]()
        let network = try RandomNetwork.filling(graph, seed: 3)
        let reference = try ReferenceExecutor(graph: graph, tensors: network.tensors, seed: 11)
        let session = try TrainingSession(
            graph: graph, tensors: network.tensors, batch: 3, seed: 11)
        let expected = try reference.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 2)
        let result = try session.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 2)
        #expect(abs(result.loss - expected.loss) < 1e-5)
        let actual = session.gradients()
        for (name, tensor) in reference.gradients() {
            let error = relativeError(actual[name]?.elements ?? [], tensor.elements)
            #expect(error < 1e-3, "gradient of \(name): \(error)")
        }
        let count = network.labels.count
        let inference = try InferenceSession(graph: graph, tensors: network.tensors, batch: count)
        let error = relativeError(
            try inference.logits(for: network.images, count: count),
            try ReferenceExecutor(graph: graph, tensors: network.tensors)
                .logits(for: network.images, count: count))
        #expect(error < 1e-4, "\(error)")
    }
}

private enum InferenceSet {
    static let sets = InstructionSet.usable
}
