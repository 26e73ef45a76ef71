// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNTensor

/// All memory of a program: the arena of its buffers, and what outlives a step.
final class NetworkMemory {
    let program: Program
    let layout: ParameterLayout
    private let arenaPlan: ArenaPlanner
    private let arena: AlignedMemory
    /// Parameters, and for training their gradients and velocities.
    let parameters: AlignedMemory
    let gradients: AlignedMemory
    let velocities: AlignedMemory
    let statistics: AlignedMemory
    /// What some runs keep besides.
    var secondMoments: AlignedMemory?
    var gradientSums: AlignedMemory?
    var averages: Averages?
    /// The packed weights that are kept, by convolution.
    private let packed: AlignedMemory
    private var packedOffsets: [NodeID: Int] = [:]
    /// The vectors of each normalisation and constant factor.
    private let vectors: AlignedMemory
    private var vectorOffsets: [Int] = []
    private var factorOffsets: [Int] = []
    private let zeros: AlignedMemory

    init(_ program: Program, graph: Graph, mode: ForwardLowering.Mode) {
        self.program = program
        layout = ParameterLayout(graph)
        arenaPlan = program.arena(keepsOutput: true)
        arena = AlignedMemory(byteCount: arenaPlan.byteCount)
        let trained = mode == .training ? layout.trainableFloats : 0
        parameters = AlignedMemory(floatCount: layout.trainableFloats)
        gradients = AlignedMemory(floatCount: trained)
        velocities = AlignedMemory(floatCount: trained)
        statistics = AlignedMemory(floatCount: layout.statisticsFloats)

        var packedFloats = 0
        for step in program.steps {
            guard case .convolution(let convolution) = step else { continue }
            packedOffsets[convolution.node] = packedFloats
            packedFloats += step.keptPackedCount(images: program.images)
        }
        packed = AlignedMemory(floatCount: packedFloats)

        var vectorFloats = 0
        for normalization in program.normalizations {
            vectorOffsets.append(vectorFloats)
            vectorFloats += NormalizationVectors.count * Kernels.padded(normalization.channels)
        }
        for factor in program.factors {
            factorOffsets.append(vectorFloats)
            vectorFloats += Kernels.padded(factor.channels)
        }
        vectors = AlignedMemory(floatCount: vectorFloats)
        let widest = program.factors.map { Kernels.padded($0.channels) }.max() ?? 0
        zeros = AlignedMemory(floatCount: widest)
        for (factor, offset) in zip(program.factors, factorOffsets) {
            (vectors.floats + offset).update(repeating: factor.value, count: factor.channels)
        }
    }

    /// The bytes of all blocks.
    var byteCount: Int {
        [
            arena, parameters, gradients, velocities, statistics, packed, vectors, secondMoments,
            gradientSums, averages?.parameters, averages?.statistics,
        ].compactMap { $0?.byteCount }.reduce(0, +)
    }

    /// The bytes of the arena, in which buffers that do not live at the same time share their place.
    var arenaByteCount: Int { arena.byteCount }

    func pointer(_ buffer: BufferID) -> UnsafeMutableRawPointer {
        arena.baseAddress + arenaPlan.offsets[buffer.index]
    }

    func floats(_ buffer: BufferID) -> UnsafeMutablePointer<Float> {
        pointer(buffer).assumingMemoryBound(to: Float.self)
    }

    func dropoutMask(_ dropout: Int) -> UnsafeMutablePointer<UInt16> {
        pointer(program.dropouts[dropout].bits).assumingMemoryBound(to: UInt16.self)
    }

    /// A buffer of features as the operators see it.
    func map(_ buffer: BufferID) -> FeatureMap {
        let shape = program.shape(of: buffer)
        return FeatureMap(
            base: floats(buffer), channels: shape.channels, height: shape.height,
            width: shape.width)
    }

    func sums(_ buffer: BufferID) -> WindowSums {
        guard case .sums(let windows, let channels) = program.buffers[buffer.index].content else {
            preconditionFailure("buffer \(program.buffers[buffer.index].name) holds no sums")
        }
        return WindowSums(
            base: floats(buffer), windows: windows, channels: channels, images: program.images)
    }

    /// Where a convolution's weights are packed: in `buffer`, or kept outside the arena.
    func packedWeights(_ node: NodeID, in buffer: BufferID?) -> UnsafeMutablePointer<Float> {
        buffer.map { floats($0) } ?? packed.floats + (packedOffsets[node] ?? 0)
    }

    func normalizationVectors(_ index: Int) -> NormalizationVectors {
        NormalizationVectors(
            base: vectors.floats + vectorOffsets[index],
            lanes: Kernels.padded(program.normalizations[index].channels))
    }

    /// A view as the operators see it.
    func view(_ view: BufferView) -> MapView {
        let coefficients: Coefficients? =
            switch view.affine {
            case nil: nil
            case .normalization(let index): normalizationVectors(index).forward
            case .normalizationGradient(let index): normalizationVectors(index).backward
            case .factor(let index):
                Coefficients(
                    scale: vectors.floats + factorOffsets[index], shift: zeros.floats)
            }
        return MapView(
            map(view.source), second: view.second.map { UnsafePointer(floats($0)) },
            coefficients: coefficients, activation: view.activation.function,
            keep: view.dropout.map { UnsafePointer(dropoutMask($0)) })
    }
}

/// The vectors that a normalisation computes with, one value per padded channel each.
struct NormalizationVectors {
    static let count = 7

    /// The forward map: `x * scale + shift`, dropout's factor included.
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>
    /// The batch's (or the running) mean and 1 / sqrt(variance + ε).
    let mean: UnsafeMutablePointer<Float>
    let inverse: UnsafeMutablePointer<Float>
    /// The gradient's map: `dz * gradientScale + x * gradientSlope + gradientShift`.
    let gradientScale: UnsafeMutablePointer<Float>
    let gradientSlope: UnsafeMutablePointer<Float>
    let gradientShift: UnsafeMutablePointer<Float>

    init(base: UnsafeMutablePointer<Float>, lanes: Int) {
        scale = base
        shift = base + lanes
        mean = base + 2 * lanes
        inverse = base + 3 * lanes
        gradientScale = base + 4 * lanes
        gradientSlope = base + 5 * lanes
        gradientShift = base + 6 * lanes
    }

    var forward: Coefficients { Coefficients(scale: scale, shift: shift) }

    var backward: Coefficients {
        Coefficients(scale: gradientScale, shift: gradientShift, slope: gradientSlope)
    }
}
