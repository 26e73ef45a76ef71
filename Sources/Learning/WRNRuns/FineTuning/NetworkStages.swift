// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNInference
import WRNModel
package import WRNPlan
import WRNTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The stages of a network, from the image to the logits, with the parameters that gradient descent
/// changes in each.
///
/// They are the groups of blocks, by the names that they have in the graph (`group0`, ... or
/// `layer1`, ...), with the `stem` before and the `head`, the layer of the logits, behind. A
/// normalisation between the last group and the head belongs to that group.
package struct NetworkStages: Hashable, Sendable {
    /// One stage.
    package struct Stage: Hashable, Sendable {
        /// `stem`, a group's name or `head`.
        package let name: String
        /// The names of its parameters, in the graph's order.
        package fileprivate(set) var parameters: [String]
    }

    /// The name of the layers before the first group.
    package static let stem = "stem"
    /// The layer of the logits.
    package static let head = "head"

    /// The stages in the order in which an image passes them.
    package let stages: [Stage]

    /// Reads the stages from the names of a network's nodes.
    package init(_ graph: Graph) {
        var stages: [Stage] = []
        for node in graph.nodes {
            let parameters = node.parameters.filter(\.isTrainable).map(\.name)
            guard !parameters.isEmpty else { continue }
            let group = node.name.split(separator: ".").dropLast().first.map(String.init)
            let name =
                node.id == graph.output ? Self.head : group ?? stages.last?.name ?? Self.stem
            if let last = stages.last, last.name == name {
                stages[stages.count - 1].parameters += parameters
            } else {
                stages.append(Stage(name: name, parameters: parameters))
            }
        }
        self.stages = stages
    }

    /// The names of the stages up to and including `name`, which freezing them means; nil when
    /// there is no such stage or nothing would be left to train.
    func frozen(upTo name: String) -> ArraySlice<Stage>? {
        guard let index = stages.dropLast().firstIndex(where: { $0.name == name }) else {
            return nil
        }
        return stages[...index]
    }

    /// The names of the stages that can be frozen: all but the head.
    package var freezable: [String] { stages.dropLast().map(\.name) }

    /// All parameters that are not the head's.
    var trunk: Set<String> { Set(stages.dropLast().flatMap(\.parameters)) }

    /// The parameters of the head.
    var headParameters: Set<String> { Set(stages.last?.parameters ?? []) }
}

// The trained part of the network, and its learning rates.

extension TrainingConfiguration {
    /// The part of the network that an epoch trains.
    package func scope(epoch: Int, of graph: Graph) -> TrainingScope {
        guard let fineTuning else {
            let stem = stepRules.whitenedStem == .frozen ? stemFilters(of: graph) : nil
            return TrainingScope(frozen: Set([stem?.name].compactMap(\.self)))
        }
        let stages = NetworkStages(graph)
        let frozen =
            epoch < fineTuning.headOnlyEpochs
            ? stages.trunk
            : Set(
                fineTuning.freeze.flatMap { stages.frozen(upTo: $0) }?.flatMap(\.parameters) ?? [])
        return TrainingScope(frozen: frozen, frozenStatistics: fineTuning.frozenStatistics)
    }

    /// The factors of the optimizer's constants for each parameter.
    ///
    ///     learning rate · layerDecay^(stages above), and for the head · headFactor
    package func factors(of graph: Graph) -> [String: UpdateFactors] {
        var factors: [String: UpdateFactors] = [:]
        if !stepRules.decaysNormAndBias {
            for parameter in graph.parameters where parameter.role != .weight {
                factors[parameter.name] = UpdateFactors(weightDecay: 0)
            }
        }
        guard let fineTuning else { return factors }
        for (above, stage) in NetworkStages(graph).stages.reversed().enumerated() {
            let factor =
                above == 0 ? fineTuning.headFactor : pow(fineTuning.layerDecay, Double(above))
            guard factor != 1 else { continue }
            for name in stage.parameters {
                factors[name, default: UpdateFactors()].learningRate = factor
            }
        }
        return factors
    }

    /// The parameters that have a velocity after `steps` steps.
    func movedParameters(of graph: Graph, afterStep steps: Int) -> [Parameter] {
        guard steps > 0 else { return [] }
        let scope = scope(epoch: (steps - 1) / stepsPerEpoch, of: graph)
        return graph.parameters.filter { scope.trains($0) }
    }

    /// The number of trained values, of those that ``Graph/parameterCount`` counts.
    ///
    /// - Throws: A `GraphError` when the configuration names no network.
    public func trainedParameterCount() throws -> Int {
        let graph = try model.graph()
        let scope = scope(epoch: max(epochs - 1, 0), of: graph)
        return graph.parameters.lazy.filter { scope.trains($0) }
            .map(\.shape.elementCount).reduce(0, +)
    }

    /// The sentence about an invalid fine-tuning; nil for a valid one.
    var fineTuningProblem: String? {
        guard let fineTuning else { return nil }
        if let problem = TrainingSetting.layerDecay.problem(
            fineTuning.layerDecay, called: "the layers' decay")
            ?? TrainingSetting.headFactor.problem(
                fineTuning.headFactor, called: "the head's factor")
        {
            return problem
        }
        if !(0...epochs).contains(fineTuning.headOnlyEpochs) {
            return "the epochs of the head alone must be in 0...\(epochs) (the whole run), "
                + "not \(fineTuning.headOnlyEpochs)"
        }
        guard let name = fineTuning.freeze, let graph = try? model.graph() else {
            return nil
        }
        let stages = NetworkStages(graph)
        guard stages.frozen(upTo: name) == nil else { return nil }
        return "\(model.architecture) has no stage \"\(name)\" to freeze; choose one of "
            + stages.freezable.joined(separator: ", ")
    }
}
