// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNRandom
import WRNTensor

/// Turns steps into calls of operators that know their memory.
struct StepBinder {
    let graph: Graph
    let memory: NetworkMemory
    let kernels: Kernels
    var packings: [WeightPacking] = []
    var scratchFloats = 0

    init(graph: Graph, memory: NetworkMemory, kernels: Kernels) {
        self.graph = graph
        self.memory = memory
        self.kernels = kernels
    }

    private var images: Int { memory.program.images }

    mutating func bind(_ step: Step) -> (BoundProgram.Run, BoundProgram) -> Void {
        let memory = memory
        switch step {
        case .convolution(let step): return bind(step)
        case .moments(let source, let sums):
            let (map, windowSums) = (memory.map(source), memory.sums(sums))
            return { run, bound in
                windowSums.measure(map, images: run.images, in: bound.workspace)
            }
        case .normalize(let index, let sums):
            let normalization = NormalizationStep(index, graph: graph, memory: memory)
            let windowSums = memory.sums(sums)
            return { run, _ in
                normalization.useBatchStatistics(windowSums, images: run.images)
            }
        case .keepBits(let index): return bindKeepBits(index)
        case .map(let source, let addend, let destination):
            let map = MapOperator(
                source: memory.view(source),
                addend: addend.map { UnsafePointer(memory.floats($0)) },
                destination: memory.map(destination))
            return { run, bound in map.run(images: run.images, in: bound.workspace) }
        case .mean(let source, let destination):
            let mean = MeanOperator(
                source: memory.view(source), destination: memory.map(destination))
            return { run, bound in mean.run(images: run.images, in: bound.workspace) }
        case .loss(let logits, let gradient):
            let loss = SoftmaxCrossEntropy(
                logits: memory.map(logits), gradient: memory.floats(gradient))
            return { run, bound in bound.record(loss.run(labels: run.labels)) }
        case .weightGradient(let node, let shape, let source, let gradient, let parts):
            return bindWeightGradient(node, shape, source, gradient, parts)
        case .biasGradient(let node, let gradient):
            let map = memory.map(gradient)
            let slot = memory.layout.slot(graph[node], .bias)
            let bias = memory.gradients.floats + slot.offset
            return { run, _ in map.sumPixels(images: run.images, into: bias) }
        case .inputGradient(let step): return bind(step)
        case .viewGradient(let step):
            let gradient = viewGradient(step)
            return { run, bound in
                gradient.run(windows: step.windows, images: run.images, in: bound.workspace)
            }
        case .normalizeGradient(let index, let sums):
            let normalization = NormalizationStep(index, graph: graph, memory: memory)
            let windowSums = memory.sums(sums)
            return { run, _ in normalization.useGradientSums(windowSums, images: run.images) }
        case .spread(let source, let destination, let accumulates):
            let spread = SpreadOperator(
                source: memory.map(source), destination: memory.map(destination),
                accumulates: accumulates)
            return { run, bound in spread.run(images: run.images, in: bound.workspace) }
        }
    }

    private mutating func bind(
        _ step: ConvolutionStep
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        let weights = memory.packedWeights(step.node, .forward)
        let folded = step.folded.map { memory.normalizationVectors($0).forward }
        addPacking(step.node, step.shape, .forward, into: weights, factor: folded?.scale)
        var epilogue = ConvolutionOperator.Epilogue()
        if step.hasBias {
            let slot = memory.layout.slot(graph[step.node], .bias)
            epilogue.bias = UnsafePointer(memory.parameters.floats + slot.offset)
        } else {
            epilogue.bias = folded?.shift
        }
        epilogue.addend = step.addend.map { UnsafePointer(memory.floats($0)) }
        epilogue.relu = step.relu
        epilogue.moments = step.moments.map { memory.sums($0) }
        return bind(
            ConvolutionOperator(
                step.shape, .forward, source: memory.view(step.source), weights: weights,
                destination: memory.map(step.destination), epilogue: epilogue, images: images,
                kernels: kernels))
    }

    private mutating func bind(
        _ step: InputGradientStep
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        let weights = memory.packedWeights(step.node, .inputGradient)
        addPacking(step.node, step.shape, .inputGradient, into: weights, factor: nil)
        var epilogue = ConvolutionOperator.Epilogue()
        if step.accumulates { epilogue.addend = UnsafePointer(memory.floats(step.destination)) }
        epilogue.viewGradient = step.viewGradient.map { viewGradient($0) }
        return bind(
            ConvolutionOperator(
                step.shape, .inputGradient, source: memory.view(step.gradient), weights: weights,
                destination: memory.map(step.destination), epilogue: epilogue, images: images,
                kernels: kernels))
    }

    private mutating func bind(
        _ convolution: ConvolutionOperator
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        scratchFloats = max(scratchFloats, convolution.scratchFloats)
        return { run, bound in convolution.run(images: run.images, in: bound.workspace) }
    }

    private mutating func bindWeightGradient(
        _ node: NodeID, _ shape: ConvolutionShape, _ source: View, _ gradient: View,
        _ parts: BufferID?
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        let destination =
            memory.gradients.floats + memory.layout.slot(graph[node], .weight).offset
        let weightGradient = WeightGradientOperator(
            shape, source: memory.view(source), gradient: memory.view(gradient),
            destination: destination, parts: parts.map { memory.floats($0) } ?? destination,
            images: images)
        scratchFloats = max(scratchFloats, weightGradient.scratchFloats)
        return { run, bound in weightGradient.run(images: run.images, in: bound.workspace) }
    }

    private func bindKeepBits(_ index: Int) -> (BoundProgram.Run, BoundProgram) -> Void {
        let dropout = memory.program.dropouts[index]
        let bits = KeepBitsOperator(
            destination: memory.keepBits(index), pixelsPerImage: dropout.shape.pixelCount,
            channels: dropout.shape.channels, probability: dropout.probability)
        // The node's number tells the dropouts of one step apart, whatever the plan looks like.
        let item = UInt32(dropout.node.index)
        return { run, bound in
            bits.run(
                images: run.images, key: run.seed,
                stream: (item, UInt32(run.stepIndex), RandomPurpose.dropout.rawValue),
                in: bound.workspace)
        }
    }

    private mutating func addPacking(
        _ node: NodeID, _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction,
        into destination: UnsafeMutablePointer<Float>, factor: UnsafePointer<Float>?
    ) {
        let slot = memory.layout.slot(graph[node], .weight)
        packings.append(
            WeightPacking(
                shape, direction, source: memory.parameters.floats + slot.offset,
                destination: destination, outputFactor: factor))
    }

    private func viewGradient(_ step: ViewGradientStep) -> ViewGradient {
        let program = memory.program
        let factor = step.view.dropout.map { Float(1 / (1 - program.dropouts[$0].probability)) }
        return ViewGradient(
            gradient: memory.map(step.gradient), view: memory.view(step.view),
            factor: factor ?? 1,
            statistics: step.view.normalization.flatMap { index in
                step.sums.map {
                    let vectors = memory.normalizationVectors(index)
                    return (
                        UnsafePointer(vectors.mean), UnsafePointer(vectors.inverse),
                        memory.sums($0)
                    )
                }
            })
    }
}
