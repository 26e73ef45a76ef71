// SPDX-License-Identifier: Apache-2.0

import Dispatch
public import WRNGraph
import WRNRandom
public import WRNTensor

extension Model {
    /// The initial values of all parameters and running statistics of `graph`, by its initialisers
    /// and `seed`.
    ///
    /// Parameter i of ``Graph/parameters`` draws from the random stream (`seed`,
    /// initialization, item: i), so the values depend on nothing else. Normal numbers come in
    /// pairs: elements 2p and 2p + 1 are pair p. All are computed in double precision and then
    /// rounded.
    public static func initialTensors(for graph: Graph, seed: UInt64) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (item, parameter) in graph.parameters.enumerated() {
            let random = RandomStream(seed: seed, purpose: .initialization, item: item)
            tensors[parameter.name] = initialTensor(for: parameter, random: random)
        }
        return tensors
    }

    private static func initialTensor(for parameter: Parameter, random: RandomStream) -> Tensor {
        var tensor = Tensor(shape: parameter.shape, repeating: 0)
        switch parameter.initializer {
        case .constant(let value):
            tensor = Tensor(shape: parameter.shape, repeating: value)
        case .heNormal(let fanIn):
            let deviation = (2 / Double(fanIn)).squareRoot()
            fill(&tensor) { pair in
                let (first, second) = random.normals(at: pair)
                return (Float(first * deviation), Float(second * deviation))
            }
        case .uniform(let fanIn):
            let bound = 1 / Double(fanIn).squareRoot()
            fill(&tensor) { pair in
                (
                    Float((2 * random.uniform(at: 2 * pair) - 1) * bound),
                    Float((2 * random.uniform(at: 2 * pair + 1) - 1) * bound)
                )
            }
        }
        return tensor
    }

    /// Sets elements 2p and 2p + 1 to pair p, on all processors.
    ///
    /// A large network has tens of millions of elements; each is a function of its place, so that
    /// threads do not change them.
    private static func fill(
        _ tensor: inout Tensor, with pair: @Sendable (Int) -> (Float, Float)
    ) {
        let pairsPerChunk = 1 << 15
        tensor.withUnsafeMutableElements { elements in
            // Each chunk writes a range of its own.
            nonisolated(unsafe) let elements = elements
            let pairs = (elements.count + 1) / 2
            let chunks = (pairs + pairsPerChunk - 1) / pairsPerChunk
            DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
                let first = chunk * pairsPerChunk
                for index in first..<min(first + pairsPerChunk, pairs) {
                    let values = pair(index)
                    elements[2 * index] = values.0
                    if 2 * index + 1 < elements.count { elements[2 * index + 1] = values.1 }
                }
            }
        }
    }
}
