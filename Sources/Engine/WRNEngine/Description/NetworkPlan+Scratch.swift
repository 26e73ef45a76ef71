// SPDX-License-Identifier: Apache-2.0

import WRNKernels
import WRNPlan
import WRNTensor

extension NetworkPlan {
    /// The scratch memory that the steps need.
    ///
    /// It follows from the operators. They are made here without their memory, which they only
    /// touch when they run: all maps and weights seem to begin at one line.
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
        for step in program.steps {
            switch step {
            case .convolution(let step):
                let plan = convolutions.plan(step)
                scratch.include(
                    convolution(plan, from: input(plan.shape), to: output(plan.shape)))
            case .inputGradient(let step):
                let plan = convolutions.plan(step)
                scratch.include(
                    convolution(plan, from: output(plan.shape), to: input(plan.shape)))
            case .weightGradient(let step):
                let plan = convolutions.plan(step)
                let gradient = WeightGradientOperator(
                    plan, source: MapView(input(plan.shape)),
                    gradient: MapView(output(plan.shape)), destination: line.floats,
                    parts: line.floats)
                scratch.include(gradient.scratch)
            default: break
            }
        }
        return scratch
    }
}
