// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNPlan
import WRNRandom
import WRNTensor

/// Turns steps into calls of operators on a program's memory.
struct StepBinder {
    let memory: NetworkMemory
    let kernels: Kernels
    var scratch = Workspace.Scratch()

    init(memory: NetworkMemory, kernels: Kernels) {
        self.memory = memory
        self.kernels = kernels
    }

    private var images: Int { memory.plan.batch }
    private var graph: Graph { memory.plan.graph }
    private var convolutions: ConvolutionChoices { memory.plan.convolutions }

    /// The call that runs a step.
    ///
    /// - Parameter number: The step's place in the program.
    mutating func bind(
        _ step: Step, number: Int
    ) -> BoundProgram.Action {
        let memory = memory
        switch step {
        case .convolution(let step): return bind(step, number)
        case .moments(let source, let sums):
            let (map, windowSums) = (memory.map(source), memory.sums(sums))
            return { pass in
                windowSums.measure(map, images: pass.images, in: pass.workspace)
            }
        case .normalize(let index, let sums):
            let normalization = NormalizationStep(
                index, of: memory.program, weights: memory.weights)
            guard let sums else { return { _ in normalization.useRunningStatistics() } }
            let channelSums = ChannelSums(memory.sums(sums), images: images)
            return { pass in
                normalization.useBatchStatistics(channelSums, images: pass.images)
            }
        case .dropoutMask(let index): return bindDropoutMask(index)
        case .map(let source, let addend, let destination):
            let map = MapOperator(
                source: memory.view(source),
                addend: addend.map { memory.view($0) }, destination: memory.map(destination))
            return { pass in map.run(images: pass.images, in: pass.workspace) }
        case .mean(let source, let destination):
            let mean = MeanOperator(
                source: memory.view(source), destination: memory.map(destination))
            return { pass in mean.run(images: pass.images, in: pass.workspace) }
        case .subsampling(let subsampling, let source, let destination):
            let shortcut = SubsamplingOperator(
                stride: subsampling.stride, channelOffset: subsampling.channelOffset,
                source: memory.view(source), destination: memory.map(destination))
            return { pass in shortcut.run(images: pass.images, in: pass.workspace) }
        case .subsamplingGradient(let subsampling, let gradient, let destination, let accumulates):
            let shortcut = SubsamplingGradientOperator(
                stride: subsampling.stride, channelOffset: subsampling.channelOffset,
                gradient: memory.map(gradient), destination: memory.map(destination),
                accumulates: accumulates)
            return { pass in shortcut.run(images: pass.images, in: pass.workspace) }
        case .maxPooling(let pooling, let source, let destination):
            let pooling = MaxPoolingOperator(
                window(pooling), source: memory.view(source), destination: memory.map(destination))
            return { pass in pooling.run(images: pass.images, in: pass.workspace) }
        case .loss(let logits, let gradient):
            let loss = SoftmaxCrossEntropy(
                logits: memory.map(logits), gradient: memory.floats(gradient))
            return { pass in
                let (mean, correct) = loss.run(pass.run.targets, images: pass.images)
                pass.result = StepResult(loss: mean, correct: correct)
            }
        case .weightGradient(let step): return bind(step, number)
        case .biasGradient(let node, let gradient):
            let map = memory.map(gradient)
            let slot = memory.layout.slot(graph[node], .bias)
            let bias = memory.gradients.floats + slot.offset
            return { pass in map.sumPixels(images: pass.images, into: bias) }
        case .inputGradient(let step): return bind(step, number)
        case .viewGradient(let step):
            let gradient = viewGradient(step)
            let shape = memory.program.shape(of: step.gradient)
            let windows = Windows(wholeImagesOf: shape.height, shape.width)
            return { pass in
                gradient.run(windows: windows, images: pass.images, in: pass.workspace)
            }
        case .normalizeGradient(let index, let sums):
            let normalization = NormalizationStep(
                index, of: memory.program, weights: memory.weights,
                gradients: memory.gradients.floats)
            let channelSums = ChannelSums(memory.sums(sums), images: images)
            return { pass in normalization.useGradientSums(channelSums, images: pass.images) }
        case .spread(let source, let destination, let accumulates):
            let spread = SpreadOperator(
                source: memory.map(source), destination: memory.map(destination),
                accumulates: accumulates)
            return { pass in spread.run(images: pass.images, in: pass.workspace) }
        case .maxPoolingGradient(let step):
            let pooling = MaxPoolingGradientOperator(
                window(step.pooling), source: memory.view(step.source),
                gradient: memory.map(step.gradient), destination: memory.map(step.destination),
                accumulates: step.accumulates,
                viewGradient: step.viewGradient.map { viewGradient($0) })
            return { pass in pooling.run(images: pass.images, in: pass.workspace) }
        }
    }

    private mutating func bind(
        _ step: ConvolutionStep, _ number: Int
    ) -> BoundProgram.Action {
        let plan = convolutions.plan(step)
        let folded = step.folded.map { memory.weights.normalizationVectors($0).forward }
        var epilogue = ConvolutionOperator.Epilogue()
        if step.hasBias {
            let slot = memory.layout.slot(graph[step.node], .bias)
            epilogue.bias = UnsafePointer(memory.parameters.floats + slot.offset)
        } else {
            epilogue.bias = folded?.shift
        }
        epilogue.addend = step.addend.map { memory.map($0) }
        epilogue.activation = step.activation.function
        epilogue.moments = step.moments.map { memory.sums($0) }
        // In training weights change from step to step; in inference they are kept packed.
        let packed = memory.workingMemory(ofStep: number)
        return bind(
            plan, packing: packed.map { packing(plan, step.node, in: $0) }, source: step.source,
            weights: packed ?? memory.weights.packedWeights(step.node),
            destination: step.destination, epilogue)
    }

    private mutating func bind(
        _ step: InputGradientStep, _ number: Int
    ) -> BoundProgram.Action {
        let plan = convolutions.plan(step)
        let packed = memory.workingMemory(ofStep: number)
        var epilogue = ConvolutionOperator.Epilogue()
        if step.accumulates { epilogue.addend = memory.map(step.destination) }
        epilogue.viewGradient = step.viewGradient.map { viewGradient($0) }
        return bind(
            plan, packing: packed.map { packing(plan, step.node, in: $0) },
            source: step.gradient, weights: packed ?? memory.weights.packedWeights(step.node),
            destination: step.destination, epilogue)
    }

    private mutating func bind(
        _ plan: ConvolutionPlan, packing: WeightPacking?, source: BufferView,
        weights: UnsafePointer<Float>, destination: BufferID,
        _ epilogue: ConvolutionOperator.Epilogue
    ) -> BoundProgram.Action {
        let convolution = ConvolutionOperator(
            plan, source: memory.view(source), weights: weights,
            destination: memory.map(destination), epilogue: epilogue, kernels: kernels)
        scratch.include(convolution.scratch)
        return { pass in
            packing?.run(in: pass.workspace)
            convolution.run(images: pass.images, in: pass.workspace)
        }
    }

    private mutating func bind(
        _ step: WeightGradientStep, _ number: Int
    ) -> BoundProgram.Action {
        let destination =
            memory.gradients.floats + memory.layout.slot(graph[step.node], .weight).offset
        let weightGradient = WeightGradientOperator(
            convolutions.plan(step), source: memory.view(step.source),
            gradient: memory.view(step.gradient), destination: destination,
            parts: memory.workingMemory(ofStep: number) ?? destination, kernels: kernels)
        scratch.include(weightGradient.scratch)
        return { pass in weightGradient.run(images: pass.images, in: pass.workspace) }
    }

    private func bindDropoutMask(_ index: Int) -> BoundProgram.Action {
        let dropout = memory.program.dropouts[index]
        let bits = DropoutMaskOperator(
            destination: memory.dropoutMask(index), pixelsPerImage: dropout.shape.pixelCount,
            channels: dropout.shape.channels, probability: dropout.probability)
        // The node's number distinguishes the dropouts of one step, whatever the plan looks like.
        let item = UInt32(dropout.node.index)
        return { pass in
            bits.run(
                images: pass.images, from: pass.run.firstImage, key: pass.run.seed,
                stream: (item, UInt32(pass.run.stepIndex), RandomPurpose.dropout.rawValue),
                in: pass.workspace)
        }
    }

    /// The packing of weights that change from step to step.
    private func packing(
        _ plan: ConvolutionPlan, _ node: NodeID, in packed: UnsafeMutablePointer<Float>
    ) -> WeightPacking {
        let slot = memory.layout.slot(graph[node], .weight)
        return WeightPacking(
            plan, source: memory.parameters.floats + slot.offset,
            destination: packed)
    }

    private func window(_ pooling: MaxPooling) -> PoolingWindow {
        PoolingWindow(
            size: pooling.kernelSize, stride: pooling.stride, padding: pooling.padding)
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
