// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNEngine
@testable import WRNPlan
@testable import WRNReference

/// What a plan gives out in the middle of a network, against the reference executor of the whole
/// network.
@Suite("Features")
struct FeatureSessionTests {
    @Test("any results of random graphs are the reference's", arguments: Array(UInt64(1)...120))
    func randomGraphs(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        var dice = Dice(seed: seed ^ 0xFEA7)
        var layers: [String] = []
        for _ in 0..<dice.integer(1...4) {
            let name = network.graph.nodes[dice.integer(1...network.graph.nodes.count - 1)].name
            if !layers.contains(name) { layers.append(name) }
        }
        try expectParity(network, layers)
    }

    @Test("every node of a random graph at once", arguments: Array(UInt64(1)...40))
    func wholeRandomGraphs(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        try expectParity(network, network.graph.nodes.dropFirst().map(\.name))
    }

    @Test(
        "every layer of a network of each kind, at once and alone",
        arguments: ReferenceParityTests.wholeNetworks.indices)
    func families(_ index: Int) throws {
        let graph = try ReferenceParityTests.wholeNetworks[index]()
        let network = try RandomNetwork.filling(graph, seed: 5)
        let layers = Self.layers(of: graph)
        try expectParity(network, layers)
        for layer in layers { try expectParity(network, [layer]) }
    }

    @Test("a module's last node is its only way out, so that its result is the module's")
    func modules() throws {
        for make in ReferenceParityTests.wholeNetworks {
            let graph = try make()
            let readers = graph.readers
            for layer in Self.layers(of: graph) {
                let end = try graph.layer(named: layer)
                let inside = graph.nodes.filter {
                    $0.name == layer || $0.name.hasPrefix(layer + ".")
                }
                for node in inside where node.id != end {
                    let isRead = readers[node.id.index].allSatisfy { reader in
                        inside.contains { $0.id == reader }
                    }
                    #expect(isRead, "\(node.name) is read outside \(layer)")
                }
            }
        }
    }

    @Test("nothing behind the last layer is planned, and its weights are not asked for")
    func stops() throws {
        let graph = try WideResNet(depth: 16, width: 1, classes: 5).graph(height: 8, width: 8)
        let network = try RandomNetwork.filling(graph, seed: 5)
        let part = try NetworkPart(of: graph, upTo: ["group0", "group1.block0"])
        let needed = network.tensors.filter { name, _ in
            name.hasPrefix("conv0") || name.hasPrefix("group0.")
                || name.hasPrefix("group1.block0.")
        }
        #expect(Set(part.graph.parameters.map(\.name)) == Set(needed.keys))
        let session = try FeatureSession(part, tensors: needed, batch: 3)
        let program = session.program.memory.program
        for step in program.steps {
            for buffer in step.buffers(in: program) {
                let name = program.buffers[buffer.index].name
                #expect(
                    name == "input" || name.hasPrefix("conv0") || name.hasPrefix("group0.")
                        || name.hasPrefix("group1.block0"), "\(name)")
            }
        }
        // conv0, two blocks of two convolutions, one with the shortcut's.
        let convolutions = program.steps.count { step in
            if case .convolution = step { true } else { false }
        }
        #expect(convolutions == 1 + 2 * 2 + 3)
        let whole = try InferenceSession(graph: graph, tensors: network.tensors, batch: 3)
        #expect(session.plannedByteCount < whole.plannedByteCount)
        #expect(throws: PlanError.self) {
            _ = try FeatureSession(
                part, tensors: needed.filter { $0.key != "conv0.weight" }, batch: 3)
        }
    }

    @Test("the logits are the layer of the head, and averaging costs no buffer of its own size")
    func head() throws {
        let graph = try WideResNet(depth: 10, width: 1, classes: 5).graph(height: 8, width: 8)
        let network = try RandomNetwork.filling(graph, seed: 5)
        #expect(graph.headInput == "pool")
        let session = try FeatureSession(
            NetworkPart(of: graph, upTo: ["fc"]), tensors: network.tensors, batch: 3)
        let whole = try InferenceSession(graph: graph, tensors: network.tensors, batch: 3)
        #expect(
            try session.features(for: network.images, count: 3)
                == [whole.logits(for: network.images, count: 3)])
        // The last ReLU is computed where the mean reads.
        let averaged = Program.lowered(
            try NetworkPart(of: graph, upTo: ["relu"], averaged: true).graph, for: .inference)
        #expect(!averaged.buffers.contains { $0.name == "relu" })
    }

    @Test("the mean of a large map of one value is that value, and not what rounding made of it")
    func largeMeans() throws {
        var builder = try GraphBuilder(
            input: FeatureShape(channels: 3, height: 112, width: 112))
        let y = try builder.convolution(
            Convolution(outputChannels: 16, kernelSize: 1), of: builder.input, name: "conv")
        let graph = builder.graph(output: y)
        let network = try RandomNetwork.filling(graph, seed: 5)
        let images = [Float](repeating: 0.7, count: graph.inputShape.elementCount)
        let session = try FeatureSession(
            NetworkPart(of: graph, upTo: ["conv"], averaged: true), tensors: network.tensors,
            batch: 1)
        let reference = try ReferenceExecutor(graph: graph, tensors: network.tensors)
        let values = try reference.results(of: [y], for: images, count: 1)[0]
        let error = relativeError(
            try session.features(for: images, count: 1)[0], Array(values[..<16]))
        #expect(error < 2e-6, "\(error)")
    }

    @Test("fewer images than planned, and none")
    func counts() throws {
        let network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 1, classes: 5).graph(height: 8, width: 8), seed: 5)
        let part = try NetworkPart(of: network.graph, upTo: ["group1", "pool"])
        let session = try FeatureSession(part, tensors: network.tensors, batch: 3)
        let all = try session.features(for: network.images, count: 3)
        let size = network.graph.inputShape.elementCount
        let one = try session.features(for: Array(network.images[..<size]), count: 1)
        for (one, all) in zip(one, all) { #expect(one == Array(all[..<(all.count / 3)])) }
        #expect(try session.features(for: [], count: 0) == [[], []])
        #expect(throws: PlanError.self) { _ = try session.features(for: [1], count: 1) }
        #expect(throws: PlanError.self) {
            _ = try session.features(for: network.images + network.images, count: 6)
        }
    }

    /// All layers of a graph: its nodes, and the modules that their names lie in.
    private static func layers(of graph: Graph) -> [String] {
        var layers = graph.layerNames()
        var next = 0
        while next < layers.count {
            layers += graph.layerNames(in: layers[next])
            next += 1
        }
        return layers
    }

    /// Compares all layers, as they are and averaged, with the reference executor of the whole
    /// network.
    private func expectParity(_ network: RandomNetwork, _ layers: [String]) throws {
        let graph = network.graph
        let count = network.labels.count
        let nodes = try layers.map { try graph.layer(named: $0) }
        let reference = try ReferenceExecutor(graph: graph, tensors: network.tensors)
        let expected = try reference.results(of: nodes, for: network.images, count: count)
        for averaged in [false, true] {
            let session = try FeatureSession(
                NetworkPart(of: graph, upTo: layers, averaged: averaged),
                tensors: network.tensors, batch: 4, options: ExecutionOptions(threads: 2))
            let features = try session.features(for: network.images, count: count)
            #expect(features.count == layers.count)
            for (place, layer) in layers.enumerated() {
                let shape = graph[nodes[place]].shape
                let wanted =
                    averaged
                    ? Self.means(expected[place], of: shape, count: count) : expected[place]
                let error = relativeError(features[place], wanted)
                #expect(error < 1e-4, "\(layer), averaged: \(averaged): \(error)")
            }
        }
    }

    private static func means(
        _ values: [Float], of shape: FeatureShape, count: Int
    ) -> [Float] {
        (0..<count * shape.channels).map { index in
            let (image, channel) = index.quotientAndRemainder(dividingBy: shape.channels)
            let first = image * shape.elementCount + channel
            let sum = (0..<shape.pixelCount).reduce(0.0) {
                $0 + Double(values[first + $1 * shape.channels])
            }
            return Float(sum / Double(shape.pixelCount))
        }
    }
}
