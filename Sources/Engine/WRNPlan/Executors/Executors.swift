// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNTensor
package import WRNWorkers

// The interface of the engine for the modules above: they hold networks through these protocols and
// name no class of a device. Every member is one that the trainer, the classifier or the extractor
// calls.

/// A network with weights that classifies images, on whatever device.
package protocol InferenceExecutor: AnyObject {
    /// The network.
    var graph: Graph { get }
    /// The most images of one call.
    var batch: Int { get }
    /// The bytes of all memory that the executor holds.
    var plannedByteCount: Int { get }
    /// The weights, for further executors.
    var sharedWeights: any SharedWeights { get }

    /// Replaces all weights and running statistics; executors that shared the old ones keep them.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape; then nothing has
    ///   changed.
    func load(_ tensors: [String: Tensor]) throws(PlanError)

    /// The logits of `count` images in NHWC order, `count` x classes values.
    ///
    /// - Parameter threads: The most threads of this call; nil for all of the executor's. The
    ///   logits are the same on any number of them.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the images do not fit the network or the
    ///   plan.
    func logits(for images: [Float], count: Int, threads: Int?) throws(PlanError) -> [Float]
}

extension InferenceExecutor {
    /// The logits of `count` images in NHWC order, `count` x classes values, on all threads.
    ///
    /// - Throws: As ``logits(for:count:threads:)``.
    package func logits(for images: [Float], count: Int) throws(PlanError) -> [Float] {
        try logits(for: images, count: count, threads: nil)
    }
}

/// The weights of a network as a device reads them in inference: they never change, and any number
/// of executors on any threads share them.
package protocol SharedWeights: Sendable {
    /// The network.
    var graph: Graph { get }
    /// The bytes of the weights.
    var byteCount: Int { get }

    /// An executor with memory of its own for everything but the weights.
    ///
    /// - Parameters:
    ///   - batch: The most images of one call.
    ///   - threads: The number of threads where the device has a choice; nil for all.
    /// - Throws: A ``PlanError`` when the batch or the number of threads is out of range, or this
    ///   process cannot hold the memory.
    func executor(batch: Int, threads: Int?) throws(PlanError) -> any InferenceExecutor

    /// The weights of a part of the network, which are these where both are read in the same form,
    /// and a second copy where not.
    ///
    /// - Throws: A ``PlanError`` when a parameter of the part is none of the network's.
    func weights(of part: NetworkPart) throws(PlanError) -> any SharedFeatureWeights

    /// A parameter or running statistic by its name; nil where the network has none of this name.
    func tensor(named name: String) -> Tensor?
}

/// The part of a network below some layers, with weights, that computes the results of these
/// layers.
package protocol FeatureExecutor: AnyObject {
    /// The network and its outputs.
    var part: NetworkPart { get }
    /// The most images of one call.
    var batch: Int { get }
    /// The bytes of all memory that the executor holds.
    var plannedByteCount: Int { get }
    /// The weights, for further executors.
    var sharedWeights: any SharedFeatureWeights { get }

    /// The results of `count` images, one array for each output: `count` x H x W x C values (NHWC).
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the images do not fit the network or the
    ///   plan.
    func features(for images: [Float], count: Int) throws(PlanError) -> [[Float]]
}

/// The weights of the part of a network below some layers, as a device reads them: they never
/// change, and any number of executors on any threads share them.
package protocol SharedFeatureWeights: Sendable {
    /// The network and its outputs.
    var part: NetworkPart { get }
    /// The bytes of the weights.
    var byteCount: Int { get }

    /// An executor with memory of its own for everything but the weights.
    ///
    /// - Parameters:
    ///   - batch: The most images of one call.
    ///   - threads: The number of threads where the device has a choice; nil for all.
    /// - Throws: A ``PlanError`` when the batch or the number of threads is out of range, or this
    ///   process cannot hold the memory.
    func executor(batch: Int, threads: Int?) throws(PlanError) -> any FeatureExecutor
}

/// A network that is trained, on whatever device, with all that it carries from step to step.
///
/// The same tensors, seed, batches and step numbers give the same bits on the same kind of device,
/// also where the state was taken out in between and restored in another executor.
package protocol TrainingExecutor: AnyObject {
    /// The network.
    var graph: Graph { get }
    /// The most images of one computation of gradients.
    var batch: Int { get }
    /// The seed of dropout's random numbers, together with the step's number.
    var seed: UInt64 { get }
    /// The part of the network that is trained.
    var scope: TrainingScope { get }
    /// The bytes of all memory that the executor holds.
    var plannedByteCount: Int { get }

    /// Forward and backward on a batch without an update; running statistics move, unless they are
    /// frozen.
    ///
    /// - Parameters:
    ///   - images: A slice, so that a shard of a batch is passed on without a copy.
    ///   - shard: The shard of the batch that the images are, between ``beginShards(_:)`` and
    ///     ``finishShards(weight:images:)``; nil for a whole batch.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch does not fit the network or the
    ///   plan; then nothing has changed.
    func computeGradients(
        images: ArraySlice<Float>, labels: [Int], stepIndex: Int, shard: StepShard?
    ) throws(PlanError) -> StepResult

    /// The same with a probability for each class of each image: count x classes values, those of
    /// an image adding up to 1.
    ///
    ///     loss = mean over images of factor · sum over c of -t[c] log softmax(logits)[c]
    ///
    /// - Parameter weights: The factors, and the classes that are hits; nil for factors of 1 and
    ///   hits where the largest logit is that of the largest target.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch does not fit the network or the
    ///   plan, or the targets are no probabilities, or the factors no finite numbers of 0 or more,
    ///   or the labels no classes; then nothing has changed.
    func computeGradients(
        images: ArraySlice<Float>, targets: [Float], weights: ImageWeights?, stepIndex: Int,
        shard: StepShard?
    ) throws(PlanError) -> StepResult

    /// Begins a step of which this process computes so many shards, a power of two: by
    /// ``computeGradients(images:labels:stepIndex:shard:)`` or ``addEmptyShard()``, one call for
    /// each of them in their order.
    ///
    /// Each shard moves the running statistics from where they are now.
    ///
    /// - Parameter group: The workers that compute all shards of the step, as many each, in the
    ///   order of their numbers. While the last shard is computed, sums over them begin.
    func beginShards(_ count: Int, in group: any WorkerGroup)

    /// Adds a shard that has no images.
    func addEmptyShard()

    /// Ends the step's shards: gradients and running statistics become those of the whole batch, as
    /// ``StepShard`` defines them, on all workers.
    ///
    /// - Parameters:
    ///   - weight: The weights of all shards together.
    ///   - images: The images of all shards together; at 0 the statistics become those before the
    ///     step, and there are no gradients to update by.
    /// - Throws: A `WorkerError` when the group has failed.
    func finishShards(weight: Double, images: Int) throws(WorkerError)

    /// Updates every trained parameter by its gradient.
    ///
    /// - Parameters:
    ///   - factors: The factors of the optimizer's constants, by the parameter's name; 1 for those
    ///     not named.
    ///   - maximumNorm: The largest norm of all gradients together, to which larger ones are scaled
    ///     down; nil for none.
    /// - Returns: The norm of the gradients before they were scaled down; nil without a maximum.
    @discardableResult
    func update(
        _ optimizer: Optimizer, factors: [String: UpdateFactors], maximumNorm: Double?
    ) -> Double?

    /// Updates the moving averages of the weights and running statistics:
    ///
    ///     average = average + (1 - decay) · (value - average)
    ///
    /// The first average is the value itself.
    func average(decay: Double)

    /// Sets weights and running statistics to their moving averages; nothing where there are none.
    func returnToAverages()

    /// The moving averages of weights and running statistics; nil before the first
    /// ``average(decay:)``.
    func averages() -> [String: Tensor]?

    /// The weights and running statistics by name.
    func tensors() -> [String: Tensor]

    /// The gradients of the last batch by the names of the parameters that are trained.
    func gradients() -> [String: Tensor]

    /// All that the next step follows from.
    func state() -> TrainingState

    /// Restores a state.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape; then nothing has
    ///   changed.
    func restore(_ state: TrainingState) throws(PlanError)

    /// Clears all velocities and moments, as before the first step.
    func resetOptimizer()
}

extension TrainingExecutor {
    /// Forward and backward on a whole batch without an update.
    ///
    /// - Throws: As ``computeGradients(images:labels:stepIndex:shard:)``.
    package func computeGradients(
        images: ArraySlice<Float>, labels: [Int], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        try computeGradients(images: images, labels: labels, stepIndex: stepIndex, shard: nil)
    }

    /// The same with a probability for each class of each image.
    ///
    /// - Throws: As ``computeGradients(images:targets:weights:stepIndex:shard:)``.
    package func computeGradients(
        images: ArraySlice<Float>, targets: [Float], weights: ImageWeights?, stepIndex: Int
    ) throws(PlanError) -> StepResult {
        try computeGradients(
            images: images, targets: targets, weights: weights, stepIndex: stepIndex, shard: nil)
    }
}

// MARK: Requests

/// The sizes that a batch can have.
package enum BatchSize {
    /// From one image to as many as memory is ever planned for.
    package static let range = 1...65_536
}

/// Refuses a batch size that no plan is made for.
package func checkBatch(_ batch: Int) throws(PlanError) {
    guard BatchSize.range.contains(batch) else {
        throw .invalidRequest(
            "the batch must be in \(BatchSize.range.lowerBound)...\(BatchSize.range.upperBound), "
                + "not \(batch)")
    }
}

/// Refuses images, by the number of their values, that do not fit a network or its batch.
package func checkImages(
    valueCount: Int, count: Int, batch: Int, shape: FeatureShape
) throws(PlanError) {
    guard (0...batch).contains(count) else {
        throw .invalidRequest("the network was planned for at most \(batch) images, not \(count)")
    }
    guard valueCount == count * shape.elementCount else {
        throw .invalidRequest(
            "\(count) images of \(shape) are \(count * shape.elementCount) values, not "
                + "\(valueCount)"
        )
    }
}

/// Refuses a network that has no row of logits to compare with labels.
package func checkTrainable(_ graph: Graph) throws(PlanError) {
    guard graph.outputShape.pixelCount == 1 else {
        throw .invalidRequest(
            "a network to train ends in logits of Cx1x1, not \(graph.outputShape)")
    }
}

/// The number of images that rows of probabilities are for.
///
/// - Throws: ``PlanError/invalidRequest(_:)`` when they fill no rows, or a row is not made of
///   probabilities that add up to 1.
package func checkTargets(_ targets: [Float], classes: Int) throws(PlanError) -> Int {
    guard targets.count.isMultiple(of: classes) else {
        throw .invalidRequest(
            "targets are \(classes) probabilities for each image, and \(targets.count) values are "
                + "none for a whole number of images")
    }
    let count = targets.count / classes
    for image in 0..<count {
        let row = targets[image * classes..<(image + 1) * classes]
        if let value = row.first(where: { !(0...1).contains($0) }) {
            throw .invalidRequest(
                "a target of image \(image) is \(value), and a probability is in 0...1")
        }
        let sum = row.reduce(0.0) { $0 + Double($1) }
        guard abs(sum - 1) <= 1e-4 else {
            throw .invalidRequest(
                "the targets of image \(image) add up to \(Float(sum)), and probabilities to 1")
        }
    }
    return count
}

/// Refuses labels that are no classes.
func checkLabels(_ labels: [Int], classes: Int) throws(PlanError) {
    if let label = labels.first(where: { !(0..<classes).contains($0) }) {
        throw .invalidRequest("label \(label) is none of the \(classes) classes 0...\(classes - 1)")
    }
}

extension TrainingExecutor {
    /// Refuses a batch that no step can be made of, whatever its targets.
    package func check(
        _ images: ArraySlice<Float>, count: Int, stepIndex: Int
    ) throws(PlanError) {
        try checkImages(
            valueCount: images.count, count: count, batch: batch, shape: graph.inputShape)
        guard count > 0 else { throw .invalidRequest("a training step needs an image") }
        guard (0...Int(UInt32.max)).contains(stepIndex) else {
            throw .invalidRequest("a step's number is in 0...\(UInt32.max), not \(stepIndex)")
        }
    }

    /// Refuses a batch that no step can be made of, or labels that are no classes.
    package func check(
        _ images: ArraySlice<Float>, labels: [Int], stepIndex: Int
    ) throws(PlanError) {
        try check(images, count: labels.count, stepIndex: stepIndex)
        try checkLabels(labels, classes: graph.outputShape.channels)
    }
}
