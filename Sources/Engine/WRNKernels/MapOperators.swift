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
        precondition(
            source.map.elementType == destination.elementType
                && (addend?.map ?? destination).elementType == destination.elementType,
            "a sum is of one type")
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
                image: source.map.pointer(at: offset),
                second: source.second?.pointer(at: offset),
                keep: source.keep.map { $0 + first * destination.blocks },
                addend: addend?.map.pointer(at: offset),
                destination: destination.pointer(at: offset),
                stride: destination.pixelStride, pixels: Int32(min(chunk, pixels - first)),
                blocks: Int32(destination.blocks), view: source.view,
                addend_view: addend?.view ?? wrn_view())
            workspace.kernels.maps(destination.elementType).map(&arguments)
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
        precondition(
            source.map.elementType == destination.elementType, "a shortcut keeps the type")
        self.stride = stride
        self.channelOffset = channelOffset
        self.source = source
        self.destination = destination
    }

    /// Subsamples the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        workspace.pool.run(count: images) { image, _ in
            destination.withElements(
                Body(operation: self, image: image, kernels: workspace.kernels))
        }
    }

    private struct Body: ElementBody {
        let operation: SubsamplingOperator
        let image: Int
        let kernels: Kernels

        func run<Element: MapElement>(_ to: FeatureMap, _ base: UnsafeMutablePointer<Element>) {
            let source = operation.source
            let (from, stride) = (source.map, operation.stride)
            let channelOffset = operation.channelOffset
            let map = kernels.maps(to.elementType).map
            for pixel in 0..<to.pixelCount {
                let (i, j) = pixel.quotientAndRemainder(dividingBy: to.width)
                let place = (image * from.height + i * stride) * from.width + j * stride
                let offset = place * from.pixelStride
                let result = base + image * to.imageStride + pixel * to.pixelStride
                var arguments = wrn_map(
                    image: from.pointer(at: offset), second: source.second?.pointer(at: offset),
                    keep: source.keep.map { $0 + place * from.blocks }, addend: nil,
                    destination: result, stride: from.pixelStride, pixels: 1,
                    blocks: Int32(from.blocks), view: source.view, addend_view: wrn_view())
                map?(&arguments)
                // The kernel fills whole blocks, in which other channels may begin anywhere.
                if channelOffset > 0 {
                    (result + channelOffset).update(from: result, count: from.channels)
                    result.update(repeating: Element(0), count: channelOffset)
                }
                let end = channelOffset + from.channels
                (result + end).update(repeating: Element(0), count: to.pixelStride - end)
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
        precondition(
            gradient.elementType == destination.elementType, "a shortcut keeps the type")
        self.stride = stride
        self.channelOffset = channelOffset
        self.gradient = gradient
        self.destination = destination
        self.accumulates = accumulates
    }

    /// Computes the gradient of the first `images` images.
    package func run(images: Int, in workspace: Workspace) {
        workspace.pool.run(count: images) { image, _ in
            destination.withElements(Body(operation: self, image: image))
        }
    }

    private struct Body: ElementBody {
        let operation: SubsamplingGradientOperator
        let image: Int

        func run<Element: MapElement>(_ to: FeatureMap, _ base: UnsafeMutablePointer<Element>) {
            let (from, stride) = (operation.gradient, operation.stride)
            let first = base + image * to.imageStride
            if !operation.accumulates {
                first.update(repeating: Element(0), count: to.imageStride)
            }
            let gradients = from.base.assumingMemoryBound(to: Element.self)
            for pixel in 0..<from.pixelCount {
                let (i, j) = pixel.quotientAndRemainder(dividingBy: from.width)
                let result = first + (i * stride * to.width + j * stride) * to.pixelStride
                let values =
                    gradients + image * from.imageStride + pixel * from.pixelStride
                    + operation.channelOffset
                for channel in 0..<to.channels {
                    result[channel] = Element(result[channel].float + values[channel].float)
                }
            }
        }
    }
}
