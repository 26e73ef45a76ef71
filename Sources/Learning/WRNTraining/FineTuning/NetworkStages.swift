// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// The stages of a network, from the image to the logits, with the parameters that gradient descent moves in each.
///
/// They are the groups of blocks, by the names that they have in the graph (`group0`, ... or `layer1`, ...), with the `stem` before
/// and the `head`, the layer of the logits, behind. A normalisation between the last group and the head belongs to that group.
public struct NetworkStages: Hashable, Sendable {
    /// One stage.
    public struct Stage: Hashable, Sendable {
        /// `stem`, a group's name or `head`.
        public let name: String
        /// The names of its parameters, in the graph's order.
        public fileprivate(set) var parameters: [String]
    }

    /// What comes before the first group.
    public static let stem = "stem"
    /// The layer of the logits.
    public static let head = "head"

    /// The stages in the order in which an image passes them.
    public let stages: [Stage]

    /// Reads the stages from the names of a network's nodes.
    public init(_ graph: Graph) {
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

    /// The names of the stages up to and including `name`, which freezing them means; nil when there is no such stage or nothing would be
    /// left to train.
    func frozen(upTo name: String) -> ArraySlice<Stage>? {
        guard let index = stages.dropLast().firstIndex(where: { $0.name == name }) else {
            return nil
        }
        return stages[...index]
    }

    /// The names of the stages that can be frozen: all but the head.
    public var freezable: [String] { stages.dropLast().map(\.name) }

    /// All parameters that are not the head's.
    var trunk: Set<String> { Set(stages.dropLast().flatMap(\.parameters)) }

    /// The parameters of the head.
    var headParameters: Set<String> { Set(stages.last?.parameters ?? []) }
}
