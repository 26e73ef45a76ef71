// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor

/// A program planned for the processor and a batch: how each step is computed, and where each
/// buffer lies, before any memory is taken.
///
/// Sessions, estimates and descriptions are made of one plan, so that a graph is lowered once.
struct NetworkPlan: Sendable {
    /// A part of the arena: a buffer of the program, or what one step works in.
    struct Piece: Sendable {
        let name: String
        /// The type of its numbers.
        let elementType: ElementType
        let byteCount: Int
        /// The first and the last step that use it.
        let life: ClosedRange<Int>
    }

    let scope: TrainingScope
    /// The algorithms of convolutions.
    let convolutions: ConvolutionChoices
    /// The parts of the arena.
    let pieces: [Piece]
    let arena: ArenaPlanner
    /// The parts of its memory, besides the scratch memory of each thread.
    let memory: PlanDescription.Memory
    /// The pieces of the program's buffers, by their numbers, and of the steps that work in one.
    private let bufferPieces: [Int]
    private let workPieces: [Int: Int]
    /// The division of sums, by the buffers' numbers.
    private let sumWindows: [Int: Windows]

    var program: Program { convolutions.program }
    var batch: Int { convolutions.batch }
    var rates: BFloat16Rates { convolutions.rates }
    var graph: Graph { program.graph }
    var mode: PlanMode { program.mode }

    /// Plans a program.
    ///
    /// - Parameter rates: Those of the kernels that will compute it.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range or the bytes are
    ///   more than can be counted.
    init(
        _ program: Program, batch: Int, rates: BFloat16Rates = .none,
        scope: TrainingScope = TrainingScope()
    ) throws(PlanError) {
        try checkBatch(batch)
        try MemoryEstimate.checkCountable(program.graph, batch: batch)
        self.scope = scope
        let choices = ConvolutionChoices(program, batch: batch, rates: rates)
        convolutions = choices
        sumWindows = choices.sumWindows
        (pieces, bufferPieces, workPieces) = choices.pieces()
        arena = ArenaPlanner(
            pieces.map { ArenaPlanner.Request(byteCount: $0.byteCount, life: $0.life) })
        memory = choices.memory(arenaByteCount: arena.byteCount)
    }

    /// Lowers a network for inference, or for training the whole of it, and plans it.
    ///
    /// - Throws: As ``init(_:batch:rates:scope:)``.
    init(
        _ graph: Graph, batch: Int, for mode: PlanMode,
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        try checkBatch(batch)
        try self.init(
            Program.lowered(graph, for: mode, precision: options.precision), batch: batch,
            rates: options.bfloat16Rates)
    }

    /// Lowers the part of a network below some layers, whose results are kept, and plans it.
    ///
    /// - Throws: As ``init(_:batch:rates:scope:)``.
    init(_ part: NetworkPart, batch: Int, options: ExecutionOptions) throws(PlanError) {
        try checkBatch(batch)
        try self.init(
            Program.lowered(part, options.precision), batch: batch, rates: options.bfloat16Rates)
    }

    /// Lowers a network to train, and plans it.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the output is no row of logits, nothing is
    ///   left to train, the batch is out of range, or the bytes are more than can be counted.
    init(
        training graph: Graph, batch: Int, scope: TrainingScope, options: ExecutionOptions
    ) throws(PlanError) {
        try checkTrainable(graph)
        try scope.check(graph)
        try checkBatch(batch)
        try self.init(
            Program.lowered(graph, for: .training, scope: scope, precision: options.precision),
            batch: batch, rates: options.bfloat16Rates, scope: scope)
    }

    /// The memory with the scratch memory of each thread, which is most of it for thin networks on
    /// large images.
    func memory(kernels: Kernels, threads: Int) -> PlanDescription.Memory {
        memory.with(workspaceByteCount: scratch(kernels: kernels).byteCount(threads: threads))
    }

    /// Refuses what this process cannot hold.
    ///
    /// - Parameter allocated: The bytes of it that are there already.
    /// - Throws: A ``PlanError/invalidRequest(_:)`` with how much is needed, and what limits it.
    func checkFits(allocated: Int = 0, kernels: Kernels, threads: Int) throws(PlanError) {
        try MemoryLimit.check(
            memory(kernels: kernels, threads: threads).totalByteCount - allocated, graph,
            batch: batch)
    }

    // MARK: Places

    /// The start of a buffer of the program in the arena, in bytes.
    func offset(of buffer: BufferID) -> Int { arena.offsets[bufferPieces[buffer.index]] }

    func byteCount(of buffer: BufferID) -> Int { pieces[bufferPieces[buffer.index]].byteCount }

    /// The start of a step's working memory in the arena, in bytes; nil where it needs none.
    func workOffset(ofStep step: Int) -> Int? { workPieces[step].map { arena.offsets[$0] } }

    /// The bytes of a step's working memory.
    func workByteCount(ofStep step: Int) -> Int {
        workPieces[step].map { pieces[$0].byteCount } ?? 0
    }

    /// The division of the pixels whose sums a buffer holds.
    func windows(of sums: BufferID) -> Windows {
        guard let windows = sumWindows[sums.index] else {
            preconditionFailure("buffer \(program[sums].name) holds no sums")
        }
        return windows
    }
}

extension Program {
    /// Lowers the part of a network below some layers, whose results are kept.
    static func lowered(_ part: NetworkPart, _ precision: Precision) -> Program {
        lowered(
            part.graph, for: .inference, keeping: part.outputs.map(\.node), precision: precision)
    }
}

/// The algorithms of a program's convolutions, chosen by the written rule from shapes, the batch
/// and the processor's rates, and what follows from them: packed weights, working memory, and how
/// sums are divided.
struct ConvolutionChoices: Sendable {
    let program: Program
    let batch: Int
    let rates: BFloat16Rates

    init(_ program: Program, batch: Int, rates: BFloat16Rates) {
        self.program = program
        self.batch = batch
        self.rates = rates
    }

    /// The algorithm of a convolution: in inference the same for every batch, so that the bits are
    /// the same.
    func plan(_ step: ConvolutionStep) -> ConvolutionPlan {
        let shape = shape(step.node)
        let rates = rates(from: step.source.source, to: step.destination)
        return program.mode == .inference
            ? .inference(shape, images: batch, rates: rates)
            : ConvolutionPlan(shape, .forward, images: batch, rates: rates)
    }

    func plan(_ step: InputGradientStep) -> ConvolutionPlan {
        ConvolutionPlan(
            shape(step.node), .inputGradient, images: batch,
            rates: rates(from: step.gradient.source, to: step.destination))
    }

    func plan(_ step: WeightGradientStep) -> WeightGradientPlan {
        WeightGradientPlan(
            shape(step.node), images: batch,
            rates: rates(from: step.source.source, to: step.gradient.source))
    }

    /// The rates by which a convolution from one buffer to another, or the gradient of its weight
    /// from both, is planned: float32 is multiplied where either is kept in it.
    private func rates(from source: BufferID, to destination: BufferID) -> BFloat16Rates {
        program[source].elementType == .bfloat16 && program[destination].elementType == .bfloat16
            ? rates : .none
    }

    /// The numbers of a convolution or linear layer.
    private func shape(_ id: NodeID) -> ConvolutionShape {
        let node = program.graph[id]
        guard let shape = program.graph.convolution(of: node) else {
            preconditionFailure("\(node.name) is no convolution")
        }
        return shape
    }

    /// The floats of packed weights that are kept from run to run; in training none are.
    func keptPackedCount(_ step: ConvolutionStep) -> Int {
        program.mode == .inference ? plan(step).packedCount : 0
    }

    // MARK: Memory

    /// How the pixels are divided whose sums each buffer holds: as the step that takes them cuts
    /// its work.
    var sumWindows: [Int: Windows] {
        var windows: [Int: Windows] = [:]
        for step in program.steps {
            switch step {
            case .convolution(let step):
                if let sums = step.moments { windows[sums.index] = plan(step).windows }
            case .moments(_, let sums): windows[sums.index] = wholeImages(of: sums)
            case .viewGradient(let step):
                if let sums = step.sums { windows[sums.index] = wholeImages(of: sums) }
            case .inputGradient(let step):
                if let sums = step.viewGradient?.sums { windows[sums.index] = plan(step).windows }
            case .maxPoolingGradient(let step):
                if let sums = step.viewGradient?.sums {
                    let shape = program.shape(of: sums)
                    windows[sums.index] = MaxPoolingGradientOperator.windows(
                        channels: shape.channels, height: shape.height, width: shape.width)
                }
            default: continue
            }
        }
        return windows
    }

    private func wholeImages(of buffer: BufferID) -> Windows {
        let shape = program.shape(of: buffer)
        return Windows(wholeImagesOf: shape.height, shape.width)
    }

    /// The parts of the arena: each step's working memory stands behind the buffers that were there
    /// when the step began, as the first of equally large parts is placed first.
    func pieces() -> (pieces: [NetworkPlan.Piece], buffers: [Int], work: [Int: Int]) {
        let (lives, windows) = (program.lifetimes(keepsOutput: true), sumWindows)
        var pieces: [NetworkPlan.Piece] = []
        var buffers: [Int] = []
        var works: [Int: Int] = [:]
        func addBuffers(through last: Int) {
            while buffers.count <= last {
                let buffer = program.buffers[buffers.count]
                let bytes = byteCount(buffer, windows[buffers.count])
                let life = lives[buffers.count]
                buffers.append(pieces.count)
                pieces.append(
                    .init(
                        name: buffer.name, elementType: buffer.elementType, byteCount: bytes,
                        life: life))
            }
        }
        for (index, step) in program.steps.enumerated() {
            if let destination = step.destination { addBuffers(through: destination.index) }
            if let work = workingMemory(of: step) {
                works[index] = pieces.count
                pieces.append(
                    .init(
                        name: work.name, elementType: work.elementType,
                        byteCount: work.floats * MemoryLayout<Float>.stride, life: index...index))
            }
            addBuffers(through: step.buffers(in: program).map(\.index).max() ?? 0)
        }
        addBuffers(through: program.buffers.count - 1)
        return (pieces, buffers, works)
    }

    private func byteCount(_ buffer: Buffer, _ windows: Windows?) -> Int {
        if let windows {
            return WindowSums.floatCount(
                windows: windows, channels: buffer.shape.channels, images: batch)
                * MemoryLayout<Float>.stride
        }
        let values = batch * FeatureMap.elementCount(buffer.shape)
        return buffer.elementType == .bool
            ? values / Kernels.lanes * MemoryLayout<UInt16>.stride
            : values * buffer.elementType.byteCount
    }

    /// What a step works in, of which nothing is left behind it: weights that change from step to
    /// step are packed just before they are read, and a gradient may be summed up in parts.
    private func workingMemory(
        of step: Step
    ) -> (name: String, elementType: ElementType, floats: Int)? {
        func packed(
            _ plan: ConvolutionPlan, _ destination: BufferID
        ) -> (name: String, elementType: ElementType, floats: Int) {
            (
                program[destination].name + ".weight.packed", plan.algorithm.factorType,
                plan.packedCount
            )
        }
        switch step {
        case .convolution(let step):
            return program.mode == .training ? packed(plan(step), step.destination) : nil
        case .inputGradient(let step): return packed(plan(step), step.destination)
        case .weightGradient(let step):
            let floats = plan(step).partFloats
            guard floats > 0 else { return nil }
            return (program.graph[step.node].name + ".weight.gradient.parts", .float32, floats)
        default: return nil
        }
    }

    /// The floats of scratch memory that threads share.
    private func sharedScratchFloats(_ step: Step) -> Int {
        switch step {
        case .convolution(let step): plan(step).sharedScratchFloats
        case .inputGradient(let step): plan(step).sharedScratchFloats
        case .weightGradient(let step): plan(step).sharedScratchFloats
        default: 0
        }
    }

    /// The parts of a session's memory, besides the scratch memory of each thread.
    func memory(arenaByteCount: Int) -> PlanDescription.Memory {
        let float = MemoryLayout<Float>.stride
        let layout = ParameterLayout(program.graph)
        let weights = layout.trainableFloats * float
        let trained = program.mode == .training ? weights : 0
        var packed = 0
        for case .convolution(let step) in program.steps { packed += keptPackedCount(step) }
        var vectors = 0
        for normalization in program.normalizations {
            vectors += NormalizationVectors.count * Kernels.padded(normalization.channels)
        }
        for factor in program.factors { vectors += Kernels.padded(factor.channels) }
        return PlanDescription.Memory(
            arenaByteCount: arenaByteCount, weightByteCount: weights, gradientByteCount: trained,
            velocityByteCount: trained, statisticsByteCount: layout.statisticsFloats * float,
            packedWeightByteCount: packed * float, coefficientByteCount: vectors * float,
            workspaceByteCount: (program.steps.map { sharedScratchFloats($0) }.max() ?? 0) * float)
    }
}

extension FeatureMap {
    /// The elements of an image of this shape in the engine's layout.
    static func elementCount(_ shape: FeatureShape) -> Int {
        elementCount(channels: shape.channels, height: shape.height, width: shape.width)
    }
}
