// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// The part of a network that is trained, and the part that fine-tuning leaves unchanged.
///
/// The backward pass ends at the first layer that is trained; what lies below costs its forward
/// pass alone. By default everything is trained.
package struct TrainingScope: Hashable, Sendable {
    /// The names of the parameters that never change: neither their gradient nor weight decay nor
    /// momentum is applied to them.
    package var frozen: Set<String>

    /// Whether normalisations use their running statistics, as in inference.
    ///
    /// Then the statistics stay as they are, and the gradient goes through the affine map alone:
    ///
    ///     y = (x - μ)/σ · γ + β,   dx = γ/σ · dy,   dγ = Σ dy · (x - μ)/σ,   dβ = Σ dy
    ///
    /// Otherwise they move with every batch, also those of layers whose parameters are frozen.
    package var frozenStatistics: Bool

    /// Collects a scope; the whole network is trained unless something is given.
    package init(frozen: Set<String> = [], frozenStatistics: Bool = false) {
        self.frozen = frozen
        self.frozenStatistics = frozenStatistics
    }

    /// Whether a parameter is trained.
    package func trains(_ parameter: Parameter) -> Bool {
        parameter.isTrainable && !frozen.contains(parameter.name)
    }

    /// Whether any parameter of a node is trained.
    package func trains(_ node: Node) -> Bool { node.parameters.contains { trains($0) } }

    /// Refuses names that the network lacks, and a network of which nothing is left to train.
    package func check(_ graph: Graph) throws(PlanError) {
        let trainable = graph.parameters.filter(\.isTrainable)
        let unknown = frozen.subtracting(trainable.map(\.name))
        if let name = unknown.min() {
            throw .invalidRequest("the network has no parameter named \(name) to freeze")
        }
        guard trainable.contains(where: trains) else {
            throw .invalidRequest(
                "all \(trainable.count) parameters of the network are frozen; leave one to train")
        }
    }
}

/// The factors of the optimizer's constants in a parameter's update.
package struct UpdateFactors: Hashable, Sendable {
    /// The factor of the learning rate, 0 or more; at 0 the parameter and its velocity are not
    /// touched.
    package var learningRate: Double
    /// The factor of the weight decay, 0 or more.
    package var weightDecay: Double

    /// Collects the factors; those not given change nothing.
    package init(learningRate: Double = 1, weightDecay: Double = 1) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }
}
