// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNTensor

/// The result of a transfer of weights: the tensors that were taken, renewed and dropped.
package struct WeightTransfer: Hashable, Sendable {
    /// The tensors that were taken, in the network's order.
    package let taken: [String]
    /// The tensors that are initialised from the seed, in the network's order.
    package let new: [String]
    /// The tensors of the weights that the network does not take, sorted.
    package let dropped: [String]
}

extension Model {
    /// The first tensors of `graph` for training that begins from this model.
    ///
    /// A tensor with the same name and shape is taken; all others have the values of
    /// ``initialTensors(for:seed:)``.
    ///
    /// - Parameter renewed: The names of tensors that are initialised, whatever their shape.
    package func transferred(
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
