// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Writes a view, plus another where there is one, pixel by pixel, where no convolution is fused
/// with it.
package struct MapOperator {
    private let source: MapView
    private let addend: MapView?
    private let destination: FeatureMap

    /// Describes `destination = source + addend`; all may be one memory, and the addend has no
    /// dropout.
    package init(source: MapView, addend: MapView?, destination: FeatureMap) {
        precondition(addend?.keep == nil && addend?.second == nil, "an addend has no dropout")
        self.source = source
        self.addend = addend
        self.destination = destination
    }

    /// Maps the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        let pixels = images * destination.pixelCount
        let chunk = max(1, 65_536 / destination.pixelStride)
        workspace.pool.run(count: (pixels + chunk - 1) / chunk) { task, _ in
            let first = task * chunk
            let offset = first * destination.pixelStride
            var arguments = wrn_map(
                image: source.map.base + offset, second: source.second.map { $0 + offset },
                keep: source.keep.map { $0 + first * destination.blocks },
                addend: addend.map { UnsafePointer($0.map.base + offset) },
                destination: destination.base + offset,
                stride: destination.pixelStride, pixels: Int32(min(chunk, pixels - first)),
                blocks: Int32(destination.blocks), view: source.view,
                addend_view: addend?.view ?? wrn_view())
            workspace.kernels.float32.map(&arguments)
        }
    }
}

/// Every `stride`-th pixel of a view, with zeros for the channels that it lacks: a shortcut without
/// parameters.
package struct SubsamplingOperator {
    private let stride: Int
    private let channelOffset: Int
    private let source: MapView
    private let destination: FeatureMap

    /// Describes the subsampling of `source` into `destination`, where the source's channels begin
    /// at `channelOffset`.
    package init(stride: Int, channelOffset: Int = 0, source: MapView, destination: FeatureMap) {
        precondition(
            channelOffset >= 0 && source.map.channels + channelOffset <= destination.channels,
            "a shortcut drops no channels")
        self.stride = stride
        self.channelOffset = channelOffset
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
                workspace.kernels.float32.map(&arguments)
                // The kernel fills whole blocks, in which other channels may begin anywhere.
                if channelOffset > 0 {
                    (result + channelOffset).update(from: result, count: from.channels)
                    result.update(repeating: 0, count: channelOffset)
                }
                let end = channelOffset + from.channels
                (result + end).update(repeating: 0, count: to.pixelStride - end)
            }
        }
    }
}

/// The gradient of subsampling: pixels that were kept get theirs, all others none.
package struct SubsamplingGradientOperator {
    private let stride: Int
    private let channelOffset: Int
    private let gradient: FeatureMap
    private let destination: FeatureMap
    private let accumulates: Bool

    /// Describes the gradient of a subsampling that read a map of `destination`'s shape.
    package init(
        stride: Int, channelOffset: Int = 0, gradient: FeatureMap, destination: FeatureMap,
        accumulates: Bool
    ) {
        self.stride = stride
        self.channelOffset = channelOffset
        self.gradient = gradient
        self.destination = destination
        self.accumulates = accumulates
    }

    /// Computes the gradient of the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        let (from, to) = (gradient, destination)
        workspace.pool.run(count: images) { image, _ in
            let first = to.base + image * to.imageStride
            if !accumulates { first.update(repeating: 0, count: to.imageStride) }
            for pixel in 0..<from.pixelCount {
                let (i, j) = pixel.quotientAndRemainder(dividingBy: from.width)
                let result = first + (i * stride * to.width + j * stride) * to.pixelStride
                let values =
                    from.base + image * from.imageStride + pixel * from.pixelStride + channelOffset
                for channel in 0..<to.channels { result[channel] += values[channel] }
            }
        }
    }
}
