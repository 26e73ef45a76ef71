// SPDX-License-Identifier: Apache-2.0

import WRNGraph
package import WRNPlan
import WRNTensor

// The update by a step's gradients, by the formulas of SGD, AdamW, Muon and the moving average.

extension ReferenceExecutor {
    /// Updates every trained parameter by its gradient.
    ///
    /// - Parameters:
    ///   - factors: The factors of the optimizer's constants, by the parameter's name; 1 for those
    ///     not named.
    ///   - maximumNorm: The largest norm of all gradients together, to which larger ones are scaled
    ///     down; nil for none.
    /// - Returns: Their norm before they were scaled down; nil without a maximum.
    @discardableResult
    package func update(
        _ optimizer: Optimizer, factors: [String: UpdateFactors] = [:],
        maximumNorm: Double? = nil
    ) -> Double? {
        let moving = graph.parameters.filter {
            scope.trains($0) && factors[$0.name]?.learningRate != 0
        }
        let gradients = preciseGradients
        let length = maximumNorm.map { _ in
            moving.flatMap { gradients[$0.name] ?? [] }.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        let scale = maximumNorm.map { min(1, $0 / ((length ?? 0) + 1e-6)) } ?? 1
        for parameter in moving {
            let name = parameter.name
            let gradient = (gradients[name] ?? []).map { $0 * scale }
            switch optimizer {
            case .sgd(let rule): apply(rule, factors[name] ?? UpdateFactors(), gradient, to: name)
            case .adamW(let rule):
                apply(rule, factors[name] ?? UpdateFactors(), gradient, to: name)
            case .muon(let rule):
                apply(rule, factors[name] ?? UpdateFactors(), gradient, to: parameter)
            }
        }
        return length
    }

    private func apply(
        _ rule: SGD, _ factors: UpdateFactors, _ gradient: [Double], to name: String
    ) {
        let rate = rule.learningRate * factors.learningRate
        let decay = rule.weightDecay * factors.weightDecay
        let weights = values[name] ?? []
        let directions = zip(gradient, weights).map { $0 + decay * $1 }
        let velocity =
            velocities[name].map { old in
                zip(old, directions).map { rule.momentum * $0 + (1 - rule.dampening) * $1 }
            } ?? directions
        values[name] =
            weights.indices.map { index in
                let step =
                    rule.nesterov
                    ? directions[index] + rule.momentum * velocity[index] : velocity[index]
                return weights[index] - rate * step
            }.roundedToSingle
        velocities[name] = velocity.roundedToSingle
    }

    private func apply(
        _ rule: AdamW, _ factors: UpdateFactors, _ gradient: [Double], to name: String
    ) {
        let rate = rule.learningRate * factors.learningRate
        let decay = rule.weightDecay * factors.weightDecay
        let number = (stepCounts[name] ?? 0) + 1
        let zeros = gradient.map { _ in 0.0 }
        let means = number == 1 ? zeros : velocities[name] ?? zeros
        let squares = number == 1 ? zeros : secondMoments[name] ?? zeros
        let mean = zip(means, gradient).map { $0 + (1 - rule.beta1) * ($1 - $0) }
        let square = zip(squares, gradient).map {
            rule.beta2 * $0 + (1 - rule.beta2) * $1 * $1
        }
        let (meanShare, squareShare) = (
            1 - Self.power(rule.beta1, number), 1 - Self.power(rule.beta2, number)
        )
        values[name] =
            (values[name] ?? []).enumerated().map { index, weight in
                let deviation = square[index].squareRoot() / squareShare.squareRoot()
                return weight * (1 - rate * decay)
                    - rate / meanShare * mean[index] / (deviation + rule.epsilon)
            }.roundedToSingle
        velocities[name] = mean.roundedToSingle
        secondMoments[name] = square.roundedToSingle
        stepCounts[name] = number
    }

    private func apply(
        _ rule: Muon, _ factors: UpdateFactors, _ gradient: [Double], to parameter: Parameter
    ) {
        let name = parameter.name
        guard Muon.orthogonalizes(parameter) else {
            return apply(rule.rest, factors, gradient, to: name)
        }
        let rate = rule.learningRate * factors.learningRate
        let velocity =
            velocities[name].map { zip($0, gradient).map { rule.momentum * $0 + $1 } } ?? gradient
        let direction =
            rule.nesterov ? zip(gradient, velocity).map { $0 + rule.momentum * $1 } : velocity
        let rows = parameter.shape.extents[0]
        let moves = Self.orthogonalized(direction, rows: rows)
        let weights = values[name] ?? []
        let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let kept =
            rule.normalizesFilters
            ? (norm == 0 ? 1 : Double(rows).squareRoot() / norm)
            : 1 - rate * rule.weightDecay * factors.weightDecay
        values[name] =
            zip(weights, moves).map {
                kept * $0 - rate * rule.rateFactor(parameter) * $1
            }.roundedToSingle
        velocities[name] = velocity.roundedToSingle
    }

    /// Muon's orthogonalisation of a matrix with so many rows, in row-major order.
    private static func orthogonalized(_ matrix: [Double], rows: Int) -> [Double] {
        let columns = matrix.count / rows
        let norm = matrix.reduce(0) { $0 + $1 * $1 }.squareRoot()
        var x = matrix.map { $0 / (norm + 1e-7) }
        for _ in 0..<5 {
            var gram = [Double](repeating: 0, count: rows * rows)
            for i in 0..<rows {
                for j in 0..<rows {
                    for k in 0..<columns {
                        gram[i * rows + j] += x[i * columns + k] * x[j * columns + k]
                    }
                }
            }
            let square = product(gram, gram, columns: rows)
            let polynomial = zip(gram, square).map { -4.7750 * $0 + 2.0315 * $1 }
            let rest = product(polynomial, x, columns: columns)
            x = zip(x, rest).map { 3.4445 * $0 + $1 }
        }
        return x
    }

    /// A square matrix times one with so many columns.
    private static func product(
        _ square: [Double], _ matrix: [Double], columns: Int
    ) -> [Double] {
        let rows = matrix.count / columns
        var result = [Double](repeating: 0, count: matrix.count)
        for i in 0..<rows {
            for j in 0..<rows {
                let factor = square[i * rows + j]
                for k in 0..<columns {
                    result[i * columns + k] += factor * matrix[j * columns + k]
                }
            }
        }
        return result
    }

    /// A number multiplied by itself so many times.
    private static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { power, _ in power * base }
    }

    /// Updates the moving averages of the weights and running statistics.
    ///
    ///     average = average + (1 - decay) · (value - average)
    ///
    /// The first average is the value itself.
    package func average(decay: Double) {
        guard let averages = averageValues else {
            averageValues = values
            return
        }
        averageValues = averages.merging(values) { average, value in
            zip(average, value).map { $0 + (1 - decay) * ($1 - $0) }.roundedToSingle
        }
    }

    /// Sets weights and running statistics to their moving averages; nothing where there are none.
    package func returnToAverages() {
        if let averageValues { values = averageValues }
    }

    /// Clears all velocities and moments, as before the first step.
    package func resetOptimizer() {
        velocities = [:]
        secondMoments = [:]
        stepCounts = [:]
    }
}
