// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Per-channel coefficients of a view, `nil` where it has none.
package struct Coefficients {
    /// The factor of the map's value.
    package let scale: UnsafePointer<Float>
    /// The offset of the map's value.
    package let shift: UnsafePointer<Float>
    /// The factor of the second map's value.
    package let slope: UnsafePointer<Float>?

    /// Collects the vectors; each is as long as the map's padded channels.
    package init(
        scale: UnsafePointer<Float>, shift: UnsafePointer<Float>,
        slope: UnsafePointer<Float>? = nil
    ) {
        self.scale = scale
        self.shift = shift
        self.slope = slope
    }
}

/// A map as a step reads it: through an affine map per channel, an activation and dropout's keep
/// bits, nothing of which is stored.
package struct MapView {
    /// The map.
    package let map: FeatureMap
    /// A second map of the same shape and type that the coefficients' slope multiplies.
    package let second: FeatureMap?
    /// The affine map.
    package let coefficients: Coefficients?
    /// The activation of each value.
    package let activation: PointwiseFunction
    /// One word per pixel and block; a zero bit makes the value zero.
    package let keep: UnsafePointer<UInt16>?
    /// The factor of each value whose bit is one; 1 where the coefficients contain it.
    package let factor: Float

    /// Describes a view; without further arguments, the map itself.
    package init(
        _ map: FeatureMap, second: FeatureMap? = nil, coefficients: Coefficients? = nil,
        activation: PointwiseFunction = .identity, keep: UnsafePointer<UInt16>? = nil,
        factor: Float = 1
    ) {
        precondition(
            second.map { $0.elementType == map.elementType } ?? true,
            "a view reads maps of one type")
        self.map = map
        self.second = second
        self.coefficients = coefficients
        self.activation = activation
        self.keep = keep
        self.factor = factor
    }

    var view: wrn_view {
        wrn_view(
            scale: coefficients?.scale, shift: coefficients?.shift, slope: coefficients?.slope,
            activation: activation.argument, factor: factor)
    }
}

/// A function that kernels apply to each value by itself, on the way in or out.
package enum PointwiseFunction: Hashable, Sendable {
    /// The value as it is.
    case identity
    /// `max(x, 0)`.
    case relu
    /// `x` for `x > 0`, `slope · x` for the rest; the slope is above 0 and below 1.
    case leakyReLU(slope: Float)
    /// `x / (1 + exp(-x))`.
    case silu

    /// The form that the kernels take.
    var argument: wrn_activation {
        switch self {
        case .identity: wrn_activation(kind: Int32(WRN_IDENTITY), below: 0)
        case .relu: wrn_activation(kind: Int32(WRN_RELU), below: 0)
        case .leakyReLU(let slope): wrn_activation(kind: Int32(WRN_LEAKY_RELU), below: slope)
        case .silu: wrn_activation(kind: Int32(WRN_SILU), below: 0)
        }
    }
}

/// The gradient of a view, propagated in place through dropout and activation; for a normalised
/// view also its two sums.
///
///     dz = g · factor · f'(z) where dropout kept the value, else 0
///     sums: Σ dz  and  Σ dz · (x - μ) / σ
package struct ViewGradient {
    /// The gradient, of the shape of the view's map.
    package let gradient: FeatureMap
    /// The view.
    package let view: MapView
    /// 1 / (1 - p) of dropout, else 1.
    package let factor: Float
    /// A normalised view's μ, 1/σ and the place of its sums.
    package let statistics:
        (mean: UnsafePointer<Float>, inverse: UnsafePointer<Float>, sums: WindowSums)?

    /// Describes the gradient of `view`, which lies in `gradient`.
    package init(
        gradient: FeatureMap, view: MapView, factor: Float,
        statistics: (mean: UnsafePointer<Float>, inverse: UnsafePointer<Float>, sums: WindowSums)?
    ) {
        precondition(
            gradient.elementType == view.map.elementType, "a gradient has the type of its map")
        self.gradient = gradient
        self.view = view
        self.factor = factor
        self.statistics = statistics
    }

    /// Takes all windows of the first `images` images back.
    package func run(windows: Windows, images: Int, in workspace: Workspace) {
        workspace.pool.run(count: images * windows.perImage) { window, _ in
            let (image, tile) = window.quotientAndRemainder(dividingBy: windows.perImage)
            let firstRow = tile * windows.rows
            apply(
                image: image, firstRow: firstRow,
                rows: min(windows.rows, gradient.height - firstRow), window: window,
                blocks: 0..<gradient.blocks, with: workspace.kernels)
        }
    }

    /// Takes some blocks of some rows of one image back.
    func apply(
        image: Int, firstRow: Int, rows: Int, window: Int, blocks: Range<Int>, with kernels: Kernels
    ) {
        var arguments = arguments(
            image: image, firstRow: firstRow, rows: rows, window: window, blocks: blocks)
        kernels.maps(gradient.elementType).view_gradient(&arguments)
    }

    /// The arguments of a kernel that computes the gradient of some blocks of some rows of one
    /// image.
    func arguments(
        image: Int, firstRow: Int, rows: Int, window: Int, blocks: Range<Int>
    ) -> wrn_view_gradient {
        let lane = blocks.lowerBound * Kernels.lanes
        let pixel = image * gradient.pixelCount + firstRow * gradient.width
        let offset = pixel * gradient.pixelStride + lane
        let coefficients = view.coefficients
        let sums = statistics.map { $0.sums }
        let row = sums.map { window * $0.lanes + lane } ?? 0
        return wrn_view_gradient(
            gradient: gradient.pointer(at: offset), image: view.map.pointer(at: offset),
            keep: view.keep.map { $0 + pixel * gradient.blocks + blocks.lowerBound },
            row_stride: gradient.width * gradient.pixelStride,
            column_stride: gradient.pixelStride,
            keep_row_stride: gradient.width * gradient.blocks, keep_column_stride: gradient.blocks,
            rows: Int32(rows), columns: Int32(gradient.width), blocks: Int32(blocks.count),
            view: wrn_view(
                scale: coefficients.map { $0.scale + lane },
                shift: coefficients.map { $0.shift + lane }, slope: nil,
                activation: view.activation.argument, factor: view.factor),
            factor: factor, mean: statistics.map { $0.mean + lane },
            inverse: statistics.map { $0.inverse + lane }, sum: sums.map { $0.first + row },
            product: sums.map { $0.second + row })
    }
}
