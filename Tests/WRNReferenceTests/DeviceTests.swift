// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNWorkers
import WRNZoo

/// Both devices through the protocols that the layers above use.
@Suite("Executors of every device")
struct DeviceTests {
    private static let devices: [Device] = [.cpu(threads: 2), .reference]
    private static let optimizers: [Optimizer] = [
        .sgd(SGD(learningRate: 0.05, dampening: 0.1, nesterov: false)),
        .sgd(SGD(learningRate: 0.05)),
        .adamW(AdamW(learningRate: 0.01, epsilon: 1e-3, weightDecay: 0.1)),
        .muon(Muon(learningRate: 0.02, restLearningRate: 0.05, momentum: 0.6)),
        .muon(
            Muon(
                learningRate: 0.02, restLearningRate: 0.05, nesterov: false, weightDecay: 0.1,
                normalizesFilters: false)),
    ]

    private let network: RandomNetwork

    init() throws {
        network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 0.25, classes: 3, dropout: 0.3)
                .graph(height: 8, width: 8), seed: 8)
    }

    private func executor(
        _ device: Device, scope: TrainingScope = TrainingScope()
    ) throws -> any TrainingExecutor {
        try device.training(network.graph, batch: network.labels.count, seed: 5, scope: scope)
            .executor(network.tensors)
    }

    /// A step in four shards, of which two have no images, with factors, a maximum of the norm and
    /// an average; the norm.
    private func step(
        _ executor: any TrainingExecutor, _ number: Int, _ optimizer: Optimizer
    ) throws -> Double {
        let (images, labels) = (network.images, network.labels)
        let imageSize = network.graph.inputShape.elementCount
        executor.beginShards(4, in: SoloWorker())
        for range in [0..<0, 0..<1, 1..<1, 1..<labels.count] {
            guard !range.isEmpty else {
                executor.addEmptyShard()
                continue
            }
            _ = try executor.computeGradients(
                images: images[range.lowerBound * imageSize..<range.upperBound * imageSize],
                labels: Array(labels[range]), stepIndex: number,
                shard: StepShard(firstImage: range.lowerBound, weight: Double(range.count)))
        }
        try executor.finishShards(weight: Double(labels.count), images: labels.count)
        let norm = executor.update(
            optimizer,
            factors: [
                "fc.weight": UpdateFactors(learningRate: 2, weightDecay: 0),
                "conv0.weight": UpdateFactors(learningRate: 0),
            ], maximumNorm: 0.5)
        executor.average(decay: 0.7)
        return try #require(norm)
    }

    private func expectNear(
        _ found: [String: Tensor], _ wanted: [String: Tensor], _ what: String
    ) {
        #expect(Set(found.keys) == Set(wanted.keys), "\(what)")
        for (name, tensor) in wanted {
            let largest = Float(1e-3)
            let error = relativeError(
                (found[name]?.elements ?? []) + [largest], tensor.elements + [largest])
            #expect(error < 1e-3, "\(what) of \(name): \(error)")
        }
    }

    @Test("steps in shards, factors, clipping and averages agree", arguments: optimizers)
    func agree(optimizer: Optimizer) throws {
        let executors = try Self.devices.map { try executor($0) }
        for number in 0..<3 {
            let norms = try executors.map { try step($0, number, optimizer) }
            #expect(norms[0] > 0.5, "the gradients are shortened")
            #expect(abs(norms[0] / norms[1] - 1) < 1e-3)
        }
        let states = executors.map { $0.state() }
        expectNear(states[0].tensors, states[1].tensors, "weights")
        expectNear(states[0].velocities, states[1].velocities, "velocity")
        expectNear(states[0].secondMoments, states[1].secondMoments, "second moment")
        expectNear(states[0].averages, states[1].averages, "average")
        #expect(states[0].stepCounts == states[1].stepCounts)
        for state in states {
            #expect(state.tensors["conv0.weight"] == network.tensors["conv0.weight"])
            #expect(state.velocities["conv0.weight"] == nil)
            #expect(state.velocities["fc.weight"] != nil)
            #expect(state.averages["bn.weight"] != state.tensors["bn.weight"])
        }
    }

    @Test("a state that is restored leads to the same bits", arguments: devices.indices, optimizers)
    func restores(index: Int, optimizer: Optimizer) throws {
        let device = Self.devices[index]
        let whole = try executor(device)
        for number in 0..<2 { _ = try step(whole, number, optimizer) }
        let rest = try executor(device)
        try rest.restore(whole.state())
        #expect(rest.state() == whole.state())
        for executor in [whole, rest] { _ = try step(executor, 2, optimizer) }
        #expect(rest.state() == whole.state())
        // Without velocities and moments the next step is another.
        rest.resetOptimizer()
        #expect(rest.state().velocities.isEmpty && rest.state().stepCounts.isEmpty)
        for executor in [whole, rest] { _ = try step(executor, 3, optimizer) }
        #expect(rest.state() != whole.state())
        var broken = whole.state()
        broken.velocities["fc.bias"] = Tensor(shape: [1], repeating: 0)
        let before = rest.state()
        #expect(throws: PlanError.self) { try rest.restore(broken) }
        #expect(rest.state() == before)
    }

    @Test("a frozen part keeps its bits and gets no gradient", arguments: devices.indices)
    func scope(index: Int) throws {
        let frozen = Set(
            network.graph.parameters.filter(\.isTrainable).map(\.name)
                .filter { !$0.hasPrefix("fc.") })
        let scope = TrainingScope(frozen: frozen, frozenStatistics: true)
        let executor = try executor(Self.devices[index], scope: scope)
        _ = try step(executor, 0, .sgd(SGD()))
        #expect(Set(executor.gradients().keys) == ["fc.weight", "fc.bias"])
        for (name, tensor) in executor.tensors() {
            #expect((tensor == network.tensors[name]) == !name.hasPrefix("fc."), "\(name)")
        }
    }

    @Test("logits and features agree, and what does not fit is refused", arguments: devices.indices)
    func inference(index: Int) throws {
        let (device, count) = (Self.devices[index], network.labels.count)
        let plan = try device.inference(network.graph, batch: count)
        #expect(plan.byteCount > 4 * network.graph.parameterCount)
        let executor = try plan.executor(network.tensors)
        #expect(executor.batch == count && executor.plannedByteCount >= plan.byteCount)
        let logits = try executor.logits(for: network.images, count: count)
        let wanted = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
            .logits(for: network.images, count: count)
        #expect(relativeError(logits, wanted) < 1e-4)
        let part = try NetworkPart(of: network.graph, upTo: ["fc"])
        let features = try device.features(part, batch: count).executor(network.tensors)
        #expect(try features.features(for: network.images, count: count) == [logits])
        #expect(throws: PlanError.invalidRequest("the batch must be in 1...65536, not 0")) {
            _ = try device.inference(network.graph, batch: 0)
        }
        #expect(
            throws: PlanError.invalidRequest(
                "the network was planned for at most \(count) images, not \(count + 1)")
        ) { _ = try executor.logits(for: network.images, count: count + 1) }
        let zeros = network.tensors.mapValues { Tensor(shape: $0.shape, repeating: 0) }
        try executor.load(zeros)
        #expect(
            try executor.logits(for: network.images, count: count).allSatisfy { $0 == 0 })
    }
}
