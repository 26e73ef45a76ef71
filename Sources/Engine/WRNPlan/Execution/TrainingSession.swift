// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
import WRNKernels
public import WRNTensor

/// A network in training: forward, backward and update in one planned program.
///
///     let session = try TrainingSession(graph: graph, tensors: tensors, batch: 128, seed: 1)
///     let result = try session.step(images: images, labels: labels, stepIndex: 0, optimizer: .sgd(SGD()))
///
/// The same seed, batches and step numbers give the same bits on any number of threads. A session is used by one thread at a time.
public final class TrainingSession {
    /// The network.
    public let graph: Graph
    /// The most images of one step.
    public let batch: Int
    /// What dropout's random numbers follow from, together with the step's number.
    public let seed: UInt64
    /// Which part of the network is trained.
    public let scope: TrainingScope

    let program: BoundProgram
    /// The parameters that have moved, by the numbers of their slots.
    var moved: Set<Int> = []
    /// The steps that each parameter has taken by a rule that counts them, by the number of its slot.
    var stepCounts: [Int]
    /// Whether gradients of this step's earlier parts are waiting to be used.
    var hasGradientSums = false

    /// Plans `graph` for steps of at most `batch` images and loads its weights.
    ///
    /// - Parameter scope: Which part of it is trained.
    /// - Throws: A ``PlanError`` when the batch or the options are out of range, the output is no row of logits, nothing is left to train, or
    ///   a tensor is missing or has another shape.
    public convenience init(
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
        try plan.checkFits()
        let (kernels, pool) = try options.workspaceParts()
        graph = plan.graph
        batch = plan.batch
        self.seed = seed
        scope = plan.scope
        program = BoundProgram(
            plan, weights: NetworkWeights(plan.program, graph: plan.graph), kernels: kernels,
            pool: pool)
        stepCounts = program.memory.layout.trainable.map { _ in 0 }
        try program.memory.weights.load(tensors)
    }

    /// One step on a batch: forward in training mode, backward, and an update of every parameter that is trained.
    ///
    /// - Parameters:
    ///   - images: `labels.count` x H x W x C values (NHWC).
    ///   - labels: One class for each image.
    ///   - stepIndex: The number of the step in the run, from 0; dropout draws by it.
    ///   - factors: What multiplies the optimizer's constants, by the parameter's name; 1 for those not named.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is empty or too large, the images have another length, or a label is no class;
    ///   then nothing has changed.
    @discardableResult
    public func step(
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
    public func computeGradients(
        images: [Float], labels: [Int], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        let run = try checkedRun(images: images, labels: labels, stepIndex: stepIndex)
        program.loadInput(images, count: labels.count)
        program.run(run)
        return program.result
    }

    /// What a step on a batch is for the program, or why there is none.
    func checkedRun(
        images: [Float], labels: [Int], stepIndex: Int
    ) throws(PlanError) -> BoundProgram.Run {
        try check(images, labels: labels, stepIndex: stepIndex)
        return BoundProgram.Run(
            images: labels.count, stepIndex: stepIndex, seed: seed,
            targets: .labels(labels.map(Int32.init)))
    }

    /// The logits of the last step's images, `count` x classes values, as the loss saw them.
    package func lastLogits(count: Int) -> [Float] { program.output(count: count) }

    /// The bytes of all memory that the session holds.
    public var plannedByteCount: Int { program.byteCount }
}
