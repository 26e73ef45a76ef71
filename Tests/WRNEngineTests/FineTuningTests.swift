// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNKernels
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNEngine
@testable import WRNPlan
@testable import WRNReference

/// Training a part of a network: against the reference, against PyTorch, and against training all
/// of it.
@Suite("Training a part of a network")
struct FineTuningTests {
    /// A random choice of parameters to freeze, never all.
    private static func frozen(_ graph: Graph, seed: UInt64) -> Set<String> {
        var dice = Dice(seed: seed &+ 1000)
        let trainable = graph.parameters.filter(\.isTrainable).map(\.name)
        // Half of the graphs are frozen up to a place, as people do; the others anywhere.
        let end = dice.integer(0...trainable.count - 1)
        return seed.isMultiple(of: 2)
            ? Set(trainable.prefix(end))
            : Set(trainable.dropLast().filter { _ in dice.chance(2) })
    }

    @Test(
        "running statistics as constants have the reference's gradients and stay bit for bit",
        arguments: ReferenceParityTests.seeds)
    func frozenStatistics(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        let reference = try ReferenceExecutor(
            graph: network.graph, tensors: network.tensors, seed: seed,
            scope: TrainingScope(frozenStatistics: true))
        let expected = try reference.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 7)
        let scope = TrainingScope(
            frozen: Self.frozen(network.graph, seed: seed), frozenStatistics: true)
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: 4, seed: seed, scope: scope,
            options: ExecutionOptions(threads: 2))
        let result = try session.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 7)
        #expect(abs(result.loss - expected.loss) < 1e-4 * max(expected.loss, 1))
        let (actual, wanted) = (session.gradients(), reference.gradients())
        #expect(Set(actual.keys) == Set(wanted.keys).subtracting(scope.frozen))
        let largest = wanted.values.flatMap(\.elements).map(abs).max() ?? 0
        for (name, tensor) in actual {
            let floor = [largest * 1e-3]
            let error = relativeError(
                tensor.elements + floor, (wanted[name]?.elements ?? []) + floor)
            #expect(error < 1e-3, "gradient of \(name): \(error)")
        }
        #expect(session.tensors() == network.tensors)
        #expect(reference.tensors() == network.tensors)
    }

    @Test(
        "what is trained gets the bits of training all, what is frozen keeps its own",
        arguments: ReferenceParityTests.seeds)
    func sameBits(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        let frozen = Self.frozen(network.graph, seed: seed)
        func session(_ scope: TrainingScope) throws -> TrainingSession {
            try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 4, seed: seed,
                scope: scope, options: ExecutionOptions(threads: 2))
        }
        func step(_ session: TrainingSession, _ factors: [String: UpdateFactors]) throws {
            try session.step(
                images: network.images, labels: network.labels, stepIndex: 3,
                optimizer: .sgd(SGD()),
                factors: factors)
        }
        let (whole, part) = (
            try session(TrainingScope()), try session(TrainingScope(frozen: frozen))
        )
        // A learning rate of 0 freezes, too, if at the price of a whole backward pass.
        let still = Dictionary(
            uniqueKeysWithValues: frozen.map { ($0, UpdateFactors(learningRate: 0)) })
        try step(whole, still)
        try step(part, [:])
        #expect(part.tensors() == whole.tensors())
        #expect(part.velocities() == whole.velocities())
        #expect(Set(part.velocities().keys).isDisjoint(with: frozen))
        let all = whole.gradients()
        for (name, gradient) in part.gradients() { #expect(gradient == all[name], "\(name)") }
        for name in frozen { #expect(part.tensors()[name] == network.tensors[name], "\(name)") }
    }

    @Test("a frozen trunk costs no backward pass: its plan has the head's gradient and no other")
    func costs() throws {
        let graph = try WideResNet(name: "wrn-16-1").graph(height: 32, width: 32)
        let trunk = graph.parameters.map(\.name).filter { !$0.hasPrefix("fc.") }
        let frozen = Set(trunk.filter { !$0.contains("running") })
        let forward = ForwardLowering.lower(graph, for: .training).steps.count
        let head = Program.lowered(
            graph, for: .training, scope: TrainingScope(frozen: frozen))
        // The loss, and the gradients of the head's weight and bias.
        #expect(head.steps.count == forward + 3)
        let (small, large) = (
            try NetworkPlan(head, batch: 4), try NetworkPlan(graph, batch: 4, for: .training)
        )
        #expect(small.arena.byteCount * 3 < large.arena.byteCount)
    }

    @Test("factors multiply the learning rate and the weight decay of their parameter alone")
    func factors() throws {
        let network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 0.25, classes: 3).graph(height: 8, width: 8), seed: 8)
        func after(_ optimizer: Optimizer, _ factors: [String: UpdateFactors] = [:]) throws
            -> [String: Tensor]
        {
            let session = try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 3, seed: 4)
            try session.step(
                images: network.images, labels: network.labels, stepIndex: 0,
                optimizer: optimizer, factors: factors)
            return session.tensors()
        }
        let usual = try after(.sgd(SGD(learningRate: 0.25, weightDecay: 0.5)))
        let other = try after(.sgd(SGD(learningRate: 0.5, weightDecay: 0.125)))
        let name = "group1.block0.conv1.weight"
        let mixed = try after(
            .sgd(SGD(learningRate: 0.25, weightDecay: 0.5)),
            [name: UpdateFactors(learningRate: 2, weightDecay: 0.25)])
        #expect(usual[name] != other[name])
        for (key, tensor) in mixed {
            #expect(tensor == (key == name ? other : usual)[key], "\(key)")
        }
    }

    @Test(
        "a layer that thaws later begins its velocity then, also in a session that goes on",
        arguments: [0.0, 0.5])
    func thaws(dampening: Double) throws {
        let network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 0.25, classes: 3).graph(height: 8, width: 8), seed: 8)
        let trunk = network.graph.parameters.filter { $0.isTrainable && !$0.name.hasPrefix("fc.") }
        let frozen = Set(trunk.map(\.name))
        func session(_ scope: TrainingScope) throws -> TrainingSession {
            try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 3, seed: 4, scope: scope)
        }
        func run(
            _ session: TrainingSession, _ steps: Range<Int>, _ factors: [String: UpdateFactors]
        ) throws {
            for step in steps {
                try session.step(
                    images: network.images, labels: network.labels, stepIndex: step,
                    optimizer: .sgd(SGD(learningRate: 0.1, dampening: dampening, nesterov: false)),
                    factors: factors)
            }
        }
        let still = Dictionary(
            uniqueKeysWithValues: frozen.map { ($0, UpdateFactors(learningRate: 0)) })
        let whole = try session(TrainingScope())
        try run(whole, 0..<2, still)
        try run(whole, 2..<4, [:])
        let head = try session(TrainingScope(frozen: frozen))
        try run(head, 0..<2, [:])
        let rest = try session(TrainingScope())
        try rest.restore(head.state())
        try run(rest, 2..<4, [:])
        #expect(rest.tensors() == whole.tensors())
        #expect(rest.velocities() == whole.velocities())
    }

    @Test("refuses to freeze what is not there, or everything")
    func refusals() throws {
        let network = try RandomNetwork(seed: 1)
        let trainable = network.graph.parameters.filter(\.isTrainable).map(\.name)
        for (frozen, sentence) in [
            (
                Set(["nothing.weight"]),
                "the network has no parameter named nothing.weight to freeze"
            ),
            (
                Set(trainable),
                "all \(trainable.count) parameters of the network are frozen; leave one to train"
            ),
        ] {
            let error = #expect(throws: PlanError.self) {
                _ = try TrainingSession(
                    graph: network.graph, tensors: network.tensors, batch: 4, seed: 1,
                    scope: TrainingScope(frozen: frozen))
            }
            #expect(error?.description == sentence)
        }
    }

    // MARK: PyTorch

    private static func fixture() throws -> PyTorchFixture {
        try PyTorchFixture("fine-tuning") { height, width in
            try ResidualNetwork(
                stem: .large, stemChannels: 4, stageBlocks: [1, 1],
                block: .bottleneck, variant: NetworkVariant(stride: .secondConvolution), width: 1,
                classes: 10, inputChannels: 3
            ).graph(height: height, width: width)
        }
    }

    @Test("PyTorch's gradients with running statistics", arguments: InstructionSet.usable)
    func gradients(_ set: InstructionSet) throws {
        let fixture = try Self.fixture()
        let session = try TrainingSession(
            graph: fixture.graph, tensors: fixture.tensors(), batch: 6, seed: 0,
            scope: TrainingScope(frozenStatistics: true),
            options: ExecutionOptions(threads: 2, instructionSet: set))
        let result = try session.computeGradients(
            images: fixture.images, labels: fixture.labels, stepIndex: 0)
        #expect(relativeError([Float(result.loss)], try fixture.values("loss")) < 1e-5)
        for (name, gradient) in session.gradients() {
            let error = relativeError(
                gradient.elements, try fixture.values("gradient.\(name)"))
            #expect(error < 1e-3, "gradient of \(name): \(error)")
        }
    }

    @Test(
        "PyTorch's weights after ten steps with frozen layers and groups of parameters",
        arguments: InstructionSet.usable)
    func tenSteps(_ set: InstructionSet) throws {
        let fixture = try Self.fixture()
        var frozen: Set<String> = []
        var factors: [String: UpdateFactors] = [
            "fc.weight": UpdateFactors(learningRate: 10, weightDecay: 0.1),
            "fc.bias": UpdateFactors(learningRate: 20, weightDecay: 0),
        ]
        for parameter in fixture.graph.parameters where parameter.isTrainable {
            if parameter.name.hasPrefix("layer2.") {
                factors[parameter.name] = UpdateFactors(learningRate: 0.5)
            } else if factors[parameter.name] == nil {
                frozen.insert(parameter.name)
            }
        }
        let session = try TrainingSession(
            graph: fixture.graph, tensors: fixture.tensors(), batch: 6, seed: 0,
            scope: TrainingScope(frozen: frozen, frozenStatistics: true),
            options: ExecutionOptions(threads: 2, instructionSet: set))
        for (step, expected) in try fixture.values("losses").enumerated() {
            let result = try session.step(
                images: fixture.images, labels: fixture.labels(step: step), stepIndex: step,
                optimizer: .sgd(SGD(learningRate: 0.01)), factors: factors)
            let error = abs(result.loss - Double(expected)) / Double(expected)
            #expect(error < 1e-3, "step \(step): \(result.loss), PyTorch \(expected)")
        }
        let (before, after) = (try fixture.tensors(), session.tensors())
        for parameter in fixture.graph.parameters {
            let name = parameter.name
            if frozen.contains(name) || !parameter.isTrainable {
                #expect(after[name] == before[name], "\(name)")
            }
            let error = relativeError(
                after[name]?.elements ?? [], try fixture.values("after.\(name)"))
            #expect(error < 1e-3, "\(name): \(error)")
        }
    }
}
