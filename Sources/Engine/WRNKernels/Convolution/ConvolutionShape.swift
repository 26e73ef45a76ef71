// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The numbers of a square convolution, and where its weights lie.
///
/// In the engine a weight is `[k·k][padded inputs][padded outputs]`; for each direction it is
/// packed once more in the order in which the kernel consumes it.
package struct ConvolutionShape: Hashable, Sendable {
    /// The input's channels and extents.
    package let inputChannels: Int
    package let inputHeight: Int
    package let inputWidth: Int
    /// The output's channels and extents.
    package let outputChannels: Int
    package let outputHeight: Int
    package let outputWidth: Int
    /// The kernel's extent, the stride and the zero padding above and to the left; below and to the
    /// right, zeros follow from the output's extents.
    package let kernelSize: Int
    package let stride: Int
    package let padding: Int

    /// Collects the numbers; the output's extents must follow from the others.
    ///
    /// - Parameter endPadding: The zero padding below and to the right; nil for the same.
    package init(
        input: (channels: Int, height: Int, width: Int),
        output: (channels: Int, height: Int, width: Int), kernelSize: Int, stride: Int,
        padding: Int, endPadding: Int? = nil
    ) {
        (inputChannels, inputHeight, inputWidth) = input
        (outputChannels, outputHeight, outputWidth) = output
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        let added = padding + (endPadding ?? padding) - kernelSize
        precondition(
            (inputHeight + added) / stride + 1 == outputHeight
                && (inputWidth + added) / stride + 1 == outputWidth,
            "a convolution of \(input) does not give \(output)")
    }

    /// The kernel elements, k².
    package var tapCount: Int { kernelSize * kernelSize }
    /// The floats of the weight in the engine's layout.
    package var weightCount: Int {
        tapCount * Kernels.padded(inputChannels) * Kernels.padded(outputChannels)
    }

    /// The place of an element of the weight in the engine's layout.
    package func weightIndex(output: Int, input: Int, tap: Int) -> Int {
        (tap * Kernels.padded(inputChannels) + input) * Kernels.padded(outputChannels) + output
    }

    /// The channels that are summed over.
    func reducedChannels(_ direction: ConvolutionOperator.Direction) -> Int {
        direction == .forward ? inputChannels : outputChannels
    }

    /// The channels of the result.
    func producedChannels(_ direction: ConvolutionOperator.Direction) -> Int {
        direction == .forward ? outputChannels : inputChannels
    }

    /// The extents of the result.
    func producedExtents(_ direction: ConvolutionOperator.Direction) -> (height: Int, width: Int) {
        direction == .forward ? (outputHeight, outputWidth) : (inputHeight, inputWidth)
    }

    func phases(_ direction: ConvolutionOperator.Direction) -> [ConvolutionGeometry.Phase] {
        switch direction {
        case .forward:
            ConvolutionGeometry(
                forward: kernelSize, stride: stride, padding: padding, outputHeight: outputHeight,
                outputWidth: outputWidth
            ).phases
        case .inputGradient:
            ConvolutionGeometry(
                inputGradient: kernelSize, stride: stride, padding: padding,
                inputHeight: inputHeight, inputWidth: inputWidth
            ).phases
        }
    }
}
