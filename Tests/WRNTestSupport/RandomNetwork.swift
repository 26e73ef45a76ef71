// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNRandom
package import WRNTensor

/// A small random network with random weights and a random batch, the same for the same seed.
///
/// Nodes read earlier nodes at random, so that values are read once, twice or through several
/// views, sums join what they can, and normalisation, ReLU, dropout and pooling come in any order,
/// and now and then a whole post-activation block: what fusing must survive.
package struct RandomNetwork: Sendable {
    /// The network.
    package let graph: Graph
    /// Its weights and running statistics.
    package let tensors: [String: Tensor]
    /// A batch of images.
    package let images: [Float]
    /// The batch's labels.
    package let labels: [Int]

    /// Draws a network of 4 to 14 nodes before its head.
    package init(seed: UInt64) throws {
        var dice = Dice(seed: seed)
        var builder = try GraphBuilder(
            input: FeatureShape(
                channels: dice.pick([1, 3, 5, 16, 19]), height: dice.integer(1...9),
                width: dice.integer(1...9)))
        var open = [builder.input]
        for index in 0..<dice.integer(4...14) {
            // Mostly the newest value, sometimes any earlier one.
            let source =
                dice.chance(3) ? open[dice.integer(0...open.count - 1)] : open[open.count - 1]
            open.append(
                try Self.addNode(to: &builder, source, among: open, name: "n\(index)", &dice))
        }
        let pooled = try builder.globalAveragePooling(of: open[open.count - 1], name: "pool")
        let logits = try builder.linear(
            Linear(outputs: dice.integer(2...20)), of: pooled, name: "fc")
        graph = builder.graph(output: logits)

        (tensors, images, labels) = Self.fill(graph, batch: dice.integer(1...4), &dice)
    }

    private init(graph: Graph, _ dice: inout Dice) {
        self.graph = graph
        (tensors, images, labels) = Self.fill(graph, batch: 3, &dice)
    }

    /// A given graph with random weights and a batch of three.
    package static func filling(_ graph: Graph, seed: UInt64) throws -> RandomNetwork {
        var dice = Dice(seed: seed)
        return RandomNetwork(graph: graph, &dice)
    }

    private static func fill(
        _ graph: Graph, batch: Int, _ dice: inout Dice
    ) -> (tensors: [String: Tensor], images: [Float], labels: [Int]) {
        var tensors: [String: Tensor] = [:]
        for parameter in graph.parameters {
            let count = parameter.shape.elementCount
            // Weights keep the size of what passes through them.
            let deviation = (2 / Double(max(count / parameter.shape.extents[0], 1))).squareRoot()
            var elements: [Float] = []
            for _ in 0..<count {
                switch parameter.role {
                case .weight: elements.append(Float(dice.normal() * deviation))
                case .bias, .shift, .runningMean: elements.append(Float(dice.normal() * 0.5))
                case .scale, .runningVariance: elements.append(Float(0.5 + dice.uniform()))
                }
            }
            tensors[parameter.name] = Tensor(shape: parameter.shape, elements: elements)
        }
        let images = (0..<batch * graph.inputShape.elementCount).map { _ in Float(dice.normal()) }
        let classes = graph.outputShape.channels
        return (tensors, images, (0..<batch).map { _ in dice.integer(0...classes - 1) })
    }

    private static func addNode(
        to builder: inout GraphBuilder, _ source: NodeID, among open: [NodeID], name: String,
        _ dice: inout Dice
    ) throws -> NodeID {
        switch dice.integer(0...13) {
        case 0, 1, 2:
            let convolution = Convolution(
                outputChannels: dice.pick([1, 7, 16, 17, 33]), kernelSize: dice.pick([1, 3, 3, 7]),
                stride: dice.pick([1, 1, 2]))
            return try builder.convolution(convolution, of: source, name: name)
        case 3, 4:
            // A larger ε keeps a normalisation of few values from blowing rounding up.
            return try builder.batchNormalization(
                BatchNormalization(epsilon: 0.1, momentum: 0.3), of: source, name: name)
        case 5: return try builder.relu(of: source, name: name)
        case 6:
            return try builder.activation(
                dice.pick([.leakyReLU(slope: 0.2), .silu]), of: source, name: name)
        case 7: return try builder.dropout(Dropout(probability: 0.4), of: source, name: name)
        case 8, 9:
            let pooling = dice.pick([
                MaxPooling(kernelSize: 3, stride: 2, padding: 1),
                MaxPooling(kernelSize: 3, stride: 1, padding: 1),
                MaxPooling(kernelSize: 2, stride: dice.integer(1...3), padding: 1),
                MaxPooling(kernelSize: 5, stride: 3, padding: 2),
            ])
            return try builder.maxPooling(pooling, of: source, name: name)
        case 10: return try addBlock(to: &builder, source, name: name, &dice)
        case 13:
            let added = dice.pick([0, 1, 13, 16, 20])
            // None, some and all of the new channels before the others.
            let offset = [0: 0, 1: 1, 13: 6, 16: 0, 20: 10][added] ?? 0
            return try builder.subsampling(
                Subsampling(
                    stride: dice.integer(1...3),
                    outputChannels: builder.shape(of: source).channels + added,
                    channelOffset: offset), of: source, name: name)
        default:
            let fitting = open.filter { builder.shape(of: $0) == builder.shape(of: source) }
            return try builder.add(source, dice.pick(fitting), name: name)
        }
    }

    /// A post-activation block; its shortcut is the source or a convolution of it, added before or
    /// after the branch.
    private static func addBlock(
        to builder: inout GraphBuilder, _ source: NodeID, name: String, _ dice: inout Dice
    ) throws -> NodeID {
        func normalized(_ node: NodeID, _ suffix: String, channels: Int, _ kernelSize: Int) throws
            -> NodeID
        {
            let convolution = try builder.convolution(
                Convolution(outputChannels: channels, kernelSize: kernelSize), of: node,
                name: "\(name).conv\(suffix)")
            return try builder.batchNormalization(
                BatchNormalization(epsilon: 0.1), of: convolution, name: "\(name).bn\(suffix)")
        }
        let keeps = dice.chance(2)
        let channels = keeps ? builder.shape(of: source).channels : dice.pick([5, 16, 20])
        let isFirst = dice.chance(2)
        var shortcut = source
        if !keeps, isFirst { shortcut = try normalized(source, "s", channels: channels, 1) }
        var y = try normalized(source, "1", channels: dice.pick([3, 16]), 1)
        y = try builder.relu(of: y, name: "\(name).relu1")
        y = try normalized(y, "2", channels: channels, 3)
        if !keeps, !isFirst { shortcut = try normalized(source, "s", channels: channels, 1) }
        let sum = try builder.add(y, shortcut, name: name)
        return try builder.relu(of: sum, name: "\(name).relu")
    }
}

/// Random choices in a fixed order.
package struct Dice {
    private let stream: RandomStream
    private var index = 0

    /// Creates the choices of a seed.
    package init(seed: UInt64) {
        stream = RandomStream(seed: seed, purpose: .initialization)
    }

    private mutating func next() -> Int {
        index += 1
        return index
    }

    /// A number in a range.
    package mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + stream.integer(at: next(), below: range.count)
    }

    /// One of some elements.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[integer(0...elements.count - 1)]
    }

    /// True once in `n` times.
    package mutating func chance(_ n: Int) -> Bool { integer(1...n) == 1 }

    /// A number of the standard normal distribution.
    package mutating func normal() -> Double { stream.normals(at: next()).0 }

    /// A number from 0 to 1.
    package mutating func uniform() -> Double { stream.uniform(at: next()) }
}
