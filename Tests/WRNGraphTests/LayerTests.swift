// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph

@Suite("Layers and parts of a graph")
struct LayerTests {
    /// Two blocks `stage.0` and `stage.1` of a convolution, a ReLU and a sum, after a stem; then
    /// the head.
    private static func graph() throws -> Graph {
        var builder = try GraphBuilder(input: FeatureShape(channels: 3, height: 6, width: 5))
        var x = try builder.convolution(
            Convolution(outputChannels: 4, kernelSize: 3), of: builder.input, name: "stem")
        for block in 0..<2 {
            let y = try builder.convolution(
                Convolution(outputChannels: 4, kernelSize: 3), of: x, name: "stage.\(block).conv")
            let sum = try builder.add(y, x, name: "stage.\(block)")
            x = try builder.relu(of: sum, name: "stage.\(block).relu")
        }
        x = try builder.globalAveragePooling(of: x, name: "pool")
        x = try builder.linear(Linear(outputs: 2), of: x, name: "fc")
        return builder.graph(output: x)
    }

    private func name(_ layer: String) throws -> String {
        let graph = try Self.graph()
        return graph[try graph.layer(named: layer)].name
    }

    private func message(_ layers: [String]) throws -> String {
        let graph = try Self.graph()
        do {
            _ = try NetworkPart(of: graph, upTo: layers)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("a layer is a node, or a module, whose result is its last node's")
    func names() throws {
        #expect(try name("stem") == "stem")
        #expect(try name("stage.0.conv") == "stage.0.conv")
        #expect(try name("stage.0") == "stage.0.relu")
        #expect(try name("stage") == "stage.1.relu")
        #expect(try Self.graph().layerNames() == ["stem", "stage", "pool", "fc"])
        #expect(try Self.graph().layerNames(in: "stage") == ["stage.0", "stage.1"])
        #expect(
            try Self.graph().layerNames(in: "stage.1") == ["stage.1.conv", "stage.1.relu"])
        #expect(try Self.graph().layerNames(in: "fc").isEmpty)
        #expect(try Self.graph().headInput == "pool")
    }

    @Test("an unknown layer is answered with those nearby")
    func unknown() throws {
        #expect(
            try message(["layer2"])
                == "there is no layer \"layer2\"; the network's layers are stem, stage, pool, fc")
        #expect(
            try message(["stem", "stage.2.conv"])
                == "there is no layer \"stage.2.conv\"; the layers in stage are stage.0, stage.1")
        #expect(
            try message(["stage.1.bn"])
                == "there is no layer \"stage.1.bn\"; the layers in stage.1 are stage.1.conv, stage.1.relu"
        )
        for name in ["", ".", "stage.", "input", "stem.weight", "Stage"] {
            #expect(
                try message([name]).hasPrefix("there is no layer \"\(name)\"; the "), "\(name)")
        }
    }

    @Test("no layer, and one twice, are refused")
    func lists() throws {
        #expect(
            try message([])
                == "expected the name of a layer, found none; the network's layers are stem, stage, pool, fc"
        )
        #expect(
            try message(["pool", "stem", "pool"])
                == "the layer \"pool\" is named twice; name it once")
    }

    @Test("a part has what its ends need, under the same names, and ends at the last of them")
    func parts() throws {
        let graph = try Self.graph()
        let part = graph.part(upTo: [
            try graph.layer(named: "stage.0"), try graph.layer(named: "stem"),
        ])
        #expect(
            part.nodes.map(\.name)
                == ["input", "stem", "stage.0.conv", "stage.0", "stage.0.relu"])
        #expect(part[part.output].name == "stage.0.relu")
        for (index, node) in part.nodes.enumerated() {
            #expect(node.id.index == index)
            let original = try #require(graph.nodes.first { $0.name == node.name })
            #expect(node.inputs.map { part[$0].name } == original.inputs.map { graph[$0].name })
            #expect(node.parameters == original.parameters)
        }
        #expect(graph.part(upTo: [graph.output]) == graph)
    }

    @Test("averaged outputs are C x 1 x 1, once for each result, right behind it")
    func averaged() throws {
        let graph = try Self.graph()
        let layers = ["stage.1", "stage", "pool", "stem"]
        let part = try NetworkPart(of: graph, upTo: layers, averaged: true)
        #expect(part.outputs.map(\.name) == layers)
        #expect(part.outputs.allSatisfy { $0.shape.pixelCount == 1 })
        #expect(
            part.graph.nodes.map(\.name) == [
                "input", "stem", "stem.mean", "stage.0.conv", "stage.0", "stage.0.relu",
                "stage.1.conv", "stage.1", "stage.1.relu", "stage.1.relu.mean", "pool",
            ])
        #expect(part.outputs[0].node == part.outputs[1].node)
        let plain = try NetworkPart(of: graph, upTo: ["stage", "pool"])
        #expect(
            plain.outputs.map(\.shape) == [
                FeatureShape(channels: 4, height: 6, width: 5),
                FeatureShape(channels: 4, height: 1, width: 1),
            ])
    }
}
