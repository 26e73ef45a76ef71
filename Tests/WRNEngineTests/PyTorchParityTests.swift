// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor
import WRNTestSupport
import WRNZoo

/// The engine against PyTorch 2.13: logits, loss, every gradient, running statistics, ten steps.
@Suite("PyTorch's numbers")
struct PyTorchParityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let instructionSet: InstructionSet
        let hasTenSteps: Bool
        let graph: @Sendable (_ height: Int, _ width: Int) throws -> Graph

        var testDescription: String { "\(file) on \(instructionSet.rawValue)" }

        func fixture() throws -> PyTorchFixture {
            try PyTorchFixture(file, graph: graph)
        }

        var options: ExecutionOptions {
            ExecutionOptions(threads: 2, instructionSet: instructionSet)
        }
    }

    static let cases = InstructionSet.usable.flatMap { set in
        [
            Case(file: "wrn-10-2", instructionSet: set, hasTenSteps: true) {
                try WideResNet(name: "wrn-10-2").graph(height: $0, width: $1)
            },
            Case(file: "wrn-16-1", instructionSet: set, hasTenSteps: true) {
                try WideResNet(name: "wrn-16-1").graph(height: $0, width: $1)
            },
            Case(file: "wrn-10-1-grey-28", instructionSet: set, hasTenSteps: false) {
                try WideResNet(name: "wrn-10-1", inputChannels: 1).graph(height: $0, width: $1)
            },
            Case(file: "bottleneck-8-1.5", instructionSet: set, hasTenSteps: true) {
                try ResidualNetwork(
                    stem: .large, stemChannels: 8, stageBlocks: [2, 1],
                    block: .bottleneck, variant: NetworkVariant(stride: .secondConvolution),
                    width: 1.5, classes: 10,
                    inputChannels: 3
                ).graph(height: $0, width: $1)
            },
        ]
    }

    @Test("evaluation logits agree within 1e-4", arguments: cases)
    func evaluationLogits(_ test: Case) throws {
        let fixture = try test.fixture()
        let session = try InferenceSession(
            graph: fixture.graph, tensors: fixture.tensors(), batch: 16, options: test.options)
        let logits = try session.logits(for: fixture.images, count: fixture.labels.count)
        #expect(relativeError(logits, try fixture.values("logits.eval")) < 1e-4)
    }

    @Test("training logits, loss, gradients and statistics agree", arguments: cases)
    func trainingStep(_ test: Case) throws {
        let fixture = try test.fixture()
        // A batch larger than the one that runs: the last batch of an epoch is like that.
        let session = try TrainingSession(
            graph: fixture.graph, tensors: fixture.tensors(), batch: fixture.labels.count + 3,
            seed: 0, options: test.options)
        let result = try session.computeGradients(
            images: fixture.images, labels: fixture.labels, stepIndex: 0)
        let logits = session.lastLogits(count: fixture.labels.count)
        #expect(relativeError(logits, try fixture.values("logits.train")) < 1e-4)
        #expect(relativeError([Float(result.loss)], try fixture.values("loss")) < 1e-5)

        let gradients = session.gradients()
        let after = session.tensors()
        for parameter in fixture.graph.parameters {
            if parameter.isTrainable {
                let expected = try fixture.values("gradient.\(parameter.name)")
                let error = relativeError(gradients[parameter.name]?.elements ?? [], expected)
                #expect(error < 1e-3, "gradient of \(parameter.name): \(error)")
            } else {
                let expected = try fixture.values("after.\(parameter.name)")
                let error = relativeError(after[parameter.name]?.elements ?? [], expected)
                #expect(error < 1e-4, "\(parameter.name): \(error)")
            }
        }
    }

    @Test(
        "ten steps of SGD have PyTorch's losses", arguments: cases.filter(\.hasTenSteps))
    func tenSteps(_ test: Case) throws {
        let fixture = try test.fixture()
        let session = try TrainingSession(
            graph: fixture.graph, tensors: fixture.tensors(), batch: fixture.labels.count, seed: 0,
            options: test.options)
        let optimizer = Optimizer.sgd(SGD(learningRate: 0.05))
        for (step, expected) in try fixture.values("losses").enumerated() {
            let result = try session.step(
                images: fixture.images, labels: fixture.labels(step: step), stepIndex: step,
                optimizer: optimizer)
            let error = abs(result.loss - Double(expected)) / Double(expected)
            #expect(error < 1e-3, "step \(step): \(result.loss), PyTorch \(expected)")
        }
    }
}
