// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNTensor

/// The slow truth: a network computed node by node in double precision, by the formulas and nothing else.
///
/// It shares no code with the engine but the random numbers of dropout, and is what the engine is compared with. It takes minutes where
/// the engine takes milliseconds.
public final class ReferenceExecutor: InferenceExecutor, TrainingExecutor {
    /// The network.
    public let graph: Graph
    /// What dropout's random numbers follow from, together with the step's number.
    public let seed: UInt64
    /// Whether training leaves the running statistics as they are and normalises by them.
    public let frozenStatistics: Bool

    /// The weights and running statistics in PyTorch's order.
    package var values: [String: [Double]]
    private var gradientValues: [String: [Double]] = [:]

    /// Loads a network's weights.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape.
    public init(
        graph: Graph, tensors: [String: Tensor], seed: UInt64 = 0, frozenStatistics: Bool = false
    ) throws(PlanError) {
        self.graph = graph
        self.seed = seed
        self.frozenStatistics = frozenStatistics
        values = [:]
        for parameter in graph.parameters {
            guard let tensor = tensors[parameter.name] else {
                throw .missingTensor(parameter.name)
            }
            guard tensor.shape == parameter.shape else {
                throw .shapeMismatch(
                    tensor: parameter.name, expected: "\(parameter.shape)",
                    actual: "\(tensor.shape)")
            }
            values[parameter.name] = tensor.elements.map(Double.init)
        }
    }

    /// The logits of `count` images in NHWC order.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when `images` has another length.
    public func logits(for images: [Float], count: Int) throws(PlanError) -> [Float] {
        try checkImages(images, count: count, batch: count, shape: graph.inputShape)
        var pass = ReferencePass(graph, values: values, images: count, training: nil)
        pass.forward(images.map(Double.init))
        return pass.results[graph.output.index].map { Float($0) }
    }

    /// The results of nodes for `count` images, in the order of the nodes; each is in NHWC order.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when `images` has another length.
    public func results(
        of nodes: [NodeID], for images: [Float], count: Int
    ) throws(PlanError) -> [[Float]] {
        try checkImages(images, count: count, batch: count, shape: graph.inputShape)
        var pass = ReferencePass(graph, values: values, images: count, training: nil)
        pass.forward(images.map(Double.init))
        return nodes.map { pass.results[$0.index].map { Float($0) } }
    }

    /// The loss, the hits and all gradients of a batch; running statistics move.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the images have another length or a label is no class.
    public func computeGradients(
        images: [Float], labels: [Int], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        try checkImages(
            images, count: labels.count, batch: labels.count, shape: graph.inputShape)
        let classes = graph.outputShape.channels
        guard !labels.isEmpty, labels.allSatisfy((0..<classes).contains) else {
            throw .invalidRequest("labels must be some of the \(classes) classes, not \(labels)")
        }
        return run(
            images, targets: Self.targets(labels, classes: classes), count: labels.count, stepIndex)
    }

    /// The loss, the hits and all gradients of a batch with a probability for each class of each image; running statistics move.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the images have another length, or the targets of an image are no probabilities.
    public func computeGradients(
        images: [Float], targets: [Float], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        let count = try checkTargets(targets, classes: graph.outputShape.channels)
        try checkImages(images, count: count, batch: count, shape: graph.inputShape)
        guard count > 0 else { throw .invalidRequest("a training step needs an image") }
        return run(images, targets: targets.map(Double.init), count: count, stepIndex)
    }

    private func run(
        _ images: [Float], targets: [Double], count: Int, _ stepIndex: Int
    ) -> StepResult {
        var pass = ReferencePass(
            graph, values: values, images: count, training: (seed, stepIndex),
            frozenStatistics: frozenStatistics)
        pass.forward(images.map(Double.init))
        let loss = pass.backward(targets: targets)
        values.merge(pass.statistics) { _, new in new }
        gradientValues = pass.gradients
        return loss
    }

    /// The loss of a batch in training mode in double precision; nothing moves.
    package func loss(images: [Double], labels: [Int], stepIndex: Int) -> Double {
        loss(
            images: images,
            targets: Self.targets(labels, classes: graph.outputShape.channels),
            stepIndex: stepIndex)
    }

    /// The same with a probability for each class of each image.
    package func loss(images: [Double], targets: [Double], stepIndex: Int) -> Double {
        var pass = ReferencePass(
            graph, values: values, images: targets.count / graph.outputShape.channels,
            training: (seed, stepIndex), frozenStatistics: frozenStatistics)
        pass.forward(images)
        return pass.loss(targets: targets).loss
    }

    /// The probabilities that labels stand for.
    private static func targets(_ labels: [Int], classes: Int) -> [Double] {
        labels.flatMap { label in (0..<classes).map { $0 == label ? 1 : 0 } }
    }

    /// The gradients of the last batch in double precision.
    package var preciseGradients: [String: [Double]] { gradientValues }

    /// The weights and running statistics by name.
    public func tensors() -> [String: Tensor] { tensors(of: values) }

    /// The gradients of the last batch by parameter name.
    public func gradients() -> [String: Tensor] { tensors(of: gradientValues) }

    private func tensors(of values: [String: [Double]]) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for parameter in graph.parameters {
            guard let elements = values[parameter.name] else { continue }
            tensors[parameter.name] = Tensor(
                shape: parameter.shape, elements: elements.map { Float($0) })
        }
        return tensors
    }
}
