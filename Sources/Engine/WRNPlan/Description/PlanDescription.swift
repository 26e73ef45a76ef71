// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
import WRNKernels

/// What a session would do with a network, step by step, and where in memory: known before a byte of it is taken.
///
///     let plan = try PlanDescription(graph: graph, batch: 16, mode: .inference)
///     plan.steps.map(\.algorithm)
///     plan.memory.totalByteCount      // what InferenceSession.plannedByteCount will be
///
/// The steps are all the work of one call of ``InferenceSession/logits(for:count:)`` or
/// ``TrainingSession/step(images:labels:stepIndex:optimizer:)`` on a full batch, beside checks and the copy of the logits.
public struct PlanDescription: Codable, Hashable, Sendable {
    /// What the network is planned for.
    public let mode: PlanMode
    /// The images of a full batch.
    public let batch: Int
    /// The shape of an image, `CxHxW`.
    public let input: String
    /// The number of threads.
    public let threads: Int
    /// The instructions that the kernels use, for example `avx512`.
    public let instructionSet: String
    /// How direct convolutions round what they multiply: `float32` or `bfloat16`.
    public let precision: String
    /// The work in its order.
    public internal(set) var steps: [Step]
    /// The pieces of the arena.
    public let buffers: [Buffer]
    /// The bytes of all memory.
    public let memory: Memory
    /// What the predicted times assume.
    public let costModel: CostModel
    /// How many measured runs ``Step/measuredSeconds`` are the medians of; nil when nothing was measured.
    public internal(set) var measuredRuns: Int?

    /// Lowers `graph` for a full batch of `batch` images.
    ///
    /// - Throws: A ``PlanError`` when the batch, the options or the network are out of range, or the output is no row of logits to train.
    /// - Complexity: As that of ``MemoryEstimate``.
    public init(
        graph: Graph, batch: Int, mode: PlanMode, options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        try checkBatch(batch)
        try MemoryEstimate.checkCountable(graph, batch: batch)
        if mode == .training {
            try checkTrainable(graph)
            try options.checkTrains()
        }
        _ = try options.kernels()
        try self.init(
            NetworkPlan(graph, batch: batch, for: mode, precision: options.precision),
            options: options)
    }

    /// Describes what was planned.
    ///
    /// - Throws: A ``PlanError`` when the options cannot be met.
    init(_ plan: NetworkPlan, options: ExecutionOptions) throws(PlanError) {
        let kernels = try options.kernels()
        let costModel = CostModel(for: kernels.instructionSet)
        let describer = StepDescriber(
            plan,
            memory: plan.memory.with(
                workspaceByteCount: plan.program.scratch(kernels: kernels)
                    .byteCount(threads: options.threads)),
            predict: { costModel.seconds($0, threads: options.threads) })
        mode = plan.mode
        batch = plan.batch
        input = plan.graph.inputShape.description
        threads = options.threads
        instructionSet = kernels.instructionSet.rawValue
        precision = options.precision.rawValue
        steps = describer.steps
        buffers = describer.buffers
        memory = describer.memory
        self.costModel = costModel
    }

    /// The multiply-adds of all steps on a full batch.
    ///
    /// For inference the graph's times the batch. For training three times that (forward, the gradients of the inputs and those of the
    /// weights), less the gradients of the images, which nobody needs: exactly what is computed, were every convolution a direct one.
    public var multiplyAdds: Int { steps.lazy.map(\.multiplyAdds).reduce(0, +) }

    /// The predicted times of all steps together.
    public var predictedSeconds: Double { steps.lazy.map(\.predictedSeconds).reduce(0, +) }

    /// The measured times of all steps together; nil when nothing was measured.
    public var measuredSeconds: Double? {
        measuredRuns == nil ? nil : steps.lazy.compactMap(\.measuredSeconds).reduce(0, +)
    }

    /// 2 x multiply-adds / seconds / 10⁹ of a run of all steps: what a direct engine would need to be as fast.
    public func effectiveGigaflops(seconds: Double) -> Double {
        2e-9 * Double(multiplyAdds) / seconds
    }
}

extension PlanDescription {
    /// A piece of the arena: pieces that live at different times may share their place.
    public struct Buffer: Codable, Hashable, Sendable {
        /// The name of the node whose result it holds, or that and what it is to it: `conv0.gradient`.
        public let name: String
        /// Where it begins in the arena.
        public let arenaOffset: Int
        /// How long it is.
        public let byteCount: Int
        /// The number of the first step that uses it.
        public let firstStep: Int
        /// The number of the last step that uses it; for what is read after the run, one more than the last step's of the program.
        public let lastStep: Int
    }
}

extension Program {
    /// All steps of a session on full batches of `images` images.
    static func lowered(
        _ graph: Graph, for mode: PlanMode, images: Int, precision: Precision = .float32,
        keeping kept: [NodeID] = [], scope: TrainingScope = TrainingScope()
    ) -> Program {
        let forward = ForwardLowering.lower(
            graph, for: mode, images: images, precision: precision, keeping: kept,
            hasFrozenStatistics: scope.frozenStatistics)
        return mode == .training ? BackwardLowering.lower(forward, graph, scope) : forward
    }
}
