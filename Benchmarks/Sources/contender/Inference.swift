// SPDX-License-Identifier: Apache-2.0

import WideResNets

/// Classifies one batch, again and again.
struct Inference: Work {
    private let session: InferenceSession
    private let images: [Float]

    init(_ arguments: Arguments) throws {
        let model = try Weights.read(arguments)
        let graph = try model.description.graph()
        session = try InferenceSession(
            graph: graph, tensors: model.tensors, batch: arguments.integer("batch"),
            options: arguments.execution())
        images = try Images.read(arguments, for: model.description)
    }

    func step() throws { _ = try session.logits(for: images, count: session.batch) }

    var facts: [String: Double] { [:] }

    func logits() throws -> [Float]? { try session.logits(for: images, count: session.batch) }
}
