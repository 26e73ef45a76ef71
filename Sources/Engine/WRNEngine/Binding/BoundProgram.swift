// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNPlan

/// A program whose steps are bound to weights and to an arena: what the processor runs.
final class BoundProgram {
    /// The arguments of one run.
    struct Run {
        var images: Int
        /// The place of the first image in the step's batch.
        var firstImage = 0
        var stepIndex = 0
        var seed: UInt64 = 0
        var targets = SoftmaxCrossEntropy.Targets.labels([])
    }

    /// A run under way, which each step takes in turn.
    struct Pass {
        let run: Run
        let workspace: Workspace
        /// The loss and the hits, once the step that computes them is done.
        var result = StepResult(loss: 0, correct: 0)

        var images: Int { run.images }
    }

    typealias Action = (_ pass: inout Pass) -> Void

    let memory: NetworkMemory
    let workspace: Workspace
    private let actions: [Action]

    init(_ plan: NetworkPlan, weights: NetworkWeights, kernels: Kernels, pool: ThreadPool) {
        let memory = NetworkMemory(plan, weights: weights)
        self.memory = memory
        var binder = StepBinder(memory: memory, kernels: kernels)
        actions = plan.program.steps.enumerated().map { binder.bind($1, number: $0) }
        workspace = Workspace(
            kernels: kernels, pool: pool, scratch: binder.scratch)
    }

    /// The bytes of all memory that the program uses, its weights included.
    var byteCount: Int {
        memory.weights.byteCount + memory.ownByteCount + workspace.byteCount
    }

    /// Runs all steps.
    ///
    /// - Parameter observe: Called after each step with its number.
    /// - Returns: The loss and the hits of a program for training; zeros of another.
    @discardableResult
    func run(_ run: Run, observe: ((_ step: Int) -> Void)? = nil) -> StepResult {
        var pass = Pass(run: run, workspace: workspace)
        for (step, action) in actions.enumerated() {
            action(&pass)
            observe?(step)
        }
        return pass.result
    }

    /// Runs all steps and appends the seconds of each to `seconds`.
    func run(_ run: Run, recording seconds: inout [Double]) {
        var pass = Pass(run: run, workspace: workspace)
        for action in actions { seconds.append(secondsTaken { action(&pass) }) }
    }

    /// Copies images in NHWC order without padding to where the program reads them, rounded to
    /// its precision.
    func loadInput(_ images: ArraySlice<Float>, count: Int) {
        memory.map(memory.program.input).fill(images, images: count, in: workspace)
    }

    /// The result of the last run, `count` rows without padding.
    func output(count: Int) -> [Float] { values(of: memory.program.output, count: count) }

    /// The contents of a buffer of features after the last run, `count` images without padding.
    func values(of buffer: BufferID, count: Int) -> [Float] {
        memory.map(buffer).values(images: count)
    }
}
