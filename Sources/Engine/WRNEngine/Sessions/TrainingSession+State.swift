// SPDX-License-Identifier: Apache-2.0

import WRNGraph
package import WRNPlan
package import WRNTensor

// The state that a session carries from step to step, read and restored.

extension TrainingSession {
    /// The weights and running statistics by name.
    package func tensors() -> [String: Tensor] { program.memory.weights.tensors() }

    /// The velocities by name of the parameters that have moved; empty before the first step.
    package func velocities() -> [String: Tensor] {
        tensors(of: program.memory.velocities, where: isMoved)
    }

    /// The moving averages of weights and running statistics; nil before the first
    /// ``average(decay:)``.
    package func averages() -> [String: Tensor]? {
        guard let averages = program.memory.averages else { return nil }
        return program.memory.weights.tensors(parameters: averages.parameters, averages.statistics)
    }

    /// The gradients of the last step by the names of the parameters that are trained.
    package func gradients() -> [String: Tensor] {
        program.memory.weights.tensors(of: program.memory.gradients) { scope.trains($0) }
    }

    /// All that the next step follows from.
    package func state() -> TrainingState {
        let memory = program.memory
        let layout = memory.layout
        let counted = layout.trainable.indices.filter { stepCounts[$0] > 0 }
        let names = Set(counted.map { layout.trainable[$0].parameter.name })
        return TrainingState(
            tensors: tensors(), velocities: velocities(),
            secondMoments: memory.secondMoments.map { block in
                memory.weights.tensors(of: block) { names.contains($0.name) }
            } ?? [:],
            stepCounts: Dictionary(
                uniqueKeysWithValues: counted.map {
                    (layout.trainable[$0].parameter.name, stepCounts[$0])
                }),
            averages: averages() ?? [:])
    }

    /// Restores a state.
    ///
    /// A parameter without a velocity is one that has not moved.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape; then nothing has
    ///   changed.
    package func restore(_ state: TrainingState) throws(PlanError) {
        let memory = program.memory
        let slots = memory.layout.trainable
        let moving = slots.indices.filter { state.velocities[slots[$0].parameter.name] != nil }
        let counted = slots.indices.filter { state.stepCounts[slots[$0].parameter.name] != nil }
        try memory.weights.check(state.velocities, for: moving.map { slots[$0] })
        try memory.weights.check(state.secondMoments, for: counted.map { slots[$0] })
        if !state.averages.isEmpty {
            try memory.weights.check(state.averages, for: slots + memory.layout.statistics)
        }
        try memory.weights.load(state.tensors)
        memory.weights.load(state.velocities, for: moving, into: memory.velocities)
        if !counted.isEmpty {
            memory.weights.load(
                state.secondMoments, for: counted, into: memory.beginSecondMoments())
        }
        if !state.averages.isEmpty { memory.loadAverages(state.averages) }
        moved = Set(moving)
        stepCounts = slots.map { state.stepCounts[$0.parameter.name] ?? 0 }
    }

    /// Clears all velocities and moments, as before the first step.
    package func resetOptimizer() {
        moved = []
        stepCounts = stepCounts.map { _ in 0 }
    }

    private func isMoved(_ parameter: Parameter) -> Bool {
        movedNames.contains(parameter.name)
    }

    private var movedNames: Set<String> {
        let layout = program.memory.layout
        return Set(moved.map { layout.trainable[$0].parameter.name })
    }

    private func tensors(
        of block: AlignedMemory, where isWanted: (Parameter) -> Bool
    ) -> [String: Tensor] {
        program.memory.weights.tensors(of: block, where: isWanted)
    }
}
