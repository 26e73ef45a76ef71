// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNPlan
import WRNTensor

extension Program {
    /// The nodes whose results lie in memory as bfloat16: what a reference rounds that follows the
    /// plan.
    var narrowNodes: Set<NodeID> {
        var nodes = Set(graph.nodes.filter(\.inputs.isEmpty).map(\.id))
        for step in steps {
            guard let destination = step.destination, self[destination].elementType == .bfloat16
            else { continue }
            switch step {
            case .convolution(let step):
                // What is fused into a convolution is computed before the result is rounded.
                var node = step.node
                if step.folded != nil { node = reader(of: node, "batchNormalization") }
                if step.addend != nil { node = reader(of: node, "add") }
                if step.activation != nil { node = reader(of: node, "activation") }
                nodes.insert(node)
            default:
                // A gradient's buffer has the name of no node.
                nodes.formUnion(graph.nodes.filter { $0.name == self[destination].name }.map(\.id))
            }
        }
        return nodes
    }

    /// The node with such an operation that reads another.
    private func reader(of node: NodeID, _ operation: String) -> NodeID {
        graph.nodes.first {
            $0.inputs.contains(node) && "\($0.operation)".hasPrefix(operation)
        }?.id ?? node
    }
}
