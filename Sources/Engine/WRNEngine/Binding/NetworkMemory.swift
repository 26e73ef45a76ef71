// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor

/// The memory of a program: the arena of its buffers, the network's weights, and for training the
/// gradients and what the optimizer keeps.
final class NetworkMemory {
    let plan: NetworkPlan
    let weights: NetworkWeights
    private let arena: AlignedMemory
    /// Empty in inference, like the velocities.
    let gradients: AlignedMemory
    let velocities: AlignedMemory
    /// Blocks that only some runs need; each is allocated at its first use.
    private(set) var secondMoments: AlignedMemory?
    private(set) var shardSums: ShardSums?
    private(set) var averages: Averages?

    /// The moving averages of the parameters and of the running statistics.
    struct Averages {
        let parameters: AlignedMemory
        let statistics: AlignedMemory
    }

    init(_ plan: NetworkPlan, weights: NetworkWeights) {
        self.plan = plan
        self.weights = weights
        arena = AlignedMemory(byteCount: plan.arena.byteCount)
        let trained = plan.mode == .training ? weights.layout.trainableFloats : 0
        gradients = AlignedMemory(floatCount: trained)
        velocities = AlignedMemory(floatCount: trained)
    }

    var program: Program { plan.program }
    var layout: ParameterLayout { weights.layout }
    var parameters: AlignedMemory { weights.parameters }
    var statistics: AlignedMemory { weights.statistics }

    /// The bytes of all blocks but the weights'.
    var ownByteCount: Int {
        [
            arena, gradients, velocities, secondMoments, averages?.parameters,
            averages?.statistics,
        ].compactMap { $0?.byteCount }.reduce(shardSums?.byteCount ?? 0, +)
    }

    /// The bytes of the arena, in which buffers that are not in use at the same time share their
    /// place.
    var arenaByteCount: Int { arena.byteCount }

    func pointer(_ buffer: BufferID) -> UnsafeMutableRawPointer {
        arena.baseAddress + plan.offset(of: buffer)
    }

    /// The working memory of a step; nil where it needs none.
    func workingMemory(ofStep step: Int) -> UnsafeMutablePointer<Float>? {
        plan.workOffset(ofStep: step).map {
            (arena.baseAddress + $0).assumingMemoryBound(to: Float.self)
        }
    }

    func floats(_ buffer: BufferID) -> UnsafeMutablePointer<Float> {
        pointer(buffer).assumingMemoryBound(to: Float.self)
    }

    func dropoutMask(_ dropout: Int) -> UnsafeMutablePointer<UInt16> {
        pointer(program.dropouts[dropout].bits).assumingMemoryBound(to: UInt16.self)
    }

    /// A buffer of features in the form that operators take.
    func map(_ buffer: BufferID) -> FeatureMap {
        let shape = program.shape(of: buffer)
        return FeatureMap(
            base: pointer(buffer), elementType: program[buffer].elementType,
            channels: shape.channels, height: shape.height, width: shape.width)
    }

    func sums(_ buffer: BufferID) -> WindowSums {
        WindowSums(
            base: floats(buffer), windows: plan.windows(of: buffer),
            channels: program.shape(of: buffer).channels, images: plan.batch)
    }

    /// A view in the form that operators take.
    func view(_ view: BufferView) -> MapView {
        let coefficients: Coefficients? =
            switch view.affine {
            case nil: nil
            case .normalization(let index): weights.normalizationVectors(index).forward
            case .normalizationGradient(let index): weights.normalizationVectors(index).backward
            case .factor(let index): weights.factor(index)
            }
        return MapView(
            map(view.source), second: view.second.map { map($0) },
            coefficients: coefficients, activation: view.activation.function,
            keep: view.dropout.map { UnsafePointer(dropoutMask($0)) },
            factor: view.dropout.map { program.dropouts[$0].factor } ?? 1)
    }
}

extension NetworkMemory {
    /// The block of AdamW's mean squared gradients.
    func beginSecondMoments() -> AlignedMemory {
        if let secondMoments { return secondMoments }
        let block = AlignedMemory(floatCount: layout.trainableFloats)
        secondMoments = block
        return block
    }

    /// Begins the sums of a step over so many shards, in the memory of those before where that is
    /// large enough.
    func beginShards(_ count: Int) -> ShardSums {
        let sums =
            shardSums.flatMap { $0.holds(count) ? $0 : nil }
            ?? ShardSums(layout, count: count)
        shardSums = sums
        sums.begin(count: count, statistics: statistics)
        return sums
    }

    /// Allocates the averages, which begin with the current values.
    func beginAverages() {
        let block = makeAverages()
        block.parameters.floats.update(from: parameters.floats, count: layout.trainableFloats)
        block.statistics.floats.update(from: statistics.floats, count: layout.statisticsFloats)
    }

    /// Loads averages that were taken out before.
    func loadAverages(_ tensors: [String: Tensor]) {
        let block = averages ?? makeAverages()
        weights.load(tensors, parameters: block.parameters, statistics: block.statistics)
    }

    private func makeAverages() -> Averages {
        let block = Averages(
            parameters: AlignedMemory(floatCount: layout.trainableFloats),
            statistics: AlignedMemory(floatCount: layout.statisticsFloats))
        averages = block
        return block
    }
}

extension Activation? {
    /// As the kernels apply it.
    var function: PointwiseFunction {
        switch self {
        case nil: .identity
        case .relu: .relu
        case .leakyReLU(let slope): .leakyReLU(slope: Float(slope))
        case .silu: .silu
        }
    }
}
