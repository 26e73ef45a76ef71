// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
import WRNRandom
public import WRNTensor

extension Model {
    /// The first values of all parameters and running statistics of `graph`, as its initialisers and `seed` define them.
    ///
    /// Parameter i of ``WRNGraph/Graph/parameters`` draws from the random stream (`seed`, initialization, item: i), so the values
    /// depend on nothing else. Normal numbers come in pairs: elements 2p and 2p + 1 are pair p. All are computed in double
    /// precision and then rounded.
    public static func initialTensors(for graph: Graph, seed: UInt64) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (item, parameter) in graph.parameters.enumerated() {
            let random = RandomStream(seed: seed, purpose: .initialization, item: item)
            tensors[parameter.name] = initialTensor(for: parameter, random: random)
        }
        return tensors
    }

    private static func initialTensor(for parameter: Parameter, random: RandomStream) -> Tensor {
        let elements: [Float]
        let count = parameter.shape.elementCount
        switch parameter.initializer {
        case .constant(let value):
            return Tensor(shape: parameter.shape, repeating: value)
        case .heNormal(let fanIn):
            elements = normal(
                count: count, standardDeviation: (2 / Double(fanIn)).squareRoot(), random: random)
        case .uniform(let fanIn):
            let bound = 1 / Double(fanIn).squareRoot()
            elements = (0..<count).map { Float((2 * random.uniform(at: $0) - 1) * bound) }
        }
        return Tensor(shape: parameter.shape, elements: elements)
    }

    private static func normal(
        count: Int, standardDeviation: Double, random: RandomStream
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { elements, initialized in
            for pair in 0..<(count + 1) / 2 {
                let (first, second) = random.normals(at: pair)
                elements.initializeElement(at: 2 * pair, to: Float(first * standardDeviation))
                if 2 * pair + 1 < count {
                    elements.initializeElement(
                        at: 2 * pair + 1, to: Float(second * standardDeviation))
                }
            }
            initialized = count
        }
    }
}
