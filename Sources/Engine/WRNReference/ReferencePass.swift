// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNPlan
import WRNTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One forward and perhaps one backward pass of the reference executor; values are NHWC without
/// padding.
struct ReferencePass {
    /// What the random numbers of a training pass are drawn by.
    struct Training {
        let seed: UInt64
        let step: Int
        /// The place of the first image in the step's batch.
        var firstImage = 0
    }

    let graph: Graph
    let values: [String: [Double]]
    /// The images of the batch, N.
    let images: Int
    /// The training pass that this is; `nil` in inference.
    let training: Training?
    /// Whether training leaves the running statistics as they are and uses them.
    let frozenStatistics: Bool
    /// The nodes whose results are rounded to bfloat16.
    let rounded: Set<NodeID>

    /// The result of each node, and its gradient.
    private(set) var results: [[Double]] = []
    private var resultGradients: [[Double]] = []
    /// The gradients of the parameters, and the running statistics after a training pass.
    var gradients: [String: [Double]] = [:]
    var statistics: [String: [Double]] = [:]

    init(
        _ graph: Graph, values: [String: [Double]], images: Int,
        training: Training?, frozenStatistics: Bool = false, rounded: Set<NodeID> = []
    ) {
        self.graph = graph
        self.values = values
        self.images = images
        self.training = training
        self.frozenStatistics = frozenStatistics
        self.rounded = rounded
    }

    /// Computes every node.
    mutating func forward(_ input: [Double]) {
        for node in graph.nodes {
            let result = node.inputs.isEmpty ? input : compute(node)
            results.append(
                rounded.contains(node.id)
                    ? result.map { Double(Float(BFloat16(Float($0)))) } : result)
        }
    }

    /// Computes every gradient; the loss is returned.
    mutating func backward(targets: [Double], weights: ImageWeights? = nil) -> StepResult {
        let (loss, correct, gradient) = loss(targets: targets, weights: weights)
        resultGradients = results.map { [Double](repeating: 0, count: $0.count) }
        resultGradients[graph.output.index] = gradient
        for node in graph.nodes.reversed() where !node.inputs.isEmpty { differentiate(node) }
        return StepResult(loss: loss, correct: correct)
    }

    /// The mean cross-entropy, the hits and the gradient of the logits; `targets` has a probability
    /// for each class of each image, `weights` what multiplies the loss of each image and the
    /// class that is a hit, which without them is the one with the largest target.
    func loss(
        targets: [Double], weights: ImageWeights? = nil
    ) -> (loss: Double, correct: Int, gradient: [Double]) {
        let logits = results[graph.output.index]
        let classes = graph.outputShape.channels
        var (loss, correct) = (0.0, 0)
        var gradient = logits
        for row in 0..<images {
            let x = Array(logits[row * classes..<(row + 1) * classes])
            let t = Array(targets[row * classes..<(row + 1) * classes])
            let factor = weights?.factors[row] ?? 1
            let largest = x.max() ?? 0
            let sum = x.reduce(0) { $0 + exp($1 - largest) }
            for c in 0..<classes {
                let share = exp(x[c] - largest) / sum
                gradient[row * classes + c] = factor * (share - t[c]) / Double(images)
                loss += factor * t[c] * (largest + log(sum) - x[c])
            }
            let label = weights?.labels[row] ?? t.firstIndex(of: t.max() ?? 0)
            correct += x.firstIndex(of: largest) == label ? 1 : 0
        }
        return (loss / Double(images), correct, gradient)
    }

    private func compute(_ node: Node) -> [Double] {
        let x = results[node.inputs[0].index]
        switch node.operation {
        case .input: return x
        case .convolution, .linear:
            return ReferenceConvolution(graph, node, images).forward(x, parameters: values)
        case .batchNormalization(let normalization):
            return reference(normalization, node).forward(x, values)
        case .activation(let activation):
            return x.map(activation.value)
        case .dropout(let dropout):
            guard let training, dropout.probability > 0 else { return x }
            return zip(x, mask(node, dropout, training)).map { $0 * $1 }
        case .add: return zip(x, results[node.inputs[1].index]).map { $0 + $1 }
        case .subsampling(let subsampling):
            return ReferenceSubsampling(subsampling, graph, node, images).forward(x)
        case .maxPooling(let pooling):
            return ReferenceMaxPooling(pooling, graph, node, images).forward(x)
        case .globalAveragePooling:
            let shape = graph[node.inputs[0]].shape
            return (0..<images * shape.channels).map { index in
                let (image, c) = index.quotientAndRemainder(dividingBy: shape.channels)
                let first = image * shape.elementCount + c
                return (0..<shape.pixelCount).reduce(0) { $0 + x[first + $1 * shape.channels] }
                    / Double(shape.pixelCount)
            }
        }
    }

    private mutating func differentiate(_ node: Node) {
        let gradient = resultGradients[node.id.index]
        let x = results[node.inputs[0].index]
        switch node.operation {
        case .input: return
        case .convolution, .linear:
            let convolution = ReferenceConvolution(graph, node, images)
            let result = convolution.backward(x, gradient, parameters: values)
            gradients.merge(result.parameters) { _, new in new }
            contribute(result.input, to: node.inputs[0])
        case .batchNormalization(let normalization):
            let reference = reference(normalization, node)
            let result = reference.backward(x, gradient, values)
            gradients.merge(result.parameters) { _, new in new }
            statistics.merge(reference.runningStatistics(x, values)) { _, new in new }
            contribute(result.input, to: node.inputs[0])
        case .activation(let activation):
            contribute(
                zip(gradient, x).map { gradient, x in
                    // Where the factor is 0, an infinite gradient does not become NaN.
                    let slope = activation.slope(at: x)
                    return slope == 0 ? 0 : gradient * slope
                }, to: node.inputs[0])
        case .dropout(let dropout):
            guard let training, dropout.probability > 0 else {
                return contribute(gradient, to: node.inputs[0])
            }
            contribute(
                zip(gradient, mask(node, dropout, training)).map { $0 * $1 }, to: node.inputs[0])
        case .add:
            contribute(gradient, to: node.inputs[0])
            contribute(gradient, to: node.inputs[1])
        case .subsampling(let subsampling):
            let reference = ReferenceSubsampling(subsampling, graph, node, images)
            contribute(reference.backward(gradient), to: node.inputs[0])
        case .maxPooling(let pooling):
            let reference = ReferenceMaxPooling(pooling, graph, node, images)
            contribute(reference.backward(x, gradient), to: node.inputs[0])
        case .globalAveragePooling:
            let shape = graph[node.inputs[0]].shape
            contribute(
                x.indices.map { index in
                    let image = index / shape.elementCount
                    return gradient[image * shape.channels + index % shape.channels]
                        / Double(shape.pixelCount)
                }, to: node.inputs[0])
        }
    }

    private func reference(
        _ normalization: BatchNormalization, _ node: Node
    ) -> ReferenceNormalization {
        ReferenceNormalization(
            normalization, node, images, usesBatch: training != nil && !frozenStatistics)
    }

    private mutating func contribute(_ gradient: [Double], to node: NodeID) {
        for (index, value) in gradient.enumerated() {
            resultGradients[node.index][index] += value
        }
    }

    /// 0 for a dropped value, 1 / (1 - p) for a kept one.
    private func mask(
        _ node: Node, _ dropout: Dropout, _ training: Training
    ) -> [Double] {
        ReferenceDropout(dropout, node, seed: training.seed, step: training.step)
            .mask(images: training.firstImage..<training.firstImage + images)
    }
}
