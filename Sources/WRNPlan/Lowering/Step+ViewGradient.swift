// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// The steps that complete the gradient of a view piece by piece, so that the way back through the view can follow in each piece.
extension Step {
    /// The windows in which the step completes `gradient`, of this shape; nil where it does not.
    func gradientWindows(
        _ gradient: BufferID, _ shape: FeatureShape, images: Int
    ) -> Windows? {
        switch self {
        case .inputGradient(let step):
            let plan = ConvolutionPlan(step.shape, .inputGradient, images: images)
            return step.destination == gradient && plan.coversDensely ? plan.windows : nil
        case .maxPoolingGradient(let step):
            guard step.destination == gradient else { return nil }
            return MaxPoolingGradientOperator.windows(
                channels: shape.channels, height: shape.height, width: shape.width)
        default: return nil
        }
    }

    /// The step with the way back through a view fused into it; nil where it completes no such gradient.
    func followed(by back: ViewGradientStep) -> Step? {
        switch self {
        case .inputGradient(var step)
        where step.destination == back.gradient && step.shape.stride == 1:
            step.viewGradient = back
            return .inputGradient(step)
        case .maxPoolingGradient(var step) where step.destination == back.gradient:
            step.viewGradient = back
            return .maxPoolingGradient(step)
        default: return nil
        }
    }
}
