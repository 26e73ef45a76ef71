// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNPlan
package import WRNTensor

/// The reference implementation: a network computed node by node in double precision, by the
/// formulas alone.
///
/// It shares no code with the engine but the random numbers of dropout, and the engine is compared
/// with it. It takes minutes where the engine takes milliseconds.
///
/// State that outlives a step (weights, running statistics, velocities, moments and averages) is
/// rounded to single precision at the step's end, so that a state that is taken out and restored
/// leads to the same bits.
package final class ReferenceExecutor: InferenceExecutor, TrainingExecutor {
    /// The network.
    package let graph: Graph
    /// The most images of one call.
    package let batch: Int
    /// The seed of dropout's random numbers, together with the step's number.
    package let seed: UInt64
    /// The part of the network that is trained.
    package let scope: TrainingScope
    /// The nodes whose results are rounded to bfloat16, as a device stores them that computes in
    /// that precision; none unless its rounding is to be followed.
    private let rounded: Set<NodeID>

    /// The weights and running statistics in PyTorch's order.
    package var values: [String: [Double]] = [:]
    /// The gradients of the last batch, in double precision.
    package internal(set) var preciseGradients: [String: [Double]] = [:]
    /// The shards of the step under way; nil for a step that has none.
    var shards: ReferenceShards?
    /// SGD's velocities, or AdamW's mean gradients, of the parameters that have moved.
    var velocities: [String: [Double]] = [:]
    /// AdamW's mean squared gradients of the parameters that it has moved.
    var secondMoments: [String: [Double]] = [:]
    /// The steps that each parameter has taken by AdamW.
    var stepCounts: [String: Int] = [:]
    /// The moving averages of all weights and running statistics.
    var averageValues: [String: [Double]]?

    /// Loads a network's weights; the whole of it is trained unless a scope is given.
    ///
    /// - Parameter rounded: The nodes whose results are rounded to bfloat16.
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape.
    package init(
        graph: Graph, tensors: [String: Tensor], batch: Int = BatchSize.range.upperBound,
        seed: UInt64 = 0,
        scope: TrainingScope = TrainingScope(), rounding rounded: Set<NodeID> = []
    ) throws(PlanError) {
        self.graph = graph
        self.batch = batch
        self.seed = seed
        self.scope = scope
        self.rounded = rounded
        try load(tensors)
    }

    /// Replaces all weights and running statistics.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape; then nothing has
    ///   changed.
    package func load(_ tensors: [String: Tensor]) throws(PlanError) {
        values = try checked(tensors, for: graph.parameters)
    }

    // MARK: Inference

    /// The logits of `count` images in NHWC order.
    ///
    /// - Parameter threads: Not used: one thread computes.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when there are more images than the batch, or
    ///   `images` has another length.
    package func logits(
        for images: [Float], count: Int, threads: Int?
    ) throws(PlanError) -> [Float] {
        try results(of: [graph.output], for: images, count: count)[0]
    }

    /// The results of nodes for `count` images, in the order of the nodes; each is in NHWC order.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when there are more images than the batch, or
    ///   `images` has another length.
    package func results(
        of nodes: [NodeID], for images: [Float], count: Int
    ) throws(PlanError) -> [[Float]] {
        try checkImages(
            valueCount: images.count, count: count, batch: batch, shape: graph.inputShape)
        if count == 0 { return nodes.map { _ in [] } }
        var pass = ReferencePass(
            graph, values: values, images: count, training: nil, rounded: rounded)
        pass.forward(images.map(Double.init))
        return nodes.map { pass.results[$0.index].map { Float($0) } }
    }

    // MARK: Gradients

    /// The loss, the hits and all gradients of a batch; running statistics move, unless they are
    /// frozen.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is empty or too large, the images
    ///   have another length, or a label is no class.
    package func computeGradients(
        images: [Float], labels: [Int], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        try computeGradients(images: images[...], labels: labels, stepIndex: stepIndex)
    }

    /// The same with the images in a slice, which may be a shard of the batch.
    package func computeGradients(
        images: ArraySlice<Float>, labels: [Int], stepIndex: Int, shard: StepShard? = nil
    ) throws(PlanError) -> StepResult {
        try check(images, labels: labels, stepIndex: stepIndex)
        return run(
            images, targets: Self.targets(labels, classes: graph.outputShape.channels),
            count: labels.count, stepIndex, shard)
    }

    /// The same with a probability for each class of each image.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is empty or too large, the images
    ///   have another length, or the targets of an image are no probabilities.
    package func computeGradients(
        images: [Float], targets: [Float], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        try computeGradients(
            images: images[...], targets: targets, weights: nil, stepIndex: stepIndex)
    }

    /// The same with the images in a slice, which may be a shard of the batch, and with their
    /// weights in the loss.
    package func computeGradients(
        images: ArraySlice<Float>, targets: [Float], weights: ImageWeights?, stepIndex: Int,
        shard: StepShard? = nil
    ) throws(PlanError) -> StepResult {
        let classes = graph.outputShape.channels
        let count = try checkTargets(targets, classes: classes)
        try check(images, count: count, stepIndex: stepIndex)
        try weights?.check(count: count, classes: classes)
        return run(
            images, targets: targets.map(Double.init), weights: weights, count: count, stepIndex,
            shard)
    }

    private func run(
        _ images: ArraySlice<Float>, targets: [Double], weights: ImageWeights? = nil, count: Int,
        _ stepIndex: Int, _ shard: StepShard?
    ) -> StepResult {
        // Statistics do not enter a pass in training that moves them, so that each shard begins
        // with those before the step.
        var pass = ReferencePass(
            graph, values: values, images: count,
            training: .init(seed: seed, step: stepIndex, firstImage: shard?.firstImage ?? 0),
            frozenStatistics: scope.frozenStatistics, rounded: rounded)
        pass.forward(images.map(Double.init))
        let loss = pass.backward(targets: targets, weights: weights)
        if let shard {
            add(pass.gradients, pass.statistics, weight: shard.weight, images: count)
        } else {
            values.merge(pass.statistics.mapValues(\.roundedToSingle)) { _, new in new }
            preciseGradients = pass.gradients
        }
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
            training: .init(seed: seed, step: stepIndex),
            frozenStatistics: scope.frozenStatistics, rounded: rounded)
        pass.forward(images)
        return pass.loss(targets: targets).loss
    }

    /// The probabilities that labels stand for.
    private static func targets(_ labels: [Int], classes: Int) -> [Double] {
        labels.flatMap { label in (0..<classes).map { $0 == label ? 1 : 0 } }
    }
}

extension [Double] {
    /// The nearest numbers of single precision.
    var roundedToSingle: [Double] { map { Double(Float($0)) } }
}
