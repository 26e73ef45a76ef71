// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor

/// Adds to the outlines of a program's steps how the processor computes each: its algorithm, how
/// its work is cut, its place in the arena, and what it should cost.
struct StepDescriber {
    let plan: NetworkPlan
    let layout: ParameterLayout
    let memory: PlanDescription.Memory
    let predict: (CostModel.Work) -> Double

    private var program: Program { plan.program }

    /// The work of the processor in a step, without its number and its predicted time.
    private struct Work {
        var algorithm: PlanDescription.Algorithm?
        var cut: String
        /// The cost by the rule that chose the algorithm, in multiply-adds.
        var cost = 0.0
        /// The buffers that it touches, and the bytes of what it touches besides.
        var buffers: Set<BufferID> = []
        var otherByteCount = 0
    }

    /// All steps of one call, the copy of the images first.
    var steps: [PlanDescription.Step] {
        var steps = [(program.loading, loading)]
        for (number, step) in program.steps.enumerated() {
            var work = work(of: step)
            work.buffers = Set(step.buffers(in: program))
            work.otherByteCount += plan.workByteCount(ofStep: number)
            steps.append((program.outline(of: step), work))
        }
        if program.mode == .training {
            let count = memory.weightByteCount / bytes(1)
            steps.append((program.update(of: count), update))
        }
        return steps.enumerated().map { finished($1.0, $1.1, number: $0 + 1) }
    }

    /// The parts of the arena.
    var buffers: [PlanDescription.Buffer] {
        zip(plan.pieces, plan.arena.offsets).enumerated().map { index, place in
            let (piece, offset) = place
            // The images come just before the first step of the program, which is the second of
            // all.
            let first = piece.life.lowerBound + 2 - (index == program.input.index ? 1 : 0)
            return PlanDescription.Buffer(
                name: piece.name, elementType: name(piece.elementType), arenaOffset: offset,
                byteCount: piece.byteCount,
                firstStep: first, lastStep: piece.life.upperBound + 2)
        }
    }

    // MARK: Work

    private var loading: Work {
        let images = bytes(plan.batch * plan.graph.inputShape.elementCount)
        return Work(
            cut: "by images",
            otherByteCount: plan.byteCount(of: program.input) + images)
    }

    private var update: Work {
        Work(
            cut: "by chunks",
            otherByteCount: memory.weightByteCount + memory.gradientByteCount
                + memory.velocityByteCount)
    }

    private func work(of step: Step) -> Work {
        switch step {
        case .convolution(let step):
            let plan = plan.convolutions.plan(step)
            // Weights that are packed in training are read, too; those that are kept are in no
            // buffer.
            let weights =
                program.mode == .inference ? plan.packedCount : plan.shape.weightCount
            return Work(
                algorithm: name(plan.algorithm), cut: plan.cutDescription,
                cost: plan.cost, otherByteCount: bytes(weights))
        case .inputGradient(let step):
            let plan = plan.convolutions.plan(step)
            return Work(
                algorithm: name(plan.algorithm), cut: plan.cutDescription, cost: plan.cost,
                otherByteCount: bytes(plan.shape.weightCount))
        case .weightGradient(let step):
            let plan = plan.convolutions.plan(step)
            return Work(
                algorithm: name(plan.algorithm), cut: plan.cutDescription, cost: plan.cost,
                otherByteCount: bytes(plan.shape.weightCount))
        case .moments(_, let sums): return Work(cut: byWindows(of: sums))
        case .viewGradient(let step):
            return Work(cut: "by windows of \(program.shape(of: step.gradient).height) rows")
        case .map: return Work(cut: "by chunks of pixels")
        case .dropoutMask, .mean, .subsampling, .subsamplingGradient, .spread:
            return Work(cut: "by images")
        case .maxPooling, .maxPoolingGradient: return Work(cut: "by rows")
        case .normalize, .normalizeGradient, .loss, .biasGradient:
            return Work(cut: "one thread")
        }
    }

    private func byWindows(of sums: BufferID) -> String {
        "by windows of \(plan.windows(of: sums).rows) rows"
    }

    private func name(_ algorithm: ConvolutionAlgorithm) -> PlanDescription.Algorithm {
        switch algorithm {
        case .direct: .direct
        case .directBFloat16: .directBFloat16
        case .tiles: .tiles
        case .winograd(let size): size == 2 ? .winograd2 : .winograd4
        }
    }

    private func name(_ elementType: ElementType) -> PlanDescription.ElementType {
        switch elementType {
        case .bfloat16: .bfloat16
        case .bool: .bit
        default: .float32
        }
    }

    // MARK: Description

    private func finished(
        _ outline: StepOutline, _ work: Work, number: Int
    ) -> PlanDescription.Step {
        let (writes, offset, count) = destination(outline.writes)
        let touched = work.buffers.reduce(work.otherByteCount) { $0 + plan.byteCount(of: $1) }
        return PlanDescription.Step(
            number: number, kind: outline.kind, node: outline.node, algorithm: work.algorithm,
            cut: work.cut, kernel: outline.kernel, readsThrough: outline.readsThrough,
            finishesWith: outline.finishesWith, shape: outline.shape, writes: writes,
            arenaOffset: offset, byteCount: count,
            multiplyAdds: outline.multiplyAdds * plan.batch, touchedByteCount: touched,
            predictedSeconds: predict(
                CostModel.Work(cost: work.cost, touchedByteCount: touched)))
    }

    /// The name of what a step writes, where it lies in the arena, and its bytes.
    private func destination(
        _ destination: StepOutline.Destination
    ) -> (name: String, offset: Int?, byteCount: Int) {
        switch destination {
        case .buffer(let id): (program[id].name, plan.offset(of: id), plan.byteCount(of: id))
        case .gradient(let node, let role):
            ("gradients", nil, bytes(layout.slot(plan.graph[node], role).floatCount))
        case .coefficients(let channels):
            (
                "coefficients", nil,
                bytes(NormalizationVectors.count * Kernels.padded(channels))
            )
        case .parameters: ("parameters", nil, memory.weightByteCount)
        }
    }

    private func bytes(_ floats: Int) -> Int { floats * MemoryLayout<Float>.stride }
}
