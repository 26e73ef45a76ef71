// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Operations on every float of a block, and the sum of their squares.
///
/// Without fused multiply-adds, so that the bits are those of any processor.
package struct ElementOperator {
    private let count: Int
    /// The floats of a task: sums are made task by task, whatever the threads.
    private static let chunk = 65_536

    /// Describes blocks of `count` floats.
    package init(count: Int) {
        self.count = count
    }

    private func run(
        in workspace: Workspace, _ body: (Int, Range<Int>) -> Void
    ) {
        workspace.pool.run(count: (count + Self.chunk - 1) / Self.chunk) { task, _ in
            let first = task * Self.chunk
            body(task, first..<min(first + Self.chunk, count))
        }
    }

    /// Moves each value of `means` towards that of `values`: `mean += share * (value - mean)`.
    package func average(
        _ means: UnsafeMutablePointer<Float>, towards values: UnsafePointer<Float>, share: Float,
        in workspace: Workspace
    ) {
        run(in: workspace) { _, range in
            for index in range { means[index] += share * (values[index] - means[index]) }
        }
    }

    /// Multiplies each value, adds sums to it one after the other, and copies the result.
    ///
    ///     value = ((factor * value + sum 0) + sum 1) + ...;   copy = value
    package func join(
        _ values: UnsafeMutablePointer<Float>, times factor: Float,
        with sums: [UnsafePointer<Float>], copyingTo copy: UnsafeMutablePointer<Float>?,
        in workspace: Workspace
    ) {
        run(in: workspace) { _, range in
            for index in range { values[index] *= factor }
            for sum in sums {
                for index in range { values[index] += sum[index] }
            }
            guard let copy else { return }
            (copy + range.lowerBound).update(from: values + range.lowerBound, count: range.count)
        }
    }

    /// Divides each value.
    package func divide(
        _ values: UnsafeMutablePointer<Float>, by divisor: Float, in workspace: Workspace
    ) {
        run(in: workspace) { _, range in
            for index in range { values[index] /= divisor }
        }
    }

    /// Multiplies each value.
    package func scale(
        _ values: UnsafeMutablePointer<Float>, by factor: Float, in workspace: Workspace
    ) {
        run(in: workspace) { _, range in
            for index in range { values[index] *= factor }
        }
    }

    /// The sum of the squares, in double precision.
    package func squares(_ values: UnsafePointer<Float>, in workspace: Workspace) -> Double {
        let tasks = (count + Self.chunk - 1) / Self.chunk
        let partial = UnsafeMutablePointer<Double>.allocate(capacity: max(tasks, 1))
        defer { partial.deallocate() }
        run(in: workspace) { task, range in
            var sum = SIMD8<Double>.zero
            var index = range.lowerBound
            while index + 8 <= range.upperBound {
                let eight = SIMD8<Double>(
                    UnsafeRawPointer(values + index).loadUnaligned(as: SIMD8<Float>.self))
                sum += eight * eight
                index += 8
            }
            var rest = sum.sum()
            while index < range.upperBound {
                rest += Double(values[index]) * Double(values[index])
                index += 1
            }
            partial[task] = rest
        }
        return (0..<tasks).reduce(0) { $0 + partial[$1] }
    }
}

/// One step of stochastic gradient descent over all parameters, which lie in one block.
package struct SGDOperator {
    private let parameters: UnsafeMutablePointer<Float>
    private let velocities: UnsafeMutablePointer<Float>
    private let gradients: UnsafePointer<Float>
    private let count: Int

    /// Describes three blocks of `count` floats, a multiple of the lanes.
    package init(
        parameters: UnsafeMutablePointer<Float>, velocities: UnsafeMutablePointer<Float>,
        gradients: UnsafePointer<Float>, count: Int
    ) {
        precondition(count % Kernels.lanes == 0, "\(count) floats are not whole blocks")
        self.parameters = parameters
        self.velocities = velocities
        self.gradients = gradients
        self.count = count
    }

    /// Moves the parameters; `isFirst` when the velocities hold nothing yet.
    package func run(
        learningRate: Float, momentum: Float, dampening: Float, weightDecay: Float, nesterov: Bool,
        isFirst: Bool, in workspace: Workspace
    ) {
        let chunk = 65_536
        workspace.pool.run(count: (count + chunk - 1) / chunk) { task, _ in
            let first = task * chunk
            var arguments = wrn_sgd(
                parameter: parameters + first, velocity: velocities + first,
                gradient: gradients + first, count: min(chunk, count - first), rate: learningRate,
                momentum: momentum, dampening: dampening, decay: weightDecay,
                nesterov: nesterov ? 1 : 0, first: isFirst ? 1 : 0)
            workspace.kernels.table.sgd(&arguments)
        }
    }
}

/// One step of AdamW over neighbouring parameters that have taken the same number of steps.
package struct AdamWOperator {
    private let parameters: UnsafeMutablePointer<Float>
    private let firstMoments: UnsafeMutablePointer<Float>
    private let secondMoments: UnsafeMutablePointer<Float>
    private let gradients: UnsafePointer<Float>
    private let count: Int

    /// The rule's constants in a step, as the kernel multiplies with them.
    package struct Constants {
        let keep, step, correction, fresh1, keep2, fresh2, epsilon: Float

        /// Computes them in double precision.
        ///
        /// - Parameter number: The number of the parameters' step, from 1.
        package init(
            learningRate: Double, beta1: Double, beta2: Double, epsilon: Double,
            weightDecay: Double, number: Int
        ) {
            keep = Float(1 - learningRate * weightDecay)
            step = Float(learningRate / (1 - Self.power(beta1, number)))
            correction = Float(1 / (1 - Self.power(beta2, number)).squareRoot())
            fresh1 = Float(1 - beta1)
            keep2 = Float(beta2)
            fresh2 = Float(1 - beta2)
            self.epsilon = Float(epsilon)
        }

        /// By squaring, so that it is the same on every system, as a library's function need not
        /// be.
        private static func power(_ base: Double, _ exponent: Int) -> Double {
            var (result, square, rest) = (1.0, base, exponent)
            while rest > 0 {
                if rest & 1 == 1 { result *= square }
                square *= square
                rest >>= 1
            }
            return result
        }
    }

    /// Describes four blocks of `count` floats, a multiple of the lanes.
    package init(
        parameters: UnsafeMutablePointer<Float>, firstMoments: UnsafeMutablePointer<Float>,
        secondMoments: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, count: Int
    ) {
        precondition(count % Kernels.lanes == 0, "\(count) floats are not whole blocks")
        self.parameters = parameters
        self.firstMoments = firstMoments
        self.secondMoments = secondMoments
        self.gradients = gradients
        self.count = count
    }

    /// Moves the parameters; `isFirst` when the moments hold nothing yet.
    package func run(_ constants: Constants, isFirst: Bool, in workspace: Workspace) {
        let chunk = 65_536
        workspace.pool.run(count: (count + chunk - 1) / chunk) { task, _ in
            let first = task * chunk
            var arguments = wrn_adamw(
                parameter: parameters + first, first_moment: firstMoments + first,
                second_moment: secondMoments + first, gradient: gradients + first,
                count: min(chunk, count - first), keep: constants.keep, step: constants.step,
                correction: constants.correction, fresh1: constants.fresh1,
                keep2: constants.keep2, fresh2: constants.fresh2, epsilon: constants.epsilon,
                first: isFirst ? 1 : 0)
            workspace.kernels.table.adamw(&arguments)
        }
    }
}
