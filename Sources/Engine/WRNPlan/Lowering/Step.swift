// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// One fused piece of work on buffers.
enum Step {
    /// Convolves a view; see ``ConvolutionStep``.
    case convolution(ConvolutionStep)
    /// Takes the moments of a buffer that no convolution's epilogue took.
    case moments(source: BufferID, sums: BufferID)
    /// Turns moments into a normalisation's affine map, and moves its running statistics; without moments the map is made from those.
    case normalize(Int, sums: BufferID?)
    /// Draws a dropout's keep bits.
    case dropoutMask(Int)
    /// `destination = source + addend`, pixel by pixel; the addend has no dropout.
    case map(source: BufferView, addend: BufferView?, destination: BufferID)
    /// The mean over all pixels.
    case mean(source: BufferView, destination: BufferID)
    /// Every `stride`-th pixel, with zeros for the channels that it lacks.
    case subsampling(Subsampling, source: BufferView, destination: BufferID)
    /// The largest value of each window.
    case maxPooling(window: PoolingWindow, source: BufferView, destination: BufferID)
    /// The loss and the gradient of the logits.
    case loss(logits: BufferID, gradient: BufferID)
    /// The gradient of a convolution's weight.
    case weightGradient(
        node: NodeID, shape: ConvolutionShape, source: BufferView, gradient: BufferView,
        parts: BufferID?)
    /// The gradient of a bias.
    case biasGradient(node: NodeID, gradient: BufferID)
    /// The gradient of a convolution's input.
    case inputGradient(InputGradientStep)
    /// Takes a gradient back through a view, in place.
    case viewGradient(ViewGradientStep)
    /// Turns a view's sums into the gradients of γ and β and into the affine map of the normalisation's gradient.
    case normalizeGradient(Int, sums: BufferID)
    /// The gradient of the mean.
    case spread(source: BufferID, destination: BufferID, accumulates: Bool)
    /// The gradient of subsampling.
    case subsamplingGradient(
        Subsampling, gradient: BufferID, destination: BufferID, accumulates: Bool)
    /// The gradient of max pooling.
    case maxPoolingGradient(MaxPoolingGradientStep)
}

/// A forward convolution or linear layer with what is fused into it.
struct ConvolutionStep {
    let node: NodeID
    let shape: ConvolutionShape
    let source: BufferView
    let destination: BufferID
    /// Whether the node has a bias of its own.
    let hasBias: Bool
    /// A residual that is added on the way out.
    var addend: BufferID?
    /// Where the moments of the result go.
    var moments: BufferID?
    /// A normalisation folded into the weights (inference).
    var folded: Int?
    /// What is applied on the way out (inference).
    var activation: Activation?
    /// Where the weights are packed just before the step (training); where there is none they are packed once and kept.
    var packed: BufferID?
}

extension ConvolutionStep {
    /// How a batch of `images` is computed: in inference with the bits of every batch.
    func plan(images: Int) -> ConvolutionPlan {
        packed == nil
            ? .inference(shape, images: images) : ConvolutionPlan(shape, .forward, images: images)
    }

    /// The floats of packed weights that outlive the step.
    func keptPackedCount(images: Int) -> Int {
        packed == nil ? plan(images: images).packedCount : 0
    }
}

/// The gradient of a convolution's input with what is fused into it.
struct InputGradientStep {
    let node: NodeID
    let shape: ConvolutionShape
    let gradient: BufferView
    let destination: BufferID
    let accumulates: Bool
    /// The view whose gradient is complete after this step.
    var viewGradient: ViewGradientStep?
    /// Where the weights are packed just before the step.
    let packed: BufferID
}

/// The gradient of what max pooling read, with what is fused into it.
struct MaxPoolingGradientStep {
    let window: PoolingWindow
    /// What was pooled: where the largest values are is found again.
    let source: BufferView
    let gradient: BufferID
    let destination: BufferID
    let accumulates: Bool
    /// The view whose gradient is complete after this step.
    var viewGradient: ViewGradientStep?
}

/// A gradient to be taken back through a view's dropout and activation.
struct ViewGradientStep {
    let view: BufferView
    let gradient: BufferID
    /// The sums of a normalised view.
    let sums: BufferID?
    let windows: Windows
}

extension Step {
    /// The floats of packed weights that outlive the step.
    func keptPackedCount(images: Int) -> Int {
        guard case .convolution(let step) = self else { return 0 }
        return step.keptPackedCount(images: images)
    }

    /// The floats of scratch memory that the step's threads share.
    func sharedScratchFloats(images: Int) -> Int {
        switch self {
        case .convolution(let step):
            step.plan(images: images).sharedScratchFloats
        case .inputGradient(let step):
            ConvolutionPlan(step.shape, .inputGradient, images: images).sharedScratchFloats
        case .weightGradient(_, let shape, _, _, _):
            WeightGradientPlan(shape, images: images).sharedScratchFloats
        default: 0
        }
    }

    /// The buffers that the step reads or writes, given the masks of the program.
    func buffers(in program: Program) -> [BufferID] {
        func of(_ view: BufferView) -> [BufferID] {
            [view.source] + [view.second].compactMap(\.self)
                + [view.dropout.map { program.dropouts[$0].bits }].compactMap(\.self)
        }
        func of(_ step: ViewGradientStep?) -> [BufferID] {
            guard let step else { return [] }
            return of(step.view) + [step.gradient] + [step.sums].compactMap(\.self)
        }
        switch self {
        case .convolution(let step):
            return of(step.source) + [step.destination]
                + [step.addend, step.moments, step.packed].compactMap(\.self)
        case .moments(let source, let sums): return [source, sums]
        case .normalize(_, let sums): return [sums].compactMap(\.self)
        case .normalizeGradient(_, let sums): return [sums]
        case .dropoutMask(let mask): return [program.dropouts[mask].bits]
        case .map(let source, let addend, let destination):
            return of(source) + (addend.map { of($0) } ?? []) + [destination]
        case .mean(let source, let destination), .maxPooling(_, let source, let destination),
            .subsampling(_, let source, let destination):
            return of(source) + [destination]
        case .loss(let logits, let gradient): return [logits, gradient]
        case .weightGradient(_, _, let source, let gradient, let parts):
            return of(source) + of(gradient) + [parts].compactMap(\.self)
        case .biasGradient(_, let gradient): return [gradient]
        case .inputGradient(let step):
            return of(step.gradient) + [step.destination, step.packed] + of(step.viewGradient)
        case .viewGradient(let step): return of(step)
        case .spread(let source, let destination, _),
            .subsamplingGradient(_, let source, let destination, _):
            return [source, destination]
        case .maxPoolingGradient(let step):
            return of(step.source) + [step.gradient, step.destination] + of(step.viewGradient)
        }
    }
}
