// SPDX-License-Identifier: Apache-2.0

import WRNGraph
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
        func map(_ buffer: BufferID) -> FeatureMap {
            let shape = program.shape(of: buffer)
            return FeatureMap(
                base: line.baseAddress, elementType: program[buffer].elementType,
                channels: shape.channels, height: shape.height, width: shape.width)
        }
        func convolution(
            _ plan: ConvolutionPlan, from source: BufferID, to destination: BufferID
        ) -> Workspace.Scratch {
            ConvolutionOperator(
                plan, source: MapView(map(source)),
                weights: line.floats, destination: map(destination),
                epilogue: ConvolutionOperator.Epilogue(), kernels: kernels
            ).scratch
        }
        var scratch = Workspace.Scratch()
        for step in program.steps {
            switch step {
            case .convolution(let step):
                scratch.include(
                    convolution(
                        convolutions.plan(step), from: step.source.source, to: step.destination))
            case .inputGradient(let step):
                scratch.include(
                    convolution(
                        convolutions.plan(step), from: step.gradient.source, to: step.destination))
            case .weightGradient(let step):
                let gradient = WeightGradientOperator(
                    convolutions.plan(step), source: MapView(map(step.source.source)),
                    gradient: MapView(map(step.gradient.source)), destination: line.floats,
                    parts: line.floats, kernels: kernels)
                scratch.include(gradient.scratch)
            default: break
            }
        }
        return scratch
    }
}
