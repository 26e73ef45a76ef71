// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The mean over the pixels of each image, through a view without dropout.
package struct MeanOperator {
    private let source: MapView
    private let destination: FeatureMap

    /// Describes the mean of `source` into the 1 x 1 map `destination`.
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
            workspace.kernels.table.mean_pixels(
                map.base + image * map.imageStride, map.pixelStride, Int32(map.pixelCount),
                Int32(map.blocks), &view, destination.base + image * destination.imageStride)
        }
    }
}

/// The gradient of the mean: each pixel of an image gets an equal share.
package struct SpreadOperator {
    private let source: FeatureMap
    private let destination: FeatureMap
    private let accumulates: Bool

    /// Describes the spreading of the 1 x 1 map `source` over `destination`.
    package init(source: FeatureMap, destination: FeatureMap, accumulates: Bool) {
        self.source = source
        self.destination = destination
        self.accumulates = accumulates
    }

    /// Spreads the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        workspace.pool.run(count: images) { image, _ in
            workspace.kernels.table.spread_pixels(
                source.base + image * source.imageStride, 1 / Float(destination.pixelCount),
                accumulates ? 1 : 0, destination.base + image * destination.imageStride,
                destination.pixelStride, Int32(destination.pixelCount), Int32(destination.blocks))
        }
    }
}
