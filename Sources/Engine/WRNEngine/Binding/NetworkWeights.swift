// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor

/// The numbers of a network in the order in which its steps read them: parameters, running
/// statistics, packed weights, and the coefficients of normalisations.
///
/// A training session changes its own at every step. For inference ``prepare(_:in:)`` computes
/// once what follows from the parameters; nothing is written afterwards, so that any number of
/// sessions may read the same numbers at the same time.
final class NetworkWeights: Sendable {
    let layout: ParameterLayout
    let parameters: AlignedMemory
    let statistics: AlignedMemory
    /// The packed weights that are kept, by convolution.
    private let packed: AlignedMemory
    private let packedOffsets: [NodeID: Int]
    /// The vectors of each normalisation and constant factor.
    private let vectors: AlignedMemory
    private let normalizationPlaces: [(offset: Int, lanes: Int)]
    private let factorOffsets: [Int]
    private let zeros: AlignedMemory

    /// Allocates the numbers of a program's network, all 0; the sizes do not depend on the
    /// batch.
    init(_ convolutions: ConvolutionChoices) {
        let program = convolutions.program
        layout = ParameterLayout(program.graph)
        parameters = AlignedMemory(floatCount: layout.trainableFloats)
        statistics = AlignedMemory(floatCount: layout.statisticsFloats)

        var packedOffsets: [NodeID: Int] = [:]
        var packedFloats = 0
        for case .convolution(let convolution) in program.steps {
            packedOffsets[convolution.node] = packedFloats
            packedFloats += convolutions.keptPackedCount(convolution)
        }
        self.packedOffsets = packedOffsets
        packed = AlignedMemory(floatCount: packedFloats)

        var vectorFloats = 0
        normalizationPlaces = program.normalizations.map { normalization in
            let lanes = Kernels.padded(normalization.channels)
            defer { vectorFloats += NormalizationVectors.count * lanes }
            return (vectorFloats, lanes)
        }
        factorOffsets = program.factors.map { factor in
            defer { vectorFloats += Kernels.padded(factor.channels) }
            return vectorFloats
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
        [parameters, statistics, packed, vectors].map(\.byteCount).reduce(0, +)
    }

    /// The place of a convolution's packed weights.
    func packedWeights(_ node: NodeID) -> UnsafeMutablePointer<Float> {
        packed.floats + (packedOffsets[node] ?? 0)
    }

    func normalizationVectors(_ index: Int) -> NormalizationVectors {
        let place = normalizationPlaces[index]
        return NormalizationVectors(base: vectors.floats + place.offset, lanes: place.lanes)
    }

    /// The coefficients of a constant factor.
    func factor(_ index: Int) -> Coefficients {
        Coefficients(scale: vectors.floats + factorOffsets[index], shift: zeros.floats)
    }

    /// Computes what inference reads instead of parameters and statistics: the maps of the
    /// normalisations, then the packed weights, into which some of these are folded.
    func prepare(_ convolutions: ConvolutionChoices, in workspace: Workspace) {
        let program = convolutions.program
        for index in program.normalizations.indices {
            NormalizationStep(index, of: program, weights: self)
                .useRunningStatistics()
        }
        for case .convolution(let step) in program.steps {
            let slot = layout.slot(program.graph[step.node], .weight)
            WeightPacking(
                convolutions.plan(step), source: parameters.floats + slot.offset,
                destination: packedWeights(step.node),
                outputFactor: step.folded.map { normalizationVectors($0).forward.scale }
            ).run(in: workspace)
        }
    }
}

extension NetworkWeights {
    /// Loads all weights and running statistics, or none.
    func load(_ tensors: [String: Tensor]) throws(PlanError) {
        try check(tensors)
        load(tensors, parameters: parameters, statistics: statistics)
    }

    /// Loads tensors that have passed ``check(_:for:)`` into blocks of the layout.
    func load(
        _ tensors: [String: Tensor], parameters: AlignedMemory, statistics: AlignedMemory
    ) {
        for (slots, block) in [(layout.trainable, parameters), (layout.statistics, statistics)] {
            for slot in slots {
                guard let tensor = tensors[slot.parameter.name] else { continue }
                slot.load(tensor, into: block.floats)
            }
        }
    }

    /// Loads some trainable slots of a block of the parameters' layout.
    func load(_ tensors: [String: Tensor], for slots: [Int], into block: AlignedMemory) {
        for slot in slots.map({ layout.trainable[$0] }) {
            guard let tensor = tensors[slot.parameter.name] else { continue }
            slot.load(tensor, into: block.floats)
        }
    }

    /// Refuses tensors of which one that the network needs is missing or has another shape.
    func check(_ tensors: [String: Tensor]) throws(PlanError) {
        try check(tensors, for: layout.trainable + layout.statistics)
    }

    /// Refuses tensors unless every slot has one of its shape.
    func check(
        _ tensors: [String: Tensor], for slots: [ParameterLayout.Slot]
    ) throws(PlanError) {
        for slot in slots {
            guard let tensor = tensors[slot.parameter.name] else {
                throw .missingTensor(slot.parameter.name)
            }
            guard tensor.shape == slot.parameter.shape else {
                throw .shapeMismatch(
                    tensor: slot.parameter.name, expected: "\(slot.parameter.shape)",
                    actual: "\(tensor.shape)")
            }
        }
    }

    /// A parameter or running statistic by its name.
    func tensor(named name: String) -> Tensor? {
        for (slots, block) in [(layout.trainable, parameters), (layout.statistics, statistics)] {
            if let slot = slots.first(where: { $0.parameter.name == name }) {
                return slot.tensor(from: block.floats)
            }
        }
        return nil
    }

    /// All weights and running statistics by name.
    func tensors() -> [String: Tensor] { tensors(parameters: parameters, statistics) }

    /// The contents of two blocks of the layout, by name.
    func tensors(
        parameters: AlignedMemory, _ statistics: AlignedMemory
    ) -> [String: Tensor] {
        var tensors = tensors(of: parameters)
        for slot in layout.statistics {
            tensors[slot.parameter.name] = slot.tensor(from: statistics.floats)
        }
        return tensors
    }

    /// The contents of a block of the parameters' layout, of those that `isWanted`, by name.
    func tensors(
        of block: AlignedMemory, where isWanted: (Parameter) -> Bool = { _ in true }
    ) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for slot in layout.trainable where isWanted(slot.parameter) {
            tensors[slot.parameter.name] = slot.tensor(from: block.floats)
        }
        return tensors
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
