// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

extension WindowSums {
    /// Takes the moments of one window, of the lanes from `lane` on; `offset` is that of its first value in `map`.
    func measure(
        _ map: FeatureMap, at offset: Int, rows: Int, window: Int, lane: Int, blocks: Int,
        with kernels: Kernels
    ) {
        var arguments = wrn_moments(
            image: map.base + offset, row_stride: map.width * map.pixelStride,
            column_stride: map.pixelStride, rows: Int32(rows), columns: Int32(map.width),
            blocks: Int32(blocks), mean: first + window * lanes + lane,
            deviation: second + window * lanes + lane)
        kernels.table.moments(&arguments)
    }

    /// Takes the moments of every window of the first `images` images.
    package func measure(_ map: FeatureMap, images: Int, in workspace: Workspace) {
        workspace.pool.run(count: images * windows.perImage) { window, _ in
            let (image, tile) = window.quotientAndRemainder(dividingBy: windows.perImage)
            let firstRow = tile * windows.rows
            let offset = image * map.imageStride + firstRow * map.width * map.pixelStride
            measure(
                map, at: offset, rows: min(windows.rows, map.height - firstRow), window: window,
                lane: 0, blocks: map.blocks, with: workspace.kernels)
        }
    }
}
