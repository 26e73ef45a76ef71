// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

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
