// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNGraph
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

/// One network's numbers as PyTorch computed them; Fixtures/pytorch/README.md describes the file.
struct PyTorchFixture {
    let graph: Graph
    let images: [Float]
    let labels: [Int]
    private let archive: TensorArchive

    init(_ name: String, graph makeGraph: (_ height: Int, _ width: Int) throws -> Graph) throws {
        archive = try Safetensors.read(contentsOf: fixture("pytorch/\(name).safetensors"))
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
