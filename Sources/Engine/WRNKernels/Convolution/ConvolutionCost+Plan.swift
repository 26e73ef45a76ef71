// SPDX-License-Identifier: Apache-2.0

extension ConvolutionPlan {
    /// What the written rule counts for the chosen algorithm, in multiply-adds.
    package var cost: Double {
        // The phases of a strided convolution's gradient meet each output and kernel element once, as the convolution does.
        let (height, width) =
            shape.stride == 1
            ? shape.producedExtents(direction) : (shape.outputHeight, shape.outputWidth)
        return ConvolutionCost.cost(
            algorithm, shape.precision, kernelSize: shape.kernelSize,
            inputs: shape.reducedChannels(direction),
            outputs: shape.producedChannels(direction), height: height, width: width,
            images: images)
    }
}

extension WeightGradientPlan {
    /// What the written rule counts for the chosen algorithm, in multiply-adds.
    package var cost: Double {
        ConvolutionCost.cost(
            algorithm, kernelSize: shape.kernelSize, inputs: shape.inputChannels,
            outputs: shape.outputChannels, height: shape.outputHeight, width: shape.outputWidth,
            images: images)
    }
}
