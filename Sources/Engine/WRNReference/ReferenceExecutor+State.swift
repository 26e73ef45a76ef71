// SPDX-License-Identifier: Apache-2.0

import WRNGraph
package import WRNPlan
package import WRNTensor

// The state that the reference carries from step to step, read and restored.

extension ReferenceExecutor {
    /// The weights and running statistics by name.
    package func tensors() -> [String: Tensor] { tensors(of: values) }

    /// The gradients of the last batch by the names of the parameters that are trained.
    package func gradients() -> [String: Tensor] {
        tensors(of: preciseGradients) { scope.trains($0) }
    }

    /// The moving averages of weights and running statistics; nil before the first
    /// ``average(decay:)``.
    package func averages() -> [String: Tensor]? { averageValues.map { tensors(of: $0) } }

    /// All that the next step follows from.
    package func state() -> TrainingState {
        TrainingState(
            tensors: tensors(), velocities: tensors(of: velocities),
            secondMoments: tensors(of: secondMoments) { stepCounts[$0.name] != nil },
            stepCounts: stepCounts, averages: averages() ?? [:])
    }

    /// Restores a state.
    ///
    /// A parameter without a velocity is one that has not moved.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape; then nothing has
    ///   changed.
    package func restore(_ state: TrainingState) throws(PlanError) {
        let trainable = graph.parameters.filter(\.isTrainable)
        let velocities = try checked(
            state.velocities, for: trainable.filter { state.velocities[$0.name] != nil })
        let secondMoments = try checked(
            state.secondMoments, for: trainable.filter { state.stepCounts[$0.name] != nil })
        let averages =
            state.averages.isEmpty
            ? averageValues : try checked(state.averages, for: graph.parameters)
        try load(state.tensors)
        self.velocities = velocities
        self.secondMoments = secondMoments
        stepCounts = state.stepCounts.filter { secondMoments[$0.key] != nil }
        averageValues = averages
    }

    /// The values of some parameters.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape.
    func checked(
        _ tensors: [String: Tensor], for parameters: [Parameter]
    ) throws(PlanError) -> [String: [Double]] {
        var values: [String: [Double]] = [:]
        for parameter in parameters {
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
        return values
    }

    private func tensors(
        of values: [String: [Double]], where isWanted: (Parameter) -> Bool = { _ in true }
    ) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for parameter in graph.parameters where isWanted(parameter) {
            guard let elements = values[parameter.name] else { continue }
            tensors[parameter.name] = Tensor(
                shape: parameter.shape, elements: elements.map { Float($0) })
        }
        return tensors
    }
}
