// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Where the pixels of a patch lie: blocks of channels outermost, then rows, then columns de-interleaved by the stride.
struct PatchLayout {
    let rows: Int
    let columns: Int
    let planes: Int
    let blocks: Int
    let precision: Precision
    /// Elements from row to row, and from block to block.
    let rowStride: Int
    let blockStride: Int

    init(rows: Int, columns: Int, planes: Int, blocks: Int, precision: Precision = .float32) {
        self.rows = rows
        self.columns = columns
        self.planes = planes
        self.blocks = blocks
        self.precision = precision
        rowStride = planes * ((columns + planes - 1) / planes) * Kernels.lanes
        // An odd number of cache lines, so that blocks do not fall onto the same cache sets.
        let lines = rows * rowStride / Kernels.lanes
        blockStride = (lines | 1) * Kernels.lanes
    }

    /// The floats of memory that the patch takes.
    var floatCount: Int {
        blocks * blockStride * precision.byteCount / MemoryLayout<Float>.stride
    }

    /// The offset of a tap from its output's first pixel, in elements.
    func offset(row: Int, column: Int) -> Int {
        row * rowStride
            + (column % planes * (rowStride / Kernels.lanes / planes) + column / planes)
            * Kernels.lanes
    }

    /// Loads `rows` patch rows of one image, from source row `top` and column `left` on.
    func load(
        _ view: MapView, image: Int, top: Int, left: Int, step: Int, rows: Int,
        into patch: UnsafeMutableRawPointer, with kernels: Kernels
    ) {
        let map = view.map
        var arguments = wrn_patch_load(
            image: map.base + image * map.imageStride,
            second: view.second.map { $0 + image * map.imageStride },
            keep: view.keep.map { $0 + image * map.pixelCount * map.blocks },
            stride: map.pixelStride, height: Int32(map.height), width: Int32(map.width),
            blocks: Int32(map.blocks), view: view.view, top: Int32(top), left: Int32(left),
            step: Int32(step), rows: Int32(rows), columns: Int32(columns), planes: Int32(planes),
            patch: patch, row_stride: rowStride, block_stride: blockStride)
        kernels.loadPatch(&arguments, precision)
    }
}
