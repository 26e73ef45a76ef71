// SPDX-License-Identifier: Apache-2.0

extension ConvolutionOperator {
    /// What follows the products on the way out.
    package struct Epilogue {
        /// Added to every pixel, one value per padded output channel.
        package var bias: UnsafePointer<Float>?
        /// A map like the destination that is added; the destination itself to accumulate.
        package var addend: UnsafePointer<Float>?
        /// What is applied to each result.
        package var activation = PointwiseFunction.identity
        /// Where the moments of the result go.
        package var moments: WindowSums?
        /// The view whose gradient the result is, to be taken back through its dropout and activation.
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
