// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNRandom
import WRNTensor

/// Turns steps into calls of operators on a program's memory.
struct StepBinder {
    let graph: Graph
    let memory: NetworkMemory
    let kernels: Kernels
    var scratch = Workspace.Scratch()

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
            let normalization = NormalizationStep(
                index, of: memory.program, graph: graph, weights: memory.weights)
            guard let sums else { return { _, _ in normalization.useRunningStatistics() } }
            let channelSums = ChannelSums(memory.sums(sums), images: images)
            return { run, _ in
                normalization.useBatchStatistics(channelSums, images: run.images)
            }
        case .dropoutMask(let index): return bindDropoutMask(index)
        case .map(let source, let addend, let destination):
            let map = MapOperator(
                source: memory.view(source),
                addend: addend.map { memory.view($0) }, destination: memory.map(destination))
            return { run, bound in map.run(images: run.images, in: bound.workspace) }
        case .mean(let source, let destination):
            let mean = MeanOperator(
                source: memory.view(source), destination: memory.map(destination))
            return { run, bound in mean.run(images: run.images, in: bound.workspace) }
        case .subsampling(let subsampling, let source, let destination):
            let shortcut = SubsamplingOperator(
                stride: subsampling.stride, channelOffset: subsampling.channelOffset,
                source: memory.view(source), destination: memory.map(destination))
            return { run, bound in shortcut.run(images: run.images, in: bound.workspace) }
        case .subsamplingGradient(let subsampling, let gradient, let destination, let accumulates):
            let shortcut = SubsamplingGradientOperator(
                stride: subsampling.stride, channelOffset: subsampling.channelOffset,
                gradient: memory.map(gradient), destination: memory.map(destination),
                accumulates: accumulates)
            return { run, bound in shortcut.run(images: run.images, in: bound.workspace) }
        case .maxPooling(let window, let source, let destination):
            let pooling = MaxPoolingOperator(
                window, source: memory.view(source), destination: memory.map(destination))
            return { run, bound in pooling.run(images: run.images, in: bound.workspace) }
        case .loss(let logits, let gradient):
            let loss = SoftmaxCrossEntropy(
                logits: memory.map(logits), gradient: memory.floats(gradient))
            return { run, bound in bound.record(loss.run(run.targets, images: run.images)) }
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
            let normalization = NormalizationStep(
                index, of: memory.program, graph: graph, weights: memory.weights,
                gradients: memory.gradients.floats)
            let channelSums = ChannelSums(memory.sums(sums), images: images)
            return { run, _ in normalization.useGradientSums(channelSums, images: run.images) }
        case .spread(let source, let destination, let accumulates):
            let spread = SpreadOperator(
                source: memory.map(source), destination: memory.map(destination),
                accumulates: accumulates)
            return { run, bound in spread.run(images: run.images, in: bound.workspace) }
        case .maxPoolingGradient(let step):
            let pooling = MaxPoolingGradientOperator(
                step.window, source: memory.view(step.source),
                gradient: memory.map(step.gradient), destination: memory.map(step.destination),
                accumulates: step.accumulates,
                viewGradient: step.viewGradient.map { viewGradient($0) })
            return { run, bound in pooling.run(images: run.images, in: bound.workspace) }
        }
    }

    private mutating func bind(
        _ step: ConvolutionStep
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        let plan = step.plan(images: images)
        let folded = step.folded.map { memory.weights.normalizationVectors($0).forward }
        var epilogue = ConvolutionOperator.Epilogue()
        if step.hasBias {
            let slot = memory.layout.slot(graph[step.node], .bias)
            epilogue.bias = UnsafePointer(memory.parameters.floats + slot.offset)
        } else {
            epilogue.bias = folded?.shift
        }
        epilogue.addend = step.addend.map { UnsafePointer(memory.floats($0)) }
        epilogue.activation = step.activation.function
        epilogue.moments = step.moments.map { memory.sums($0) }
        return bind(
            plan,
            packing: step.packed.map { packing(plan, step.node, in: $0) }, source: step.source,
            weights: memory.packedWeights(step.node, in: step.packed),
            destination: step.destination, epilogue)
    }

    private mutating func bind(
        _ step: InputGradientStep
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        let plan = ConvolutionPlan(step.shape, .inputGradient, images: images)
        var epilogue = ConvolutionOperator.Epilogue()
        if step.accumulates { epilogue.addend = UnsafePointer(memory.floats(step.destination)) }
        epilogue.viewGradient = step.viewGradient.map { viewGradient($0) }
        return bind(
            plan, packing: packing(plan, step.node, in: step.packed),
            source: step.gradient, weights: memory.packedWeights(step.node, in: step.packed),
            destination: step.destination, epilogue)
    }

    private mutating func bind(
        _ plan: ConvolutionPlan, packing: WeightPacking?, source: BufferView,
        weights: UnsafePointer<Float>, destination: BufferID,
        _ epilogue: ConvolutionOperator.Epilogue
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        let convolution = ConvolutionOperator(
            plan, source: memory.view(source), weights: weights,
            destination: memory.map(destination), epilogue: epilogue, kernels: kernels)
        scratch.include(convolution.scratch)
        return { run, bound in
            packing?.run(in: bound.workspace)
            convolution.run(images: run.images, in: bound.workspace)
        }
    }

    private mutating func bindWeightGradient(
        _ node: NodeID, _ shape: ConvolutionShape, _ source: BufferView, _ gradient: BufferView,
        _ parts: BufferID?
    ) -> (BoundProgram.Run, BoundProgram) -> Void {
        let destination =
            memory.gradients.floats + memory.layout.slot(graph[node], .weight).offset
        let weightGradient = WeightGradientOperator(
            WeightGradientPlan(shape, images: images), source: memory.view(source),
            gradient: memory.view(gradient), destination: destination,
            parts: parts.map { memory.floats($0) } ?? destination)
        scratch.include(weightGradient.scratch)
        return { run, bound in weightGradient.run(images: run.images, in: bound.workspace) }
    }

    private func bindDropoutMask(_ index: Int) -> (BoundProgram.Run, BoundProgram) -> Void {
        let dropout = memory.program.dropouts[index]
        let bits = DropoutMaskOperator(
            destination: memory.dropoutMask(index), pixelsPerImage: dropout.shape.pixelCount,
            channels: dropout.shape.channels, probability: dropout.probability)
        // The node's number distinguishes the dropouts of one step, whatever the plan looks like.
        let item = UInt32(dropout.node.index)
        return { run, bound in
            bits.run(
                images: run.images, key: run.seed,
                stream: (item, UInt32(run.stepIndex), RandomPurpose.dropout.rawValue),
                in: bound.workspace)
        }
    }

    /// The packing of weights that change from step to step.
    private func packing(
        _ plan: ConvolutionPlan, _ node: NodeID, in buffer: BufferID
    ) -> WeightPacking {
        let slot = memory.layout.slot(graph[node], .weight)
        return WeightPacking(
            plan, source: memory.parameters.floats + slot.offset,
            destination: memory.floats(buffer))
    }

    private func viewGradient(_ step: ViewGradientStep) -> ViewGradient {
        let program = memory.program
        let factor = step.view.dropout.map { Float(1 / (1 - program.dropouts[$0].probability)) }
        return ViewGradient(
            gradient: memory.map(step.gradient), view: memory.view(step.view),
            factor: factor ?? 1,
            statistics: step.view.normalization.flatMap { index in
                step.sums.map {
                    let vectors = memory.weights.normalizationVectors(index)
                    return (
                        UnsafePointer(vectors.mean), UnsafePointer(vectors.inverse),
                        memory.sums($0)
                    )
                }
            })
    }
}
