// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Writes a view, plus another where there is one, pixel by pixel: what no convolution took along.
package struct MapOperator {
    private let source: MapView
    private let addend: MapView?
    private let destination: FeatureMap

    /// Describes `destination = source + addend`; all may be one memory, and the addend has no dropout.
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
            workspace.kernels.table.map(&arguments)
        }
    }
}
