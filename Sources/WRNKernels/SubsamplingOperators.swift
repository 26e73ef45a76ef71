// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Every `stride`-th pixel of a view, with zeros for the channels that it lacks: a shortcut without parameters.
package struct SubsamplingOperator {
    private let stride: Int
    private let source: MapView
    private let destination: FeatureMap

    /// Describes the subsampling of `source` into `destination`, which has at least its channels.
    package init(stride: Int, source: MapView, destination: FeatureMap) {
        precondition(source.map.channels <= destination.channels, "a shortcut drops no channels")
        self.stride = stride
        self.source = source
        self.destination = destination
    }

    /// Subsamples the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        let (from, to) = (source.map, destination)
        workspace.pool.run(count: images) { image, _ in
            for pixel in 0..<to.pixelCount {
                let (i, j) = pixel.quotientAndRemainder(dividingBy: to.width)
                let place = (image * from.height + i * stride) * from.width + j * stride
                let offset = place * from.pixelStride
                let result = to.base + image * to.imageStride + pixel * to.pixelStride
                var arguments = wrn_map(
                    image: from.base + offset, second: source.second.map { $0 + offset },
                    keep: source.keep.map { $0 + place * from.blocks }, addend: nil,
                    destination: result, stride: from.pixelStride, pixels: 1,
                    blocks: Int32(from.blocks), view: source.view, addend_view: wrn_view())
                workspace.kernels.table.map(&arguments)
                (result + from.pixelStride).update(
                    repeating: 0, count: to.pixelStride - from.pixelStride)
            }
        }
    }
}

/// The gradient of subsampling: pixels that were kept get theirs, all others none.
package struct SubsamplingGradientOperator {
    private let stride: Int
    private let gradient: FeatureMap
    private let destination: FeatureMap
    private let accumulates: Bool
    /// For each block the channels that the source had: others share its last block in the gradient.
    private let channels: [UInt16]

    /// Describes the gradient of a subsampling that read a map of `destination`'s shape.
    package init(
        stride: Int, gradient: FeatureMap, destination: FeatureMap, accumulates: Bool
    ) {
        self.stride = stride
        self.gradient = gradient
        self.destination = destination
        self.accumulates = accumulates
        channels = (0..<destination.blocks).map { block in
            let count = min(destination.channels - block * Kernels.lanes, Kernels.lanes)
            return UInt16(truncatingIfNeeded: (1 << count) - 1)
        }
    }

    /// Computes the gradient of the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        let (from, to) = (gradient, destination)
        workspace.pool.run(count: images) { image, _ in
            let first = to.base + image * to.imageStride
            if !accumulates { first.update(repeating: 0, count: to.imageStride) }
            channels.withUnsafeBufferPointer { channels in
                for pixel in 0..<from.pixelCount {
                    let (i, j) = pixel.quotientAndRemainder(dividingBy: from.width)
                    let result = first + (i * stride * to.width + j * stride) * to.pixelStride
                    var arguments = wrn_map(
                        image: from.base + image * from.imageStride + pixel * from.pixelStride,
                        second: nil, keep: channels.baseAddress, addend: UnsafePointer(result),
                        destination: result, stride: to.pixelStride, pixels: 1,
                        blocks: Int32(to.blocks), view: wrn_view(), addend_view: wrn_view())
                    workspace.kernels.table.map(&arguments)
                }
            }
        }
    }
}
