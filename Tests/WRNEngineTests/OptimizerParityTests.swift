// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNKernels
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@testable import WRNEngine
@testable import WRNPlan

/// The optimizers, clipping, parts and averages against torch.optim, a hundred steps each.
@Suite("PyTorch's optimizers")
struct OptimizerParityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let rule: Optimizer
        var spares = false
        var maximumNorm: Double?
        var inParts = false
        var reset: Int?
        var average: Double?

        var testDescription: String { name }
    }

    private static func sgd(
        momentum: Double = 0.9, dampening: Double = 0, nesterov: Bool = true,
        weightDecay: Double = 5e-4
    ) -> Optimizer {
        .sgd(
            SGD(
                learningRate: 0.005, momentum: momentum, dampening: dampening, nesterov: nesterov,
                weightDecay: weightDecay))
    }

    static let cases = [
        Case(name: "sgd-nesterov", rule: sgd()),
        Case(name: "sgd-dampening", rule: sgd(dampening: 0.5, nesterov: false, weightDecay: 1e-2)),
        Case(name: "sgd-plain", rule: sgd(momentum: 0, nesterov: false, weightDecay: 0)),
        Case(name: "adamw", rule: .adamW(AdamW())),
        Case(
            name: "adamw-constants",
            rule: .adamW(
                AdamW(learningRate: 2e-3, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.1)),
            spares: true),
        Case(name: "spared", rule: sgd(weightDecay: 0.05), spares: true),
        Case(name: "clipped", rule: sgd(weightDecay: 0), maximumNorm: 0.5),
        Case(name: "parts", rule: sgd(), inParts: true),
        Case(name: "reset", rule: sgd(), reset: 5),
        Case(name: "averaged", rule: sgd(), average: 0.99),
    ]

    /// What a hundred steps make of rounding that differs in the last bits; a wrong formula is off
    /// by a thousandth or more.
    private static let tolerance = 1e-4

    @Test("a hundred steps of a network end with PyTorch's losses and weights", arguments: cases)
    func network(_ test: Case) throws {
        let fixture = try OptimizerFixture()
        let session = try fixture.session()
        let factors = test.spares ? fixture.spared : [:]
        let losses = try fixture.values("\(test.name).losses")
        let norms = test.maximumNorm == nil ? nil : try fixture.values("\(test.name).norms")
        #expect(losses.count == 100)
        for step in losses.indices {
            if step == test.reset { session.resetOptimizer() }
            let loss =
                test.inParts
                ? try fixture.gradientsInShards(session, step: step)
                : try session.computeGradients(
                    images: fixture.images, labels: fixture.labels(step: step), stepIndex: step
                ).loss
            let norm = session.update(test.rule, factors: factors, maximumNorm: test.maximumNorm)
            if let decay = test.average { session.average(decay: decay) }
            #expect(relativeError([Float(loss)], [losses[step]]) < Self.tolerance, "step \(step)")
            if let norms {
                #expect(
                    relativeError([Float(norm ?? 0)], [norms[step]]) < Self.tolerance,
                    "step \(step)")
            }
        }
        // PyTorch moves the statistics from part to part; those of shards are combined.
        let tensors = session.tensors().filter { !(test.inParts && $0.key.contains("running_")) }
        try expectTensors(tensors, fixture, "\(test.name).after")
        #expect(session.tensors().count == fixture.graph.parameters.count)
        #expect((session.averages() == nil) == (test.average == nil))
        if let averages = session.averages() {
            try expectTensors(averages, fixture, "\(test.name).average")
        }
    }

    private func expectTensors(
        _ tensors: [String: Tensor], _ fixture: OptimizerFixture, _ prefix: String
    ) throws {
        for (name, tensor) in tensors {
            let error = relativeError(tensor.elements, try fixture.values("\(prefix).\(name)"))
            #expect(error < Self.tolerance, "\(prefix).\(name): \(error)")
        }
    }

    static let rules: [(String, Optimizer)] = [
        (
            "sgd",
            .sgd(
                SGD(
                    learningRate: 0.1, momentum: 0.9, dampening: 0.25, nesterov: false,
                    weightDecay: 5e-3))
        ),
        ("nesterov", .sgd(SGD(learningRate: 0.1, weightDecay: 5e-3))),
        ("plain", .sgd(SGD(learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 5e-3))),
        ("adamw", .adamW(AdamW())),
        (
            "adamw-constants",
            .adamW(
                AdamW(learningRate: 1e-2, beta1: 0.7, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.3))
        ),
    ]

    /// A few roundings a step, of which a hundred steps keep about ten: 1e-5 of the largest weight.
    @Test(
        "given gradients of any size move weights as PyTorch moves them", arguments: rules,
        InstructionSet.usable)
    func givenGradients(_ rule: (name: String, optimizer: Optimizer), set: InstructionSet) throws {
        let archive = try OptimizerFixture.archive("given")
        let start = try archive.tensor(named: "weights").elements
        let gradients = try archive.tensor(named: "gradients").elements
        let expected = try archive.tensor(named: rule.name).elements
        let count = start.count
        let given = try GivenGradients(start, options: ExecutionOptions(instructionSet: set))
        var trace: [Float] = []
        for step in 0..<gradients.count / count {
            given.step(
                rule.optimizer, Array(gradients[step * count..<(step + 1) * count]),
                number: step + 1)
            if step == 0 || step % 10 == 9 { trace += given.weights }
        }
        #expect(trace.count == expected.count)
        for weight in 0..<count {
            let places = stride(from: weight, to: trace.count, by: count)
            let error = relativeError(places.map { trace[$0] }, places.map { expected[$0] })
            #expect(error < 1e-5, "weight \(weight): \(error)")
        }
    }
}

/// Weights that the kernels move by gradients from outside.
private final class GivenGradients {
    private let workspace: Workspace
    private let blocks: [AlignedMemory]
    private let count: Int

    init(_ weights: [Float], options: ExecutionOptions) throws {
        let (kernels, pool) = try options.workspaceParts()
        workspace = Workspace(kernels: kernels, pool: pool, scratch: Workspace.Scratch())
        count = weights.count
        blocks = (0..<4).map { _ in AlignedMemory(floatCount: weights.count) }
        for (index, weight) in weights.enumerated() { blocks[0].floats[index] = weight }
    }

    var weights: [Float] { (0..<count).map { blocks[0].floats[$0] } }

    func step(_ optimizer: Optimizer, _ gradients: [Float], number: Int) {
        for (index, gradient) in gradients.enumerated() { blocks[3].floats[index] = gradient }
        switch optimizer {
        case .sgd(let rule):
            SGDOperator(
                parameters: blocks[0].floats, velocities: blocks[1].floats,
                gradients: blocks[3].floats, count: count
            ).run(
                learningRate: Float(rule.learningRate), momentum: Float(rule.momentum),
                dampening: Float(rule.dampening), weightDecay: Float(rule.weightDecay),
                nesterov: rule.nesterov, isFirst: number == 1, in: workspace)
        case .adamW(let rule):
            AdamWOperator(
                parameters: blocks[0].floats, firstMoments: blocks[1].floats,
                secondMoments: blocks[2].floats, gradients: blocks[3].floats, count: count
            ).run(
                AdamWOperator.Constants(
                    learningRate: rule.learningRate, beta1: rule.beta1, beta2: rule.beta2,
                    epsilon: rule.epsilon, weightDecay: rule.weightDecay, number: number),
                isFirst: number == 1, in: workspace)
        case .muon: Issue.record("Muon moves matrices, not weights one by one")
        }
    }
}
