// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNTensorFiles
import WRNTestSupport
import WRNWorkers
import WRNZoo

/// What torch.optim made of a small network in a hundred steps; Fixtures/optimizers/README.md says
/// what is in the file.
struct OptimizerFixture {
    let graph: Graph
    let images: [Float]
    let tensors: [String: Tensor]
    private let labels: [Int]
    private let archive: TensorArchive

    /// The images of the first part of a step in parts; the other part has the rest.
    static let part = 7

    init() throws {
        archive = try Self.archive("network")
        graph = try WideResNet(depth: 10, width: 0.25, classes: 5).graph(height: 8, width: 8)
        images = try archive.tensor(named: "images").elements
        labels = try archive.tensor(named: "labels").elements.map { Int($0) }
        var tensors: [String: Tensor] = [:]
        for parameter in graph.parameters {
            tensors[parameter.name] = try archive.tensor(named: parameter.name)
        }
        self.tensors = tensors
    }

    static func archive(_ name: String) throws -> TensorArchive {
        try Safetensors.read(contentsOf: fixture("optimizers/\(name).safetensors"))
    }

    func values(_ name: String) throws -> [Float] { try archive.tensor(named: name).elements }

    /// The labels of a step: those of the images, rotated.
    func labels(step: Int) -> [Int] {
        labels.indices.map { labels[($0 + step) % labels.count] }
    }

    func session(
        threads: Int = 2, precision: Precision = .float32
    ) throws -> TrainingSession {
        try TrainingSession(
            graph: graph, tensors: tensors, batch: labels.count, seed: 0,
            options: ExecutionOptions(threads: threads, precision: precision))
    }

    /// Weight decay for matrices alone.
    var spared: [String: UpdateFactors] {
        let vectors = graph.parameters.filter { $0.isTrainable && $0.role != .weight }
        return Dictionary(
            uniqueKeysWithValues: vectors.map { ($0.name, UpdateFactors(weightDecay: 0)) })
    }

    /// The loss and the gradients of a step in two shards, as the trainer computes them.
    func gradientsInShards(_ session: TrainingSession, step: Int) throws -> Double {
        let size = images.count / labels.count
        let labels = labels(step: step)
        var loss = 0.0
        session.beginShards(2)
        for range in [0..<Self.part, Self.part..<labels.count] {
            let weight = Double(range.count)
            let result = try session.computeGradients(
                images: images[range.lowerBound * size..<range.upperBound * size],
                labels: Array(labels[range]), stepIndex: step,
                shard: StepShard(firstImage: range.lowerBound, weight: weight))
            loss += result.loss * weight
        }
        try session.finishShards(weight: Double(labels.count), images: labels.count)
        return loss / Double(labels.count)
    }
}
