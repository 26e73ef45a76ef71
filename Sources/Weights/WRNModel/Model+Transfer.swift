// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNTensor

/// What a network has from another's weights, by the tensors' names.
public struct WeightTransfer: Hashable, Sendable {
    /// What was taken as it is, in the network's order.
    public let taken: [String]
    /// What begins anew from the seed, in the network's order.
    public let new: [String]
    /// What the weights have and the network does not take, sorted.
    public let dropped: [String]
}

extension Model {
    /// The first tensors of `graph` for training that begins from this model.
    ///
    /// A tensor with the same name and shape is taken as it is; all others have the values of ``initialTensors(for:seed:)``.
    ///
    /// - Parameter renewed: The names of tensors that begin anew, whatever their shape.
    public func transferred(
        to graph: Graph, seed: UInt64, renewing renewed: Set<String> = []
    ) -> (tensors: [String: Tensor], transfer: WeightTransfer) {
        var result = Self.initialTensors(for: graph, seed: seed)
        var (taken, new): ([String], [String]) = ([], [])
        for parameter in graph.parameters {
            guard !renewed.contains(parameter.name), let tensor = tensors[parameter.name],
                tensor.shape == parameter.shape
            else {
                new.append(parameter.name)
                continue
            }
            result[parameter.name] = tensor
            taken.append(parameter.name)
        }
        let dropped = Set(tensors.keys).subtracting(taken).sorted()
        return (result, WeightTransfer(taken: taken, new: new, dropped: dropped))
    }
}
