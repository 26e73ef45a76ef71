// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

/// The reference executor's gradients against differences of its own loss, in double precision.
@Suite("Gradients are derivatives")
struct FiniteDifferenceTests {
    @Test("of every kind of parameter, with dropout and a shortcut convolution")
    func wideResNet() throws {
        try check(
            WideResNet(depth: 10, width: 0.25, classes: 3, dropout: 0.2, inputChannels: 2)
                .graph(height: 5, width: 4))
    }

    @Test("with LeakyReLU, shortcuts of the raw input and the stride in the second convolution")
    func variant() throws {
        let changes = NetworkVariant.Changes(
            activation: .leakyReLU(slope: 0.3), shortcutInput: .raw, stride: .secondConvolution)
        try check(
            WideResNet(depth: 10, width: 0.25, classes: 3, inputChannels: 2).applying(changes)
                .graph(height: 5, width: 4))
    }

    @Test("with SiLU, and dropout behind it")
    func silu() throws {
        try check(
            WideResNet(depth: 10, width: 0.25, classes: 3, dropout: 0.2, inputChannels: 2)
                .applying(NetworkVariant.Changes(activation: .silu)).graph(height: 5, width: 4))
    }

    @Test("with running statistics as constants")
    func frozenStatistics() throws {
        try check(
            WideResNet(depth: 10, width: 0.25, classes: 3, dropout: 0.2, inputChannels: 2)
                .graph(height: 5, width: 4), frozenStatistics: true)
    }

    @Test("of what max pooling read")
    func bottleneck() throws {
        try check(
            ResidualNetwork(
                stem: .large, stemChannels: 3, stageBlocks: [1, 1],
                block: .bottleneck, variant: NetworkVariant(stride: .secondConvolution), width: 1,
                classes: 3, inputChannels: 2
            ).graph(height: 11, width: 14))
    }

    @Test("of what a shortcut without parameters read, after and before activation")
    func subsampling() throws {
        for (order, padding) in [
            (ActivationOrder.post, NetworkVariant.ChannelPadding.behind), (.pre, .behind),
            (.post, .both),
        ] {
            try check(
                ResidualNetwork(
                    stem: .small, stemChannels: 3, stageBlocks: [1, 1], block: .basic,
                    order: order, shortcut: .subsampling,
                    variant: NetworkVariant(padding: padding), classes: 3, inputChannels: 2
                ).graph(height: 5, width: 4))
        }
    }

    private func check(_ graph: Graph, frozenStatistics: Bool = false) throws {
        let network = try RandomNetwork.filling(graph, seed: 5)
        let reference = try ReferenceExecutor(
            graph: graph, tensors: network.tensors, seed: 1,
            scope: TrainingScope(frozenStatistics: frozenStatistics))
        let images = network.images.map(Double.init)
        _ = try reference.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 4)
        let gradients = reference.preciseGradients
        for parameter in graph.parameters where parameter.isTrainable {
            let gradient = try #require(gradients[parameter.name])
            let scale = max(gradient.map(abs).max() ?? 0, 1e-3)
            // The first, the last and some between stand for all.
            for index in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 5)) {
                let original = try #require(reference.values[parameter.name])[index]
                func loss(_ offset: Double) -> Double {
                    reference.values[parameter.name]?[index] = original + offset
                    return reference.loss(images: images, labels: network.labels, stepIndex: 4)
                }
                let step = 1e-5
                let difference = (loss(step) - loss(-step)) / (2 * step)
                _ = loss(0)
                #expect(
                    abs(difference - gradient[index]) < 1e-5 * scale,
                    "\(parameter.name)[\(index)]: \(gradient[index]), difference \(difference)")
            }
        }
    }
}
