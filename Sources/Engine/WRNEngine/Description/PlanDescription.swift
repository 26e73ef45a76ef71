// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNKernels
package import WRNPlan
import WRNTensor

/// A description of the steps and the memory of a session: known before a byte of it is taken.
///
///     let plan = try PlanDescription(graph: graph, batch: 16, mode: .inference)
///     plan.steps.map(\.algorithm)
///     plan.memory.totalByteCount      // what InferenceSession.plannedByteCount will be
///
/// The steps are all the work of one call of ``InferenceSession/logits(for:count:)`` or
/// ``TrainingSession/step(images:labels:stepIndex:optimizer:)`` on a full batch, beside checks and
/// the copy of the logits.
package struct PlanDescription: Codable, Hashable, Sendable {
    /// The purpose that the network is planned for.
    package let mode: PlanMode
    /// The images of a full batch.
    package let batch: Int
    /// The shape of an image, `CxHxW`.
    package let input: String
    /// The number of threads.
    package let threads: Int
    /// The instructions that the kernels use, for example `avx512`.
    package let instructionSet: String
    /// The type of activations and their gradients in memory: `float32` or `bfloat16`.
    package let precision: String
    /// The multiply-adds of bfloat16 that vector instructions do in the time of one in float32, as
    /// the rule counts them; 0 where there are no such instructions.
    package let bfloat16PairRate: Double
    /// Whether the kernels use a tile unit for bfloat16, and why not.
    package let tiles: TileAccess
    /// The work in its order.
    package internal(set) var steps: [Step]
    /// The pieces of the arena.
    package let buffers: [Buffer]
    /// The bytes of all memory.
    package let memory: Memory
    /// The assumptions of the predicted times.
    package let costModel: CostModel
    /// The number of measured runs of which ``Step/measuredSeconds`` are the medians; nil when
    /// nothing was measured.
    package internal(set) var measuredRuns: Int?

    /// Lowers `graph` for a full batch of `batch` images.
    ///
    /// - Throws: A ``PlanError`` when the batch, the options or the network are out of range, or
    ///   the output is no row of logits to train.
    /// - Complexity: As that of ``MemoryEstimate``.
    package init(
        graph: Graph, batch: Int, mode: PlanMode, options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        try checkBatch(batch)
        try MemoryEstimate.checkCountable(graph, batch: batch)
        if mode == .training { try checkTrainable(graph) }
        _ = try options.kernels()
        try self.init(
            NetworkPlan(graph, batch: batch, for: mode, options: options), options: options)
    }

    /// Describes what was planned.
    ///
    /// - Throws: A ``PlanError`` when the options cannot be met.
    init(_ plan: NetworkPlan, options: ExecutionOptions) throws(PlanError) {
        try Self.checkCountable(plan.graph, batch: plan.batch)
        let kernels = try options.kernels()
        let costModel = CostModel(for: kernels.instructionSet)
        let describer = StepDescriber(
            plan: plan, layout: ParameterLayout(plan.graph),
            memory: plan.memory(kernels: kernels, threads: options.threads),
            predict: { costModel.seconds($0, threads: options.threads) })
        mode = plan.mode
        batch = plan.batch
        input = plan.graph.inputShape.description
        threads = options.threads
        instructionSet = kernels.instructionSet.rawValue
        precision = options.precision.rawValue
        bfloat16PairRate = kernels.bfloat16Rates.pairs
        tiles = kernels.tileAccess
        steps = describer.steps
        buffers = describer.buffers
        memory = describer.memory
        self.costModel = costModel
    }

    /// Refuses a request whose operations might overflow an integer on the way to their sum.
    private static func checkCountable(_ graph: Graph, batch: Int) throws(PlanError) {
        // Twice for a multiplication and an addition, thrice for the passes of training.
        guard 6 * Double(graph.multiplyAdds) * Double(batch) < Double(1 << 62) else {
            throw .invalidRequest(
                "a batch of \(batch) images of \(graph.inputShape) takes more operations than can "
                    + "be counted; choose a smaller batch or a smaller network")
        }
    }

    /// The multiply-adds of all steps on a full batch.
    ///
    /// For inference the graph's times the batch. For training three times that (forward, the
    /// gradients of the inputs and those of the weights), less the gradients of the images, which
    /// nothing needs: exactly what is computed, were every convolution a direct one.
    package var multiplyAdds: Int { steps.lazy.map(\.multiplyAdds).reduce(0, +) }

    /// The predicted times of all steps together.
    package var predictedSeconds: Double { steps.lazy.map(\.predictedSeconds).reduce(0, +) }

    /// The measured times of all steps together; nil when nothing was measured.
    package var measuredSeconds: Double? {
        measuredRuns == nil ? nil : steps.lazy.compactMap(\.measuredSeconds).reduce(0, +)
    }

    /// 2 x multiply-adds / seconds / 10⁹ of a run of all steps: what a direct engine would need to
    /// be as fast.
    package func effectiveGigaflops(seconds: Double) -> Double {
        2e-9 * Double(multiplyAdds) / seconds
    }
}

extension PlanDescription {
    /// A piece of the arena: pieces that are in use at different times may share their place.
    package struct Buffer: Codable, Hashable, Sendable {
        /// The name of the node whose result it holds, or that and what it is to it:
        /// `conv0.gradient`.
        package let name: String
        /// The type of its numbers.
        package let elementType: ElementType
        /// Its start in the arena.
        package let arenaOffset: Int
        /// Its length.
        package let byteCount: Int
        /// The number of the first step that uses it.
        package let firstStep: Int
        /// The number of the last step that uses it; for what is read after the run, one more than
        /// the last step's of the program.
        package let lastStep: Int
    }

    /// The type of the numbers in a piece of the arena.
    package enum ElementType: String, Codable, Hashable, Sendable, CaseIterable {
        /// 32 bits each.
        case float32
        /// 16 bits each.
        case bfloat16
        /// One bit each, in words of 16: which values dropout keeps.
        case bit
    }

    /// The bytes of all memory of a session.
    package struct Memory: Codable, Hashable, Sendable {
        /// The arena of activations and their gradients.
        package let arenaByteCount: Int
        /// The parameters.
        package let weightByteCount: Int
        /// Their gradients.
        package let gradientByteCount: Int
        /// Their velocities.
        package let velocityByteCount: Int
        /// The running statistics.
        package let statisticsByteCount: Int
        /// The weights in the order of their kernels, as far as they are kept; in training they are
        /// packed in the arena, step by step.
        package let packedWeightByteCount: Int
        /// The coefficients of normalisations.
        package let coefficientByteCount: Int
        /// The scratch memory of all threads, their own and what they share.
        package let workspaceByteCount: Int
        /// All of it.
        package let totalByteCount: Int

        init(
            arenaByteCount: Int, weightByteCount: Int, gradientByteCount: Int,
            velocityByteCount: Int, statisticsByteCount: Int, packedWeightByteCount: Int,
            coefficientByteCount: Int, workspaceByteCount: Int
        ) {
            self.arenaByteCount = arenaByteCount
            self.weightByteCount = weightByteCount
            self.gradientByteCount = gradientByteCount
            self.velocityByteCount = velocityByteCount
            self.statisticsByteCount = statisticsByteCount
            self.packedWeightByteCount = packedWeightByteCount
            self.coefficientByteCount = coefficientByteCount
            self.workspaceByteCount = workspaceByteCount
            totalByteCount = [
                arenaByteCount, weightByteCount, gradientByteCount, velocityByteCount,
                statisticsByteCount, packedWeightByteCount, coefficientByteCount,
                workspaceByteCount,
            ].reduce(0, +)
        }

        /// The same with other scratch memory.
        func with(workspaceByteCount: Int) -> Memory {
            Memory(
                arenaByteCount: arenaByteCount, weightByteCount: weightByteCount,
                gradientByteCount: gradientByteCount, velocityByteCount: velocityByteCount,
                statisticsByteCount: statisticsByteCount,
                packedWeightByteCount: packedWeightByteCount,
                coefficientByteCount: coefficientByteCount, workspaceByteCount: workspaceByteCount)
        }
    }
}

/// The assumptions of predicted times: the same on all machines, for comparison with what is
/// measured.
///
///     seconds = max(
///         2 · cost / (gigaflopsPerThread · 10⁹ · threads),
///         touched bytes / (gigabytesPerSecond · 10⁹))
///
/// The cost of a convolution or of one of its gradients is what the rule that chose its algorithm
/// counts, in multiply-adds: products, transforms, and the reading of weights. All else costs only
/// its traffic. The prediction assumes that each thread has a core of its own and shares the work
/// evenly, that a kernel is equally fast whatever the shape, and that nothing stays in a cache
/// between steps. So a step that takes less than predicted finds its data in the cache, and one
/// that takes much longer may be slow for another reason.
package struct CostModel: Codable, Hashable, Sendable {
    /// The arithmetic of a thread, in 10⁹ floating-point operations a second.
    package let gigaflopsPerThread: Double
    /// The bandwidth between the memory and the processor for all threads together, in 10⁹ bytes
    /// per second.
    package let gigabytesPerSecond: Double

    /// The constants for a set of instructions: about what a server's core of the early 2020s
    /// reaches in a good kernel.
    package init(for instructionSet: InstructionSet) {
        gigaflopsPerThread =
            switch instructionSet {
            case .avx512: 100
            case .avx2: 50
            case .neon: 25
            case .scalar: 3
            }
        gigabytesPerSecond = 10
    }

    func seconds(_ work: Work, threads: Int) -> Double {
        let arithmetic = 2 * work.cost / (gigaflopsPerThread * Double(threads))
        let traffic = Double(work.touchedByteCount) / gigabytesPerSecond
        return 1e-9 * max(arithmetic, traffic)
    }

    /// The fixed cost of a step.
    struct Work {
        /// In multiply-adds.
        let cost: Double
        let touchedByteCount: Int
    }
}
