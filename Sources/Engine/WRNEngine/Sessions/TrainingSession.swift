// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNKernels
package import WRNPlan
package import WRNTensor

/// A network in training: forward, backward and update in one planned program.
///
///     let session = try TrainingSession(graph: graph, tensors: tensors, batch: 128, seed: 1)
///     let result = try session.step(
///         images: images, labels: labels, stepIndex: 0, optimizer: .sgd(SGD()))
///
/// The same seed, batches and step numbers give the same bits on any number of threads. A session
/// is used by one thread at a time.
package final class TrainingSession {
    /// The network.
    package let graph: Graph
    /// The most images of one step.
    package let batch: Int
    /// The seed of dropout's random numbers, together with the step's number.
    package let seed: UInt64
    /// The part of the network that is trained.
    package let scope: TrainingScope

    let program: BoundProgram
    /// The parameters that have moved, by the numbers of their slots.
    var moved: Set<Int> = []
    /// The steps that each parameter has taken by a rule that counts them, by the number of its
    /// slot.
    var stepCounts: [Int]
    /// The step under way whose batch is computed in shards; nil for any other.
    var shards: ShardedStep?
    /// The order in which the gradients of a backward pass are complete.
    let gradientPieces: GradientPieces
    /// Muon's operators; nil before its first step.
    var muon: MuonOperators?

    /// Plans `graph` for steps of at most `batch` images and loads its weights.
    ///
    /// - Parameter scope: Which part of it is trained.
    /// - Throws: A ``PlanError`` when the batch or the options are out of range, the output is no
    ///   row of logits, nothing is left to train, or a tensor is missing or has another shape.
    package convenience init(
        graph: Graph, tensors: [String: Tensor], batch: Int, seed: UInt64,
        scope: TrainingScope = TrainingScope(),
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        try self.init(
            NetworkPlan(training: graph, batch: batch, scope: scope, options: options),
            tensors: tensors, seed: seed, options: options)
    }

    /// Takes the memory of a plan for training and loads the weights.
    init(
        _ plan: NetworkPlan, tensors: [String: Tensor], seed: UInt64, options: ExecutionOptions
    ) throws(PlanError) {
        let (kernels, pool) = try options.workspaceParts()
        try plan.checkFits(kernels: kernels, threads: options.threads)
        graph = plan.graph
        batch = plan.batch
        self.seed = seed
        scope = plan.scope
        program = BoundProgram(
            plan, weights: NetworkWeights(plan.convolutions), kernels: kernels,
            pool: pool)
        gradientPieces = GradientPieces(plan.program, program.memory.layout)
        stepCounts = program.memory.layout.trainable.map { _ in 0 }
        try program.memory.weights.load(tensors)
    }

    /// One step on a batch: forward in training mode, backward, and an update of every parameter
    /// that is trained.
    ///
    /// - Parameters:
    ///   - images: `labels.count` x H x W x C values (NHWC).
    ///   - labels: One class for each image.
    ///   - stepIndex: The number of the step in the run, from 0; dropout draws by it.
    ///   - factors: The factors of the optimizer's constants, by the parameter's name; 1 for those
    ///     not named.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is empty or too large, the images
    ///   have another length, or a label is no class; then nothing has changed.
    @discardableResult
    package func step(
        images: [Float], labels: [Int], stepIndex: Int, optimizer: Optimizer,
        factors: [String: UpdateFactors] = [:]
    ) throws(PlanError) -> StepResult {
        let result = try computeGradients(images: images, labels: labels, stepIndex: stepIndex)
        update(optimizer, factors: factors)
        return result
    }

    /// Forward and backward without an update; running statistics move, unless they are frozen.
    ///
    /// - Throws: As ``step(images:labels:stepIndex:optimizer:)``.
    package func computeGradients(
        images: [Float], labels: [Int], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        try computeGradients(images: images[...], labels: labels, stepIndex: stepIndex)
    }

    /// The same with the images in a slice, which may be a shard of the batch.
    package func computeGradients(
        images: ArraySlice<Float>, labels: [Int], stepIndex: Int, shard: StepShard? = nil
    ) throws(PlanError) -> StepResult {
        let run = try checkedRun(images: images, labels: labels, stepIndex: stepIndex)
        program.loadInput(images, count: labels.count)
        return self.run(run, shard)
    }

    /// The input of a step on a batch; an error for a batch that does not fit.
    func checkedRun(
        images: ArraySlice<Float>, labels: [Int], stepIndex: Int
    ) throws(PlanError) -> BoundProgram.Run {
        try check(images, labels: labels, stepIndex: stepIndex)
        return BoundProgram.Run(
            images: labels.count, stepIndex: stepIndex, seed: seed,
            targets: .labels(labels.map(Int32.init)))
    }

    /// The logits of the last step's images, `count` x classes values, of which the loss was
    /// computed.
    package func lastLogits(count: Int) -> [Float] { program.output(count: count) }

    /// The bytes of all memory that the session holds.
    package var plannedByteCount: Int { program.byteCount + (muon?.byteCount ?? 0) }
}

// Images that belong to several classes in part, as mixed images and smoothed labels do.

extension TrainingSession {
    /// One step on a batch with a probability for each class of each image: forward in training
    /// mode, backward, and an update.
    ///
    ///     loss = mean over images of the sum over c of -t[c] log softmax(logits)[c]
    ///
    /// - Parameters:
    ///   - images: count x H x W x C values (NHWC).
    ///   - targets: count x classes probabilities, image after image, those of an image adding up
    ///     to 1. With one 1 and zeros for each image all results have the bits of
    ///     ``step(images:labels:stepIndex:optimizer:)``.
    ///   - stepIndex: The number of the step in the run, from 0; dropout draws by it.
    ///   - factors: The factors of the optimizer's constants, by the parameter's name; 1 for those
    ///     not named.
    /// - Returns: The loss, and how many images have their likeliest class as the largest logit.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is empty or too large, the images
    ///   have another length, or the targets of an image are no probabilities; then nothing has
    ///   changed.
    @discardableResult
    package func step(
        images: [Float], targets: [Float], stepIndex: Int, optimizer: Optimizer,
        factors: [String: UpdateFactors] = [:]
    ) throws(PlanError) -> StepResult {
        let result = try computeGradients(images: images, targets: targets, stepIndex: stepIndex)
        update(optimizer, factors: factors)
        return result
    }

    /// Forward and backward without an update; running statistics move.
    ///
    /// - Throws: As ``step(images:targets:stepIndex:optimizer:)``.
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
        program.loadInput(images, count: count)
        let compared: SoftmaxCrossEntropy.Targets =
            if let weights {
                .weighted(
                    targets, factors: weights.factors, labels: weights.labels.map { Int32($0) })
            } else {
                .probabilities(targets)
            }
        return run(
            BoundProgram.Run(
                images: count, stepIndex: stepIndex, seed: seed, targets: compared),
            shard)
    }
}
