// SPDX-License-Identifier: Apache-2.0

import WideResNets

/// Trains on one batch, again and again: forward, backward and an update with Nesterov momentum and
/// weight decay.
struct Training: Work {
    private let session: TrainingSession
    private let images: [Float]
    private let labels: [Int]
    private var losses: [Double] = []
    private var stepIndex = 0

    // Small, so that thousands of steps on one batch stay finite.
    private let optimizer = SGD(learningRate: 0.001)

    init(_ arguments: Arguments) throws {
        let model = try Weights.read(arguments)
        let graph = try model.description.graph()
        session = try TrainingSession(
            graph: graph, tensors: model.tensors, batch: arguments.integer("batch"), seed: 1,
            options: arguments.execution())
        images = try Images.read(arguments, for: model.description)
        labels = (0..<session.batch).map { $0 % model.description.classes }
    }

    mutating func step() throws {
        let result = try session.step(
            images: images, labels: labels, stepIndex: stepIndex, optimizer: .sgd(optimizer))
        if losses.count < 2 { losses.append(result.loss) }
        stepIndex += 1
    }

    /// The first loss shows that the forward pass agrees with a rival's, the second that the
    /// gradient and the update do.
    var facts: [String: Double] {
        Dictionary(
            uniqueKeysWithValues: losses.enumerated().map { ("loss\($0.offset)", $0.element) })
    }

    func logits() throws -> [Float]? { nil }
}
