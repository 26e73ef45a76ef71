// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNPlan
import WRNTensor
import WRNTensorFiles

/// The tensors of a checkpoint beside the weights: one for each parameter, named after it.
enum CheckpointFamily: String, CaseIterable {
    case velocity
    case secondMoment = "second_moment"
    case stepCount = "step_count"
    case average

    /// The prefix of their names; the parameter's name follows.
    var prefix: String { rawValue + "." }

    /// Whether a tensor's name is of any family.
    static func isPrefix(of name: String) -> Bool {
        allCases.contains { name.hasPrefix($0.prefix) }
    }

    /// The family's part of a state.
    func tensors(of state: TrainingState) -> [String: Tensor] {
        switch self {
        case .velocity: state.velocities
        case .secondMoment: state.secondMoments
        case .stepCount:
            state.stepCounts.mapValues { Self.tensor(of: $0) }
        case .average: state.averages
        }
    }

    /// Reads the family, which must have exactly the tensors that the run has at this step.
    func read(
        from archive: TensorArchive, into state: inout TrainingState,
        for configuration: TrainingConfiguration, graph: Graph, steps: Int
    ) throws {
        let names = archive.entries.map(\.name).filter { $0.hasPrefix(prefix) }
        var owners = owners(configuration, graph, steps)
        if configuration.data.files?.skipsBroken == true {
            // Batches whose files are all broken change nothing: the last change may be from an
            // earlier epoch, in which another part of the network was trained, or there is none
            // yet.
            if names.isEmpty { return }
            let steps = stride(from: steps, to: 0, by: -configuration.stepsPerEpoch)
            owners =
                steps.lazy.map { self.owners(configuration, graph, $0) }
                .first { Set(names) == Set($0.map { prefix + $0.name }) } ?? owners
        }
        // A file without any is that of a run that has not begun; its position is checked.
        if names.isEmpty, self == .velocity || owners.isEmpty { return }
        guard Set(names) == Set(owners.map { prefix + $0.name }) else {
            let expected =
                owners.isEmpty
                ? "no \(plural)"
                : "\(singular) for each of the \(owners.count) parameters that the run has moved"
            let found = names.isEmpty ? "none" : "\(names.count) that do not match"
            throw TrainingError(
                .checkpointMismatch,
                "\(archive.file): expected \(expected), found \(found): put the run's own "
                    + "checkpoint back, or begin a new run in another directory")
        }
        var tensors: [String: Tensor] = [:]
        for owner in owners {
            tensors[owner.name] = try archive.tensor(named: prefix + owner.name)
        }
        switch self {
        case .velocity: state.velocities = tensors
        case .secondMoment: state.secondMoments = tensors
        case .stepCount:
            state.stepCounts = try tensors.mapValues { try Self.count($0, file: archive.file) }
        case .average: state.averages = tensors
        }
    }

    private var singular: String {
        switch self {
        case .velocity: "a velocity"
        case .secondMoment: "a second moment"
        case .stepCount: "a step count"
        case .average: "an average"
        }
    }

    private var plural: String {
        switch self {
        case .velocity: "velocities"
        case .secondMoment: "second moments"
        case .stepCount: "step counts"
        case .average: "averages"
        }
    }

    /// The parameters that have a tensor of the family after `steps` steps.
    private func owners(
        _ configuration: TrainingConfiguration, _ graph: Graph, _ steps: Int
    ) -> [Parameter] {
        switch self {
        case .velocity:
            return configuration.movedParameters(of: graph, afterStep: steps)
        case .secondMoment, .stepCount:
            guard case .adamW = configuration.optimizer else { return [] }
            return configuration.movedParameters(of: graph, afterStep: steps)
        case .average:
            let rules = configuration.stepRules
            guard rules.ema != nil || rules.lookahead != nil, steps > 0 else { return [] }
            return graph.parameters
        }
    }

    private static let base = 1 << 20

    /// A count in two floats, each of which is exact.
    private static func tensor(of count: Int) -> Tensor {
        Tensor(shape: TensorShape([2]), elements: [Float(count / base), Float(count % base)])
    }

    private static func count(_ tensor: Tensor, file: String) throws(TrainingError) -> Int {
        let values = tensor.elements.map { Int(exactly: $0) ?? -1 }
        guard values.count == 2, values[0] >= 0, (0..<base).contains(values[1]),
            values[0] < base, values[0] > 0 || values[1] > 0
        else {
            throw TrainingError(
                .checkpointMismatch,
                "\(file): expected the number of a parameter's steps, found "
                    + "\(tensor.elements.prefix(4)): put the run's own checkpoint back, or begin "
                    + "a new run in another directory")
        }
        return values[0] * base + values[1]
    }
}
