// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// Turns the steps of a program, and the work before and after them, into descriptions.
struct StepDescriber {
    let program: Program
    let graph: Graph
    let mode: PlanMode
    let memory: PlanDescription.Memory
    private let predict: (CostModel.Work) -> Double
    private let arena: ArenaPlanner

    init(
        _ plan: NetworkPlan, memory: PlanDescription.Memory,
        predict: @escaping (CostModel.Work) -> Double
    ) {
        program = plan.program
        graph = plan.graph
        mode = plan.mode
        arena = plan.arena
        self.memory = memory
        self.predict = predict
    }

    /// What a step is, before it gets its number and its price.
    struct Draft {
        let kind: PlanDescription.Step.Kind
        let node: String
        var algorithm: ConvolutionAlgorithm?
        var precision = Precision.float32
        let cut: String
        var kernel: String?
        var reads: [PlanDescription.Fusion] = []
        var finishes: [PlanDescription.Fusion] = []
        let shape: String
        let writes: Place
        var multiplyAdds = 0
        /// What the rule counts, in multiply-adds.
        var cost = 0.0
        /// The bytes of weights, which are in no buffer.
        var weightByteCount = 0
    }

    enum Place {
        case buffer(BufferID)
        case outside(String, byteCount: Int)
    }

    // MARK: All steps

    /// The numbers of the program's steps begin behind those of the work before them.
    private var firstNumber: Int { 1 + before.count }

    var steps: [PlanDescription.Step] {
        var drafts = before.map { (draft: $0, buffers: Set<BufferID>()) }
        drafts += program.steps.map { (describe($0), Set($0.buffers(in: program))) }
        drafts += after.map { ($0, []) }
        return drafts.enumerated().map { index, item in
            finished(item.draft, number: index + 1, touching: item.buffers)
        }
    }

    var buffers: [PlanDescription.Buffer] {
        let lives = program.lifetimes(keepsOutput: true)
        return program.buffers.indices.map { index in
            let buffer = program.buffers[index]
            let isInput = index == program.input.index
            return PlanDescription.Buffer(
                name: buffer.name, arenaOffset: arena.offsets[index],
                byteCount: buffer.byteCount(images: program.images),
                // The images come just before the first step.
                firstStep: lives[index].lowerBound + firstNumber - (isInput ? 1 : 0),
                lastStep: lives[index].upperBound + firstNumber)
        }
    }

    private var before: [Draft] {
        let shape = graph.inputShape
        return [
            Draft(
                kind: .input, node: name(program.input), cut: "one thread",
                shape: shape.description, writes: .buffer(program.input),
                weightByteCount: byteCount(program.input)
                    + bytes(program.images * shape.elementCount))
        ]
    }

    private var after: [Draft] {
        guard mode == .training else { return [] }
        let parameters = memory.weightByteCount
        return [
            Draft(
                kind: .update, node: "", cut: "by chunks", shape: "\(parameters / bytes(1))",
                writes: .outside("parameters", byteCount: parameters),
                weightByteCount: parameters + memory.gradientByteCount + memory.velocityByteCount)
        ]
    }

    private func finished(
        _ draft: Draft, number: Int, touching buffers: Set<BufferID>
    ) -> PlanDescription.Step {
        let (writes, offset, count): (String, Int?, Int) =
            switch draft.writes {
            case .buffer(let id): (name(id), arena.offsets[id.index], byteCount(id))
            case .outside(let name, let count): (name, nil, count)
            }
        let work = CostModel.Work(
            cost: draft.cost,
            touchedByteCount: buffers.reduce(draft.weightByteCount) { $0 + byteCount($1) })
        return PlanDescription.Step(
            number: number, kind: draft.kind, node: draft.node,
            algorithm: draft.algorithm.map { algorithm($0, draft.precision) }, cut: draft.cut,
            kernel: draft.kernel,
            readsThrough: draft.reads, finishesWith: draft.finishes,
            shape: draft.shape, writes: writes, arenaOffset: offset, byteCount: count,
            multiplyAdds: draft.multiplyAdds, touchedByteCount: work.touchedByteCount,
            predictedSeconds: predict(work))
    }
}
