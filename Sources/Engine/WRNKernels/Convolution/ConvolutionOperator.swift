// SPDX-License-Identifier: Apache-2.0

/// A convolution, or the gradient of its input, over a batch, by the algorithm of its plan.
///
/// A part of the result is finished while it is still in the cache: bias, addend and activation on
/// the way out, then the moments that the next normalisation needs, or the gradient through the
/// view whose gradient this is.
package final class ConvolutionOperator {
    /// The direction in which the weights are read.
    package enum Direction: Sendable {
        case forward
        case inputGradient
    }

    private enum Body {
        case direct(DirectConvolution)
        case tiles(TileConvolution)
        case winograd(WinogradConvolution)
    }

    private let body: Body

    /// Prepares the operator.
    ///
    /// For ``Direction/inputGradient`` the source is the output's gradient and the destination the
    /// input's. The weights are packed by a ``WeightPacking`` of the same plan.
    package init(
        _ plan: ConvolutionPlan, source: MapView, weights: UnsafePointer<Float>,
        destination: FeatureMap, epilogue: Epilogue, kernels: Kernels
    ) {
        precondition(
            epilogue.addend.map { $0.elementType == destination.elementType } ?? true,
            "a sum is of one type")
        body =
            switch plan.algorithm {
            case .direct, .directBFloat16:
                .direct(
                    DirectConvolution(
                        plan, source: source, weights: weights, destination: destination,
                        epilogue: epilogue, kernels: kernels))
            case .tiles:
                .tiles(
                    TileConvolution(
                        plan, source: source, weights: weights, destination: destination,
                        epilogue: epilogue, kernels: kernels))
            case .winograd(let size):
                .winograd(
                    WinogradConvolution(
                        plan, size: size, source: source, weights: weights,
                        destination: destination, epilogue: epilogue, kernels: kernels))
            }
    }

    /// The scratch memory that it needs.
    package var scratch: Workspace.Scratch {
        switch body {
        case .direct(let direct): Workspace.Scratch(floatsPerThread: direct.scratchFloats)
        case .tiles(let tiles): tiles.scratch
        case .winograd(let winograd): winograd.scratch
        }
    }

    /// Convolves the first `images` images of the batch.
    package func run(images: Int, in workspace: Workspace) {
        switch body {
        case .direct(let direct): direct.run(images: images, in: workspace)
        case .tiles(let tiles): tiles.run(images: images, in: workspace)
        case .winograd(let winograd): winograd.run(images: images, in: workspace)
        }
    }
}

extension ConvolutionOperator {
    /// The operations on the results.
    package struct Epilogue {
        /// Added to every pixel, one value per padded output channel.
        package var bias: UnsafePointer<Float>?
        /// A map like the destination that is added; the destination itself to accumulate.
        package var addend: FeatureMap?
        /// The activation of each result.
        package var activation = PointwiseFunction.identity
        /// The destination of the result's moments.
        package var moments: WindowSums?
        /// The view whose gradient the result is, to be propagated through its dropout and
        /// activation.
        package var viewGradient: ViewGradient?

        /// Creates an epilogue that does nothing.
        package init() {}

        /// Finishes some blocks of some rows of one image: one window.
        func finish(
            _ destination: FeatureMap, image: Int, firstRow: Int, rows: Int, window: Int,
            blocks: Range<Int>, with kernels: Kernels
        ) {
            let lane = blocks.lowerBound * Kernels.lanes
            let pixel = image * destination.pixelCount + firstRow * destination.width
            moments?.measure(
                destination, at: pixel * destination.pixelStride + lane, rows: rows,
                window: window, lane: lane, blocks: blocks.count, with: kernels)
            viewGradient?.apply(
                image: image, firstRow: firstRow, rows: rows, window: window, blocks: blocks,
                with: kernels)
        }
    }
}
