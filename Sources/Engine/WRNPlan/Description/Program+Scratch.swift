// SPDX-License-Identifier: Apache-2.0

import WRNKernels
import WRNTensor

extension Program {
    /// The scratch memory that the steps need.
    ///
    /// The operators know it themselves. They are made here without their memory, which they only touch when they run: all maps and weights
    /// seem to begin at one line.
    func scratch(kernels: Kernels) -> Workspace.Scratch {
        let line = AlignedMemory(floatCount: Kernels.lanes)
        func map(_ channels: Int, _ height: Int, _ width: Int) -> FeatureMap {
            FeatureMap(base: line.floats, channels: channels, height: height, width: width)
        }
        func input(_ shape: ConvolutionShape) -> FeatureMap {
            map(shape.inputChannels, shape.inputHeight, shape.inputWidth)
        }
        func output(_ shape: ConvolutionShape) -> FeatureMap {
            map(shape.outputChannels, shape.outputHeight, shape.outputWidth)
        }
        func convolution(
            _ plan: ConvolutionPlan, from source: FeatureMap, to destination: FeatureMap
        ) -> Workspace.Scratch {
            ConvolutionOperator(
                plan, source: MapView(source),
                weights: line.floats, destination: destination,
                epilogue: ConvolutionOperator.Epilogue(), kernels: kernels
            ).scratch
        }
        var scratch = Workspace.Scratch()
        for step in steps {
            switch step {
            case .convolution(let step):
                let (input, output) = (input(step.shape), output(step.shape))
                scratch.include(convolution(step.plan(images: images), from: input, to: output))
            case .inputGradient(let step):
                let (input, output) = (input(step.shape), output(step.shape))
                let plan = ConvolutionPlan(step.shape, .inputGradient, images: images)
                scratch.include(convolution(plan, from: output, to: input))
            case .weightGradient(_, let shape, _, _, _):
                let gradient = WeightGradientOperator(
                    WeightGradientPlan(shape, images: images), source: MapView(input(shape)),
                    gradient: MapView(output(shape)), destination: line.floats,
                    parts: line.floats)
                scratch.include(gradient.scratch)
            default: break
            }
        }
        return scratch
    }
}
