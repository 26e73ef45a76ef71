// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNKernels
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@testable import WRNEngine
@testable import WRNPlan

/// Muon against its formula in PyTorch, and against `torch.optim.Muon`, in float64.
@Suite("Muon")
struct MuonTests {
    private static let shapes = ["4x4", "16x27", "20x180", "48x16", "33x297", "10x90"]

    /// The orthogonalised matrix, row by row.
    private func orthogonalized(
        _ matrix: Tensor, set: InstructionSet?, threads: Int = 2
    ) throws -> [Float] {
        let (rows, columns) = (matrix.shape.extents[0], matrix.shape.extents[1])
        let taps = columns.isMultiple(of: 9) ? 9 : 1
        let kernel = taps == 9 ? 3 : 1
        let shape = ConvolutionShape(
            input: (columns / taps, 4, 4), output: (rows, 4, 4), kernelSize: kernel, stride: 1,
            padding: kernel / 2)
        let (kernels, pool) = try ExecutionOptions(threads: threads, instructionSet: set)
            .workspaceParts()
        // Whatever the memory held before.
        let memory = AlignedMemory(floatCount: Orthogonalization.floatCount(shape))
        memory.floats.update(repeating: .nan, count: Orthogonalization.floatCount(shape))
        let operation = Orthogonalization(shape, memory: memory.floats, kernels: kernels)
        let workspace = Workspace(kernels: kernels, pool: pool, scratch: operation.scratch)
        operation.matrix.update(repeating: 0, count: shape.weightCount)
        let norm = matrix.elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        func place(_ row: Int, _ column: Int) -> Int {
            shape.weightIndex(output: row, input: column / taps, tap: column % taps)
        }
        for row in 0..<rows {
            for column in 0..<columns {
                operation.matrix[place(row, column)] =
                    matrix.elements[row * columns + column] / Float(norm + 1e-7)
            }
        }
        let result = operation.run(in: workspace)
        let whole = (0..<shape.weightCount).reduce(0.0) { $0 + Double(abs(result[$1])) }
        let values = (0..<rows).flatMap { row in
            (0..<columns).map { result[place(row, $0)] }
        }
        // Padding stays zero.
        let sum = values.reduce(0.0) { $0 + Double(abs($1)) }
        #expect(abs(whole - sum) <= 1e-9 * sum)
        return values
    }

    @Test(
        "orthogonalises matrices as the iteration does in float64, wide, tall and of low rank",
        arguments: shapes, InstructionSet.usable)
    func iteration(shape: String, set: InstructionSet) throws {
        let archive = try OptimizerFixture.archive("muon")
        let matrix = try archive.tensor(named: "matrix.\(shape)")
        let expected = try archive.tensor(named: "orthogonal.\(shape)").elements
        #expect(relativeError(try orthogonalized(matrix, set: set), expected) < 1e-4)
        // The coefficients leave singular values of 0.7 to 1.2 in place of 1.
        let length = expected.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let rank = shape == "10x90" ? 3 : matrix.shape.extents.min() ?? 0
        #expect((0.6...1.2).contains(length / Double(rank).squareRoot()), "\(length)")
    }

    @Test("has the same bits on any number of threads", arguments: [2, 3, 5])
    func threads(_ count: Int) throws {
        for shape in Self.shapes {
            let matrix = try OptimizerFixture.archive("muon").tensor(named: "matrix.\(shape)")
            let one = try orthogonalized(matrix, set: nil, threads: 1)
            #expect(try orthogonalized(matrix, set: nil, threads: count) == one, "\(shape)")
        }
    }

    private static let rules: [(String, Muon)] = [
        (
            "normalised",
            Muon(
                learningRate: 0.02, restLearningRate: 0.01, momentum: 0.6, nesterov: true,
                weightDecay: 5e-3)
        ),
        (
            "torch",
            Muon(
                learningRate: 0.02, restLearningRate: 0.005, momentum: 0.9, nesterov: false,
                weightDecay: 0.1, normalizesFilters: false)
        ),
        (
            "torch-nesterov",
            Muon(
                learningRate: 0.01, restLearningRate: 0.005, momentum: 0.5, nesterov: true,
                weightDecay: 0, normalizesFilters: false)
        ),
    ]

    @Test("steps of a network end with the fixture's losses and weights", arguments: rules)
    func network(_ rule: (name: String, muon: Muon)) throws {
        let fixture = try OptimizerFixture()
        let archive = try OptimizerFixture.archive("muon")
        let session = try fixture.session()
        let losses = try archive.tensor(named: "\(rule.name).losses").elements
        #expect(losses.count == 12)
        for step in losses.indices {
            let loss = try session.computeGradients(
                images: fixture.images, labels: fixture.labels(step: step), stepIndex: step
            ).loss
            session.update(.muon(rule.muon))
            #expect(abs(Float(loss) / losses[step] - 1) < 1e-4, "step \(step)")
            guard step == 0 || step == losses.count - 1 else { continue }
            let (prefix, tolerance): (String, Double) =
                step == 0 ? ("first", 2e-5) : ("after", 1e-3)
            for (name, tensor) in session.tensors() {
                let expected = try archive.tensor(named: "\(rule.name).\(prefix).\(name)").elements
                let error = relativeError(tensor.elements, expected)
                #expect(Double(error) < tolerance, "\(prefix).\(name): \(error)")
            }
        }
    }

    @Test("and slow weights: returns every five steps end with the fixture's weights")
    func lookahead() throws {
        let fixture = try OptimizerFixture()
        let archive = try OptimizerFixture.archive("muon")
        let session = try fixture.session()
        let rule = Optimizer.sgd(SGD(learningRate: 0.005, weightDecay: 0))
        let decay = 0.95 * 0.95 * 0.95 * 0.95 * 0.95
        session.average(decay: 1)
        for step in 0..<12 {
            _ = try session.computeGradients(
                images: fixture.images, labels: fixture.labels(step: step), stepIndex: step)
            session.update(rule)
            guard (step + 1).isMultiple(of: 5) else { continue }
            let share = Double(step + 1) / 12
            session.average(decay: decay * share * share * share)
            session.returnToAverages()
            #expect(session.averages() == session.tensors())
        }
        let averages = try #require(session.averages())
        for (name, tensor) in session.tensors() {
            let after = try archive.tensor(named: "lookahead.after.\(name)").elements
            let slow = try archive.tensor(named: "lookahead.slow.\(name)").elements
            #expect(relativeError(tensor.elements, after) < 1e-4, "\(name)")
            #expect(relativeError(averages[name]?.elements ?? [], slow) < 1e-4, "\(name)")
        }
    }

    @Test("leaves filters of zeros and gradients of zeros finite")
    func zeros() throws {
        let fixture = try OptimizerFixture()
        var tensors = fixture.tensors
        tensors["conv0.weight"] = Tensor(shape: [16, 3, 3, 3], repeating: 0)
        let session = try TrainingSession(
            graph: fixture.graph, tensors: tensors, batch: 10, seed: 0)
        _ = try session.computeGradients(
            images: fixture.images, labels: fixture.labels(step: 0), stepIndex: 0)
        session.update(.muon(Muon()))
        for tensor in session.tensors().values {
            #expect(tensor.elements.allSatisfy { $0.isFinite })
        }
    }

    @Test("with another learning rate moves the rest in proportion")
    func learningRate() {
        var optimizer = Optimizer.muon(Muon(learningRate: 0.2, restLearningRate: 0.5))
        optimizer.learningRate = 0.05
        #expect(optimizer == .muon(Muon(learningRate: 0.05, restLearningRate: 0.125)))
        optimizer.learningRate = 0
        #expect(optimizer == .muon(Muon(learningRate: 0, restLearningRate: 0)))
        optimizer.learningRate = 1
        #expect(optimizer.learningRate == 1)
    }
}
