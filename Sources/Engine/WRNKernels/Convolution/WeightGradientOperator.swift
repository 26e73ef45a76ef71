// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// The choice made for the gradient of one convolution's weight and a batch.
package struct WeightGradientPlan: Hashable, Sendable {
    /// The numbers of the convolution.
    package let shape: ConvolutionShape
    /// The images of a full batch.
    package let images: Int
    /// The rates by which the algorithm is chosen.
    package let rates: BFloat16Rates
    /// The algorithm, never ``ConvolutionAlgorithm/directBFloat16``.
    package let algorithm: ConvolutionAlgorithm

    /// Chooses by the written rule unless `algorithm` is given, which must be able to compute the
    /// shape.
    ///
    /// - Parameter rates: Those of the processor where both maps lie in bfloat16; else nothing but
    ///   float32 is multiplied.
    package init(
        _ shape: ConvolutionShape, images: Int, rates: BFloat16Rates = .none,
        algorithm: ConvolutionAlgorithm? = nil
    ) {
        self.shape = shape
        self.images = images
        self.rates = rates
        self.algorithm =
            algorithm ?? ConvolutionCost.cheapestWeightGradient(shape, images: images, rates)
        precondition(
            !self.algorithm.isWinograd || (shape.kernelSize == 3 && shape.stride == 1),
            "\(self.algorithm.name) computes 3x3 convolutions of stride 1 only")
        precondition(
            self.algorithm != .directBFloat16,
            "gradients of weights multiply bfloat16 on tiles only")
    }

    /// The floats of the sums that are kept apart until the end; 0 when there is one.
    package var partFloats: Int {
        switch algorithm {
        case .direct, .directBFloat16, .tiles:
            WeightGradientParts(shape, images: images).floatCount
        case .winograd(let size):
            WinogradWeightGradient.Cut(shape, size: size, images: images).partFloats
        }
    }

    /// The scratch floats that threads share.
    package var sharedScratchFloats: Int {
        guard case .winograd(let size) = algorithm else { return 0 }
        return WinogradWeightGradient.Cut(shape, size: size, images: images).sharedFloats
    }

    /// The division of the work, in words.
    package var cutDescription: String {
        switch algorithm {
        case .direct, .directBFloat16, .tiles:
            WeightGradientParts(shape, images: images).description
        case .winograd(let size):
            WinogradWeightGradient.Cut(shape, size: size, images: images).description
        }
    }
}

/// The gradient of a convolution's weight over a batch, by the algorithm of its plan.
package final class WeightGradientOperator {
    private enum Body {
        case direct(DirectWeightGradient)
        case tiles(TileWeightGradient)
        case winograd(WinogradWeightGradient)
    }

    private let body: Body

    /// Prepares the operator.
    ///
    /// - Parameter parts: Room for ``WeightGradientPlan/partFloats`` floats; unused when that is 0.
    package init(
        _ plan: WeightGradientPlan, source: MapView, gradient: MapView,
        destination: UnsafeMutablePointer<Float>, parts: UnsafeMutablePointer<Float>,
        kernels: Kernels
    ) {
        body =
            switch plan.algorithm {
            case .direct, .directBFloat16:
                .direct(
                    DirectWeightGradient(
                        plan.shape, source: source, gradient: gradient, destination: destination,
                        parts: parts, images: plan.images))
            case .tiles:
                .tiles(
                    TileWeightGradient(
                        plan.shape, source: source, gradient: gradient, destination: destination,
                        parts: parts, images: plan.images, kernels: kernels))
            case .winograd(let size):
                .winograd(
                    WinogradWeightGradient(
                        plan.shape, size: size, source: source, gradient: gradient,
                        destination: destination, parts: parts, images: plan.images))
            }
    }

    /// The scratch memory that it needs.
    package var scratch: Workspace.Scratch {
        switch body {
        case .direct(let direct): Workspace.Scratch(floatsPerThread: direct.scratchFloats)
        case .tiles(let tiles): Workspace.Scratch(floatsPerThread: tiles.scratchFloats)
        case .winograd(let winograd): winograd.scratch
        }
    }

    /// Computes the gradient over the first `images` images of the batch.
    package func run(images: Int, in workspace: Workspace) {
        switch body {
        case .direct(let direct): direct.run(images: images, in: workspace)
        case .tiles(let tiles): tiles.run(images: images, in: workspace)
        case .winograd(let winograd): winograd.run(images: images, in: workspace)
        }
    }
}
