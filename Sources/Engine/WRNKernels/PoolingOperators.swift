// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The mean over the pixels of each image in float32, through a view without dropout.
package struct MeanOperator {
    private let source: MapView
    private let destination: FeatureMap

    /// Describes the mean of `source` into the 1 x 1 map `destination` of float32.
    package init(source: MapView, destination: FeatureMap) {
        precondition(source.keep == nil && source.second == nil, "a mean reads no dropout")
        self.source = source
        self.destination = destination
    }

    /// Averages the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        let map = source.map
        workspace.pool.run(count: images) { image, _ in
            var view = source.view
            workspace.kernels.maps(map.elementType).mean_pixels(
                map.pointer(at: image * map.imageStride), map.pixelStride, Int32(map.pixelCount),
                Int32(map.blocks), &view, destination.floats + image * destination.imageStride)
        }
    }
}

/// The gradient of the mean: each pixel of an image gets an equal share.
package struct SpreadOperator {
    private let source: FeatureMap
    private let destination: FeatureMap
    private let accumulates: Bool

    /// Describes the spreading of the 1 x 1 map `source` of float32 over `destination`.
    package init(source: FeatureMap, destination: FeatureMap, accumulates: Bool) {
        self.source = source
        self.destination = destination
        self.accumulates = accumulates
    }

    /// Spreads the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        workspace.pool.run(count: images) { image, _ in
            workspace.kernels.maps(destination.elementType).spread_pixels(
                source.floats + image * source.imageStride, 1 / Float(destination.pixelCount),
                accumulates ? 1 : 0, destination.pointer(at: image * destination.imageStride),
                destination.pixelStride, Int32(destination.pixelCount), Int32(destination.blocks))
        }
    }
}

/// The numbers of a square max pooling.
package struct PoolingWindow: Hashable, Sendable {
    /// The window's extent, the step between windows, and the pixels beyond the image's edge.
    package let size: Int
    package let stride: Int
    package let padding: Int

    /// Collects the numbers; a padding of at most half a window keeps every window on the image.
    package init(size: Int, stride: Int, padding: Int) {
        precondition(2 * padding <= size, "a window of \(size) beside an edge of \(padding)")
        self.size = size
        self.stride = stride
        self.padding = padding
    }

    /// About a quarter of a second-level cache.
    private static let tileFloats = 64 << 10

    /// The rows of a task's tile: from the shape alone.
    static func tileRows(height: Int, width: Int, channels: Int) -> Int {
        max(1, min(height, tileFloats / (width * Kernels.padded(channels))))
    }

    fileprivate func windows(over source: MapView, image: Int) -> wrn_max_windows {
        let map = source.map
        return wrn_max_windows(
            image: map.pointer(at: image * map.imageStride), stride: map.pixelStride,
            height: Int32(map.height), width: Int32(map.width), blocks: Int32(map.blocks),
            view: source.view, size: Int32(size), step: Int32(stride), padding: Int32(padding))
    }
}

/// The largest value of each window, through a view without dropout.
package struct MaxPoolingOperator {
    private let window: PoolingWindow
    private let source: MapView
    private let destination: FeatureMap

    /// Describes the pooling of `source` into `destination`.
    package init(_ window: PoolingWindow, source: MapView, destination: FeatureMap) {
        precondition(source.keep == nil && source.second == nil, "a pooling reads no dropout")
        precondition(
            source.map.elementType == destination.elementType, "a pooling keeps the type")
        self.window = window
        self.source = source
        self.destination = destination
    }

    /// Pools the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        let map = destination
        let rows = PoolingWindow.tileRows(
            height: map.height, width: map.width, channels: map.channels)
        let tiles = (map.height + rows - 1) / rows
        workspace.pool.run(count: images * tiles) { task, _ in
            let (image, tile) = task.quotientAndRemainder(dividingBy: tiles)
            let firstRow = tile * rows
            var arguments = wrn_max_pool(
                windows: window.windows(over: source, image: image), first_row: Int32(firstRow),
                rows: Int32(min(rows, map.height - firstRow)), columns: Int32(map.width),
                destination: map.pointer(
                    at: image * map.imageStride + firstRow * map.width * map.pixelStride),
                destination_stride: map.pixelStride)
            workspace.kernels.maps(map.elementType).max_pool(&arguments)
        }
    }
}

/// The gradient of max pooling: each window's goes to its first largest value.
///
/// Nothing is remembered of the forward pass; the largest values are found again.
package struct MaxPoolingGradientOperator {
    private let window: PoolingWindow
    private let source: MapView
    private let gradient: FeatureMap
    private let destination: FeatureMap
    private let accumulates: Bool
    private let viewGradient: ViewGradient?

    /// Describes the gradient of the pooling of `source`, into a map of its shape.
    ///
    /// - Parameter viewGradient: The view whose gradient the result is, to be propagated through
    ///   its activation.
    package init(
        _ window: PoolingWindow, source: MapView, gradient: FeatureMap, destination: FeatureMap,
        accumulates: Bool, viewGradient: ViewGradient?
    ) {
        precondition(source.keep == nil && source.second == nil, "a pooling reads no dropout")
        precondition(
            source.map.elementType == destination.elementType
                && gradient.elementType == destination.elementType, "a pooling keeps the type")
        self.window = window
        self.source = source
        self.gradient = gradient
        self.destination = destination
        self.accumulates = accumulates
        self.viewGradient = viewGradient
    }

    /// The division of the destination among tasks, and the places where sums are taken.
    package static func windows(channels: Int, height: Int, width: Int) -> Windows {
        Windows(
            height: height, width: width,
            rows: PoolingWindow.tileRows(height: height, width: width, channels: channels))
    }

    /// Computes the gradient of the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        let map = destination
        let windows = Self.windows(channels: map.channels, height: map.height, width: map.width)
        workspace.pool.run(count: images * windows.perImage) { task, _ in
            let (image, tile) = task.quotientAndRemainder(dividingBy: windows.perImage)
            let firstRow = tile * windows.rows
            let rows = min(windows.rows, map.height - firstRow)
            var arguments = wrn_max_pool_gradient(
                windows: window.windows(over: source, image: image),
                gradient: gradient.pointer(at: image * gradient.imageStride),
                gradient_stride: gradient.pixelStride, output_rows: Int32(gradient.height),
                output_columns: Int32(gradient.width), first_row: Int32(firstRow),
                rows: Int32(rows),
                destination: map.pointer(
                    at: image * map.imageStride + firstRow * map.width * map.pixelStride),
                accumulate: accumulates ? 1 : 0)
            workspace.kernels.maps(map.elementType).max_pool_gradient(&arguments)
            viewGradient?.apply(
                image: image, firstRow: firstRow, rows: rows, window: task,
                blocks: 0..<map.blocks, with: workspace.kernels)
        }
    }
}
