// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

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

        /// By squaring, so that it is the same on every system, as a library's function need not be.
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
