// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor
import WRNTestSupport
import WRNZoo

/// One network of each kind, most of them as large as they are used, against PyTorch in double
/// precision.
@Suite("PyTorch's numbers for the family")
struct NetworkParityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let instructionSet: InstructionSet

        var testDescription: String { "\(name) on \(instructionSet.rawValue)" }
    }

    /// The names of the zoo, and networks that are cut short.
    static let names = [
        "wrn-40-2-b131", "wrn-40-2-b31", "wrn-22-2-b313", "wrn-40-2-b333", "wrn-40-2-b131-table2",
        "wrn-18-1.5", "wrn-34-2", "wrn-50-2", "resnet-50", "resnet-20", "resnet-20-b",
        "wrn-10-2-leaky0.1-rawshortcut-eps0.001", "wrn-16-1-rawshortcut-stride2",
        "preact-resnet-8-rawshortcut", "resnet-8-padboth", "resnet-8-b-leaky0.2",
        "wrn-10-2-leaky0.1-firstblock-eps0.001", "wrn-16-1-leaky0.1-firstshortcut-same-eps0.001",
        "wrn-16-2-silu-same", "wrn-13-1-b131-silu-stride2-same", "resnet-8-b-silu",
        "preact-resnet-8-silu",
    ]
    static let cut = [
        "resnet-164-cut": (ResidualNetwork.Stem.small, ActivationOrder.post, [2, 1, 1]),
        "preact-resnet-164-cut": (.small, .pre, [2, 2, 2]),
        "preact-resnet-110-cut": (.small, .pre, [2, 2, 2]),
        "preact-resnet-200-cut": (.large, .pre, [1, 2, 2, 1]),
    ]

    /// Networks of which no seed keeps every ReLU's input away from zero by more than rounding: one
    /// that takes the other side moves all gradients before it a little.
    static let kinked: Set = ["wrn-40-2-b131", "wrn-40-2-b131-table2", "wrn-34-2", "resnet-20-b"]

    static let cases = (names + cut.keys.sorted()).flatMap { name in
        // What takes seconds runs with the processor's best instructions only.
        let isLarge = ["wrn-18-1.5", "wrn-34-2", "wrn-50-2", "resnet-50"].contains(name)
        let sets = InstructionSet.usable
        return (isLarge ? Array(sets.suffix(1)) : sets).map {
            Case(name: name, instructionSet: $0)
        }
    }

    private func graph(_ name: String, _ images: [Int]) throws -> Graph {
        guard let (stem, order, blocks) = Self.cut[name] else {
            return try Zoo.network(named: name, classes: 10)
                .graph(height: images[2], width: images[3])
        }
        let block: ResidualNetwork.Block =
            name == "preact-resnet-110-cut" ? .basic : .bottleneck
        let stride: NetworkVariant.StridePlacement =
            block == .bottleneck && order == .post ? .secondConvolution : .firstConvolution
        return try ResidualNetwork(
            stem: stem, stemChannels: stem == .small ? 16 : 64, stageBlocks: blocks, block: block,
            order: order,
            variant: NetworkVariant(
                shortcutInput: order == .pre ? .activated : .raw, stride: stride),
            classes: 10, inputChannels: images[1]
        ).graph(height: images[2], width: images[3])
    }

    @Test("every case of the file is tested")
    func complete() throws {
        #expect(try Set(NetworkFixture.all().keys) == Set(Self.cases.map(\.name)))
    }

    @Test("logits, loss and gradients agree", arguments: cases)
    func parity(_ test: Case) throws {
        let fixture = try #require(NetworkFixture.all()[test.name])
        let graph = try graph(test.name, fixture.images)
        #expect(graph.parameterCount == fixture.parameters)
        let (tensors, images, labels) = (
            fixture.tensors(graph), fixture.imageValues(), fixture.labels()
        )
        let options = ExecutionOptions(threads: 2, instructionSet: test.instructionSet)
        let inference = try InferenceSession(
            graph: graph, tensors: tensors, batch: labels.count, options: options)
        let logits = try inference.logits(for: images, count: labels.count)
        expectClose(logits, fixture.logitsEval, "evaluation logits", 1e-4)

        let training = try TrainingSession(
            graph: graph, tensors: tensors, batch: labels.count, seed: 0, options: options)
        let result = try training.computeGradients(images: images, labels: labels, stepIndex: 0)
        expectClose(
            training.lastLogits(count: labels.count), fixture.logitsTrain, "training logits", 1e-3)
        #expect(abs(result.loss - fixture.loss) < 1e-3 * fixture.loss)
        let gradients = training.gradients()
        #expect(fixture.gradients.count >= 20)
        let tolerance = Self.kinked.contains(test.name) ? 5e-2 : 2e-3
        for (name, digest) in fixture.gradients {
            let elements = try #require(gradients[name]).elements.map(Double.init)
            let norm = elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let off = abs(norm - digest.norm) / digest.norm
            #expect(off < tolerance, "norm of \(name)'s gradient")
            let samples = digest.samples.indices.map { elements[$0 * (elements.count - 1) / 4] }
            let error = zip(samples, digest.samples).map { abs($0 - $1) }.max() ?? .infinity
            #expect(error / digest.largest < tolerance, "\(name)'s gradient")
        }
    }

    /// With `WRN_SHOW_ERRORS=1` in the environment a row of the table in Documentation/Precision.md
    /// is printed for each network.
    @Test(
        "logits in bfloat16 are those of double precision but for the rounding",
        arguments: names + cut.keys.sorted())
    func bfloat16(_ name: String) throws {
        let fixture = try #require(NetworkFixture.all()[name])
        let graph = try graph(name, fixture.images)
        let count = fixture.logitsEval.count
        func relative(_ precision: Precision) throws -> Double {
            let session = try InferenceSession(
                graph: graph, tensors: fixture.tensors(graph), batch: count,
                options: ExecutionOptions(threads: 2, precision: precision))
            return Double(
                relativeError(
                    try session.logits(for: fixture.imageValues(), count: count),
                    fixture.logitsEval.joined().map { Float($0) }))
        }
        let error = try relative(.bfloat16)
        if ProcessInfo.processInfo.environment["WRN_SHOW_ERRORS"] == "1" {
            let errors = [try relative(.float32), error].map { String(format: "%.1e", $0) }
            print("| \(name) | \(errors[0]) | \(errors[1]) |")
        }
        // Each of tens of layers rounds to eight bits; a wrong layer errs by the logits themselves.
        #expect(error > 1e-4 && error < 0.03, "\(error)")
    }

    private func expectClose(
        _ actual: [Float], _ expected: [[Double]], _ what: Comment, _ tolerance: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = relativeError(actual, expected.joined().map { Float($0) })
        #expect(error < tolerance, what, sourceLocation: sourceLocation)
    }
}
