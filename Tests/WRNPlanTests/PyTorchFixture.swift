// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNGraph
import WRNTensor
import WRNTensorFiles

/// One network's numbers as PyTorch computed them; Fixtures/pytorch/README.md says what is in the
/// file.
struct PyTorchFixture {
    let graph: Graph
    let images: [Float]
    let labels: [Int]
    private let archive: TensorArchive

    init(_ name: String, graph makeGraph: (_ height: Int, _ width: Int) throws -> Graph) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/pytorch/\(name).safetensors")
        archive = try Safetensors.read(contentsOf: file.path)
        let shape = try archive.tensor(named: "images").shape.extents
        graph = try makeGraph(shape[1], shape[2])
        images = try archive.tensor(named: "images").elements
        labels = try archive.tensor(named: "labels").elements.map { Int($0) }
    }

    func values(_ name: String) throws -> [Float] {
        try archive.tensor(named: name).elements
    }

    /// The weights and running statistics before anything has run.
    func tensors() throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for parameter in graph.parameters {
            tensors[parameter.name] = try archive.tensor(named: parameter.name)
        }
        return tensors
    }

    /// The labels of step `step` of the ten.
    func labels(step: Int) -> [Int] {
        labels.indices.map { labels[($0 + step) % labels.count] }
    }
}

/// The largest difference, as a share of the largest expected value.
func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = expected.map { Double(abs($0)) }.max() ?? 0
    let difference = zip(actual, expected).map { abs(Double($0) - Double($1)) }
    // NaN must not pass as small.
    guard difference.allSatisfy(\.isFinite) else { return .infinity }
    return (difference.max() ?? 0) / Swift.max(scale, 1e-30)
}
