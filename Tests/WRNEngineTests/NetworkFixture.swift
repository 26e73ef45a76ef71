// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNGraph
import WRNTensor
import WRNTestSupport
import WRNZoo

/// What PyTorch computed in float64 for a network whose weights follow from a formula;
/// Fixtures/networks/README.md has both.
struct NetworkFixture: Decodable {
    /// What is stored of a gradient.
    struct Digest: Decodable {
        let norm: Double
        let largest: Double
        /// The values at a quarter's distance, the first and the last among them.
        let samples: [Double]
    }

    struct Structure: Decodable {
        private enum CodingKeys: String, CodingKey {
            case branchScale = "branch_scale"
        }

        let branchScale: Double?
    }

    private enum CodingKeys: String, CodingKey {
        case structure, images, seed, parameters, loss, gradients
        case logitsEval = "logits_eval"
        case logitsTrain = "logits_train"
    }

    let structure: Structure
    /// N, C, H, W.
    let images: [Int]
    let seed: Int
    let parameters: Int
    let logitsEval: [[Double]]
    let logitsTrain: [[Double]]
    let loss: Double
    let gradients: [String: Digest]

    /// All cases by their names.
    static func all() throws -> [String: NetworkFixture] {
        try fixture([String: Self].self, from: "networks/networks.json")
    }

    /// The numbers s in [-1, 1) of a tensor: splitmix64 from the FNV-1a hash of its name and the
    /// seed.
    private func numbers(_ name: String, count: Int) -> [Double] {
        var key: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(name)#\(seed)".utf8 { key = (key ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (1...UInt64(count)).map { index in
            var z = key &+ index &* 0x9E37_79B9_7F4A_7C15
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            z ^= z >> 31
            return Double(z >> 40) / 0x1p24 * 2 - 1
        }
    }

    /// The batch, NHWC.
    func imageValues() -> [Float] {
        numbers("images", count: images.reduce(1, *)).map { Float(2 * $0) }
    }

    func labels() -> [Int] { (0..<images[0]).map { (7 * $0 + 3) % logitsEval[0].count } }

    /// All weights and running statistics.
    func tensors(_ graph: Graph) -> [String: Tensor] {
        let ends = branchEnds(graph)
        var tensors: [String: Tensor] = [:]
        for node in graph.nodes {
            for parameter in node.parameters {
                let (scale, shift) = distribution(
                    of: parameter, in: node, endsBranch: ends.contains(node.id))
                let elements = numbers(parameter.name, count: parameter.shape.elementCount)
                    .map { Float(shift + scale * $0) }
                tensors[parameter.name] = Tensor(shape: parameter.shape, elements: elements)
            }
        }
        return tensors
    }

    private func distribution(
        of parameter: Parameter, in node: Node, endsBranch: Bool
    ) -> (scale: Double, shift: Double) {
        let fanIn = parameter.shape.elementCount / parameter.shape.extents[0]
        switch parameter.role {
        case .weight:
            if case .linear = node.operation { return ((3 / Double(fanIn)).squareRoot(), 0) }
            return ((6 / Double(fanIn)).squareRoot(), 0)
        case .scale:
            let factor = endsBranch ? structure.branchScale ?? 1 : 1
            return (0.5 * factor, factor)
        case .bias, .shift, .runningMean: return (0.2, 0)
        case .runningVariance: return (0.5, 1)
        }
    }

    /// The normalisations that end the branches of post-activation blocks.
    private func branchEnds(_ graph: Graph) -> Set<NodeID> {
        Set(
            graph.nodes.filter { $0.operation == .add }.map { $0.inputs[0] }.filter {
                if case .batchNormalization = graph[$0].operation { true } else { false }
            })
    }
}
