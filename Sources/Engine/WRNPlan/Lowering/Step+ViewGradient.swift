// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// The steps that complete the gradient of a view piece by piece, so that the way back through the view can follow in each piece.
///
/// A step takes one view along. Another may follow where the gradient was handed on as it was; that one gets a step of its own.
extension Step {
    /// The windows in which the step completes `gradient`, of this shape, and can take a view along; nil where it does not.
    func gradientWindows(
        _ gradient: BufferID, _ shape: FeatureShape, images: Int
    ) -> Windows? {
        switch self {
        case .inputGradient(let step):
            guard step.destination == gradient, step.viewGradient == nil else { return nil }
            return ConvolutionPlan(step.shape, .inputGradient, images: images).windows
        case .maxPoolingGradient(let step):
            guard step.destination == gradient, step.viewGradient == nil else { return nil }
            return MaxPoolingGradientOperator.windows(
                channels: shape.channels, height: shape.height, width: shape.width)
        default: return nil
        }
    }

    /// The step with the way back through a view in its windows.
    func followed(by back: ViewGradientStep) -> Step {
        switch self {
        case .inputGradient(var step):
            step.viewGradient = back
            return .inputGradient(step)
        case .maxPoolingGradient(var step):
            step.viewGradient = back
            return .maxPoolingGradient(step)
        default: preconditionFailure("\(self) completes no gradient of a view")
        }
    }
}
