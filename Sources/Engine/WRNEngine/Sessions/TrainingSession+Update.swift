// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
package import WRNPlan
import WRNTensor

// The update of the weights by a step's gradients.

extension TrainingSession {
    /// Updates every trained parameter by its gradient.
    ///
    /// - Parameters:
    ///   - factors: The factors of the optimizer's constants, by the parameter's name; 1 for those
    ///     not named.
    ///   - maximumNorm: The largest norm of all gradients together, to which larger ones are scaled
    ///     down as by PyTorch's `clip_grad_norm_`:
    ///
    ///         g = g · min(1, maximumNorm / (|g| + 1e-6)),  |g| = √(sum of the squares of all g)
    ///
    ///     nil for none.
    /// - Returns: `|g|` before it was scaled down; nil without a maximum.
    @discardableResult
    package func update(
        _ optimizer: Optimizer, factors: [String: UpdateFactors] = [:],
        maximumNorm: Double? = nil
    ) -> Double? {
        let memory = program.memory
        let gradients = memory.gradients
        let updates = ParameterUpdate.all(
            memory.layout, scope, factors, moved: moved, stepCounts: stepCounts,
            separating: optimizer.name == .muon ? Muon.orthogonalizes : { _ in false })
        let norm = maximumNorm.map { clip(gradients.floats, to: $0, updates) }
        for update in updates {
            switch optimizer {
            case .sgd(let rule): apply(rule, update, gradients.floats)
            case .adamW(let rule): apply(rule, update, gradients.floats)
            case .muon(let rule): apply(rule, update, gradients.floats)
            }
            moved.formUnion(update.slots)
        }
        return norm
    }

    private func apply(
        _ rule: SGD, _ update: ParameterUpdate, _ gradients: UnsafeMutablePointer<Float>
    ) {
        let memory = program.memory
        let first = update.floats.lowerBound
        SGDOperator(
            parameters: memory.parameters.floats + first,
            velocities: memory.velocities.floats + first,
            gradients: gradients + first, count: update.floats.count
        ).run(
            learningRate: Float(rule.learningRate * update.factors.learningRate),
            momentum: Float(rule.momentum), dampening: Float(rule.dampening),
            weightDecay: Float(rule.weightDecay * update.factors.weightDecay),
            nesterov: rule.nesterov, isFirst: update.isFirst, in: program.workspace)
    }

    private func apply(
        _ rule: AdamW, _ update: ParameterUpdate, _ gradients: UnsafeMutablePointer<Float>
    ) {
        let memory = program.memory
        let first = update.floats.lowerBound
        let number = update.stepCount + 1
        AdamWOperator(
            parameters: memory.parameters.floats + first,
            firstMoments: memory.velocities.floats + first,
            secondMoments: memory.beginSecondMoments().floats + first,
            gradients: gradients + first, count: update.floats.count
        ).run(
            AdamWOperator.Constants(
                learningRate: rule.learningRate * update.factors.learningRate, beta1: rule.beta1,
                beta2: rule.beta2, epsilon: rule.epsilon,
                weightDecay: rule.weightDecay * update.factors.weightDecay, number: number),
            isFirst: number == 1, in: program.workspace)
        for slot in update.slots { stepCounts[slot] = number }
    }

    private func apply(
        _ rule: Muon, _ update: ParameterUpdate, _ gradients: UnsafeMutablePointer<Float>
    ) {
        guard update.isSeparate else { return apply(rule.rest, update, gradients) }
        let operators = beginMuon()
        let index = update.slots.lowerBound
        let filters = program.memory.layout.trainable[index].parameter
        let rate = rule.learningRate * update.factors.learningRate
        let decay = rule.weightDecay * update.factors.weightDecay
        operators[index]?.run(
            MuonOperator.Step(
                learningRate: Float(rate * rule.rateFactor(filters)),
                momentum: Float(rule.momentum), nesterov: rule.nesterov,
                kept: rule.normalizesFilters ? nil : Float(1 - rate * decay),
                isFirst: update.isFirst),
            gradients: gradients + update.floats.lowerBound, in: operators.workspace)
    }

    /// Muon's operators, which are made at its first step.
    private func beginMuon() -> MuonOperators {
        if let muon { return muon }
        let operators = MuonOperators(program.memory, program.workspace)
        muon = operators
        return operators
    }

    /// Scales the gradients of the trained parameters down to the largest norm; returns the norm
    /// before.
    private func clip(
        _ gradients: UnsafeMutablePointer<Float>, to maximum: Double, _ updates: [ParameterUpdate]
    ) -> Double {
        let squares = updates.map { update in
            ElementOperator(count: update.floats.count).squares(
                gradients + update.floats.lowerBound, in: program.workspace)
        }
        let norm = squares.reduce(0, +).squareRoot()
        let factor = maximum / (norm + 1e-6)
        // A norm that is NaN must not pass as small.
        guard !(factor >= 1) else { return norm }
        for update in updates {
            ElementOperator(count: update.floats.count).scale(
                gradients + update.floats.lowerBound, by: Float(factor), in: program.workspace)
        }
        return norm
    }

    /// Updates the moving averages of the weights and running statistics.
    ///
    ///     average = average + (1 - decay) · (value - average)
    ///
    /// The first average is the value itself. PyTorch's `AveragedModel` with
    /// `get_ema_multi_avg_fn(decay)` and `use_buffers` computes the same.
    ///
    /// - Parameter decay: The share of an average that is kept, in `0 ... 1`.
    /// - Reference: Polyak & Juditsky 1992.
    package func average(decay: Double) {
        let memory = program.memory
        guard let averages = memory.averages else {
            memory.beginAverages()
            return
        }
        for (means, values, count) in [
            (averages.parameters, memory.parameters, memory.layout.trainableFloats),
            (averages.statistics, memory.statistics, memory.layout.statisticsFloats),
        ] {
            ElementOperator(count: count).average(
                means.floats, towards: values.floats, share: Float(1 - decay),
                in: program.workspace)
        }
    }
}

extension TrainingSession {
    /// Sets weights and running statistics to their moving averages; nothing where there are none.
    package func returnToAverages() {
        let memory = program.memory
        guard let averages = memory.averages else { return }
        memory.parameters.floats.update(
            from: averages.parameters.floats, count: memory.layout.trainableFloats)
        memory.statistics.floats.update(
            from: averages.statistics.floats, count: memory.layout.statisticsFloats)
    }
}

/// Neighbouring parameters that one call updates, because the same constants hold for all of them.
struct ParameterUpdate {
    /// Their slots, and their place in the engine's block.
    private(set) var slots: Range<Int>
    private(set) var floats: Range<Int>
    let factors: UpdateFactors
    /// Whether their velocities hold nothing yet.
    let isFirst: Bool
    /// The steps that they have taken by a rule that counts them.
    let stepCount: Int
    /// Whether it is one parameter that is updated by itself.
    let isSeparate: Bool

    /// The updates of a step; what is frozen or has the learning rate 0 is in none.
    ///
    /// - Parameter isSeparate: Whether a parameter is updated by itself.
    static func all(
        _ layout: ParameterLayout, _ scope: TrainingScope, _ factors: [String: UpdateFactors],
        moved: Set<Int>, stepCounts: [Int], separating isSeparate: (Parameter) -> Bool
    ) -> [ParameterUpdate] {
        var updates: [ParameterUpdate] = []
        for (index, slot) in layout.trainable.enumerated() where scope.trains(slot.parameter) {
            let factors = factors[slot.parameter.name] ?? UpdateFactors()
            guard factors.learningRate != 0 else { continue }
            let update = ParameterUpdate(
                slots: index..<index + 1, floats: slot.offset..<slot.offset + slot.floatCount,
                factors: factors, isFirst: !moved.contains(index), stepCount: stepCounts[index],
                isSeparate: isSeparate(slot.parameter))
            guard let last = updates.last, last.isFollowed(by: update) else {
                updates.append(update)
                continue
            }
            updates[updates.count - 1].slots = last.slots.lowerBound..<index + 1
            updates[updates.count - 1].floats =
                last.floats.lowerBound..<update.floats.upperBound
        }
        return updates
    }

    private func isFollowed(by next: ParameterUpdate) -> Bool {
        slots.upperBound == next.slots.lowerBound && factors == next.factors
            && isFirst == next.isFirst && stepCount == next.stepCount
            && !isSeparate && !next.isSeparate
    }
}

/// Muon's operators of all filters of a network, which share their memory.
final class MuonOperators {
    /// The network's threads, with the scratch memory of the operators.
    let workspace: Workspace
    private let memory: AlignedMemory
    private let operators: [Int: MuonOperator]

    init(_ network: NetworkMemory, _ workspace: Workspace) {
        var shapes: [Int: ConvolutionShape] = [:]
        for (index, slot) in network.layout.trainable.enumerated()
        where Muon.orthogonalizes(slot.parameter) {
            shapes[index] = slot.convolution
        }
        let memory = AlignedMemory(
            floatCount: shapes.values.map(Orthogonalization.floatCount).max() ?? 0)
        var scratch = Workspace.Scratch()
        var operators: [Int: MuonOperator] = [:]
        for (index, shape) in shapes {
            let first = network.layout.trainable[index].offset
            let one = MuonOperator(
                shape, parameters: network.parameters.floats + first,
                velocities: network.velocities.floats + first, memory: memory.floats,
                kernels: workspace.kernels)
            scratch.include(one.scratch)
            operators[index] = one
        }
        self.memory = memory
        self.operators = operators
        self.workspace = Workspace(
            kernels: workspace.kernels, pool: workspace.pool, scratch: scratch)
    }

    /// The operator of the filters in a slot.
    subscript(_ slot: Int) -> MuonOperator? { operators[slot] }

    /// The bytes of their memory.
    var byteCount: Int { memory.byteCount + workspace.byteCount }
}
