// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// One fused piece of work on buffers.
package enum Step: Sendable {
    /// Convolves a view; see ``ConvolutionStep``.
    case convolution(ConvolutionStep)
    /// Takes the moments of a buffer that no convolution's epilogue took.
    case moments(source: BufferID, sums: BufferID)
    /// Turns moments into a normalisation's affine map, and moves its running statistics; without
    /// moments the map is made from those.
    case normalize(Int, sums: BufferID?)
    /// Draws which values a dropout keeps.
    case dropoutMask(Int)
    /// `destination = source + addend`, pixel by pixel; the addend has no dropout.
    case map(source: BufferView, addend: BufferView?, destination: BufferID)
    /// The mean over all pixels.
    case mean(source: BufferView, destination: BufferID)
    /// Every `stride`-th pixel, with zeros for the channels that it lacks.
    case subsampling(Subsampling, source: BufferView, destination: BufferID)
    /// The largest value of each window.
    case maxPooling(MaxPooling, source: BufferView, destination: BufferID)
    /// The loss and the gradient of the logits.
    case loss(logits: BufferID, gradient: BufferID)
    /// The gradient of a convolution's weight.
    case weightGradient(WeightGradientStep)
    /// The gradient of a bias.
    case biasGradient(node: NodeID, gradient: BufferID)
    /// The gradient of a convolution's input.
    case inputGradient(InputGradientStep)
    /// Takes a gradient back through a view, in place.
    case viewGradient(ViewGradientStep)
    /// Turns a view's sums into the gradients of γ and β and into the affine map of the
    /// normalisation's gradient.
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
package struct ConvolutionStep: Sendable {
    package let node: NodeID
    package let source: BufferView
    package let destination: BufferID
    /// Whether the node has a bias of its own.
    package let hasBias: Bool
    /// A residual that is added with the result.
    package var addend: BufferID?
    /// The destination of the result's moments.
    package var moments: BufferID?
    /// A normalisation folded into the weights (inference).
    package var folded: Int?
    /// The activation of the result (inference).
    package var activation: Activation?
}

/// The gradient of a convolution's weight.
package struct WeightGradientStep: Sendable {
    package let node: NodeID
    /// The input of the convolution.
    package let source: BufferView
    package let gradient: BufferView
}

/// The gradient of a convolution's input with what is fused into it.
package struct InputGradientStep: Sendable {
    package let node: NodeID
    package let gradient: BufferView
    package let destination: BufferID
    package let accumulates: Bool
    /// The view whose gradient is complete after this step.
    package var viewGradient: ViewGradientStep?
}

/// The gradient of what max pooling read, with what is fused into it.
package struct MaxPoolingGradientStep: Sendable {
    package let pooling: MaxPooling
    /// The input of the pooling, in which the positions of the largest values are searched again.
    package let source: BufferView
    package let gradient: BufferID
    package let destination: BufferID
    package let accumulates: Bool
    /// The view whose gradient is complete after this step.
    package var viewGradient: ViewGradientStep?
}

/// A gradient to be propagated through a view's dropout and activation.
package struct ViewGradientStep: Sendable {
    package let view: BufferView
    package let gradient: BufferID
    /// The sums of a normalised view.
    package let sums: BufferID?
}

// MARK: Fusion

// The steps that complete the gradient of a view piece by piece, so that the way back through the
// view can follow in each piece. A step takes one view along. Another may follow where the gradient
// was handed on as it was; that one gets a step of its own.
extension Step {
    /// The step with the way back through a view fused into it; nil where it does not complete that
    /// view's gradient, or has taken another view along.
    func followed(by back: ViewGradientStep) -> Step? {
        switch self {
        case .inputGradient(var step):
            guard step.destination == back.gradient, step.viewGradient == nil else { return nil }
            step.viewGradient = back
            return .inputGradient(step)
        case .maxPoolingGradient(var step):
            guard step.destination == back.gradient, step.viewGradient == nil else { return nil }
            step.viewGradient = back
            return .maxPoolingGradient(step)
        default: return nil
        }
    }
}

// MARK: Buffers

extension Step {
    /// The buffer that the step itself fills or adds to, without what is fused into it; nil for the
    /// steps that only prepare others.
    package var destination: BufferID? {
        switch self {
        case .convolution(let step): step.destination
        case .map(_, _, let destination), .mean(_, let destination),
            .maxPooling(_, _, let destination), .subsampling(_, _, let destination),
            .spread(_, let destination, _), .subsamplingGradient(_, _, let destination, _):
            destination
        case .loss(_, let gradient): gradient
        case .inputGradient(let step): step.destination
        case .maxPoolingGradient(let step): step.destination
        case .moments, .normalize, .dropoutMask, .weightGradient, .biasGradient, .viewGradient,
            .normalizeGradient:
            nil
        }
    }

    /// The buffers that the step reads or writes, given the masks of the program.
    package func buffers(in program: Program) -> [BufferID] {
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
                + [step.addend, step.moments].compactMap(\.self)
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
        case .weightGradient(let step): return of(step.source) + of(step.gradient)
        case .biasGradient(_, let gradient): return [gradient]
        case .inputGradient(let step):
            return of(step.gradient) + [step.destination] + of(step.viewGradient)
        case .viewGradient(let step): return of(step)
        case .spread(let source, let destination, _),
            .subsamplingGradient(_, let source, let destination, _):
            return [source, destination]
        case .maxPoolingGradient(let step):
            return of(step.source) + [step.gradient, step.destination] + of(step.viewGradient)
        }
    }
}
