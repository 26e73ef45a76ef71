// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
import WRNTensor

/// The geometry of a convolution as one or more phases that each are a plain convolution of a
/// patch.
///
/// A forward convolution has one phase. The gradient of the input of a convolution with stride s
/// has s² phases: the input positions of one remainder modulo s all see the same kernel elements,
/// so each phase is a stride-1 convolution of the output's gradient, and none multiplies by zeros.
struct ConvolutionGeometry {
    /// One plain convolution: a grid of outputs and the kernel elements that they use.
    struct Phase {
        /// The first output row and column, and the step between neighbours of the grid.
        var rowOffset = 0
        var columnOffset = 0
        var outputStep = 1
        /// The extents of the grid.
        var rows: Int
        var columns: Int
        /// The source pixel of the patch's first pixel for output row and column 0.
        var firstRow: Int
        var firstColumn: Int
        /// Source pixels per patch pixel, and patch pixels per output.
        var step = 1
        var stride = 1
        /// The kernel elements: their place in the weight, and in the patch relative to an output.
        var taps: [(index: Int, row: Int, column: Int)]

        var extentRows: Int { (taps.map(\.row).max() ?? -1) + 1 }
        var extentColumns: Int { (taps.map(\.column).max() ?? -1) + 1 }
    }

    let phases: [Phase]

    /// The phase of a forward convolution.
    init(forward kernelSize: Int, stride: Int, padding: Int, outputHeight: Int, outputWidth: Int) {
        var phase = Phase(
            rows: outputHeight, columns: outputWidth, firstRow: -padding, firstColumn: -padding,
            taps: [])
        for row in 0..<kernelSize {
            for column in 0..<kernelSize {
                phase.taps.append((row * kernelSize + column, row, column))
            }
        }
        // A 1x1 kernel reads every stride-th pixel only, so the patch holds no others.
        if kernelSize == 1 { phase.step = stride } else { phase.stride = stride }
        phases = [phase]
    }

    /// The phases of the gradient of the input, whose source is the output's gradient.
    init(
        inputGradient kernelSize: Int, stride: Int, padding: Int, inputHeight: Int, inputWidth: Int
    ) {
        /// The kernel elements that reach remainder `offset`, with the distance of the output that
        /// they reach.
        func taps(_ offset: Int) -> [(element: Int, distance: Int)] {
            (0..<kernelSize).filter { (offset + padding - $0) % stride == 0 }
                .map { ($0, (offset + padding - $0) / stride) }
        }
        var phases: [Phase] = []
        for rowOffset in 0..<min(stride, inputHeight) {
            for columnOffset in 0..<min(stride, inputWidth) {
                let rowTaps = taps(rowOffset)
                let columnTaps = taps(columnOffset)
                let top = rowTaps.map(\.distance).min() ?? 0
                let left = columnTaps.map(\.distance).min() ?? 0
                phases.append(
                    Phase(
                        rowOffset: rowOffset, columnOffset: columnOffset, outputStep: stride,
                        rows: (inputHeight - rowOffset + stride - 1) / stride,
                        columns: (inputWidth - columnOffset + stride - 1) / stride,
                        firstRow: top, firstColumn: left,
                        taps: rowTaps.flatMap { row in
                            columnTaps.map { column in
                                (
                                    row.element * kernelSize + column.element, row.distance - top,
                                    column.distance - left
                                )
                            }
                        }))
            }
        }
        self.phases = phases
    }
}

/// The layout of a patch: blocks of channels outermost, then rows, then columns de-interleaved by
/// the stride.
struct PatchLayout {
    let rows: Int
    let columns: Int
    let planes: Int
    let blocks: Int
    /// The type of the patch's elements.
    let elementType: ElementType
    /// Elements from row to row, and from block to block.
    let rowStride: Int
    let blockStride: Int

    init(rows: Int, columns: Int, planes: Int, blocks: Int, elementType: ElementType = .float32) {
        self.rows = rows
        self.columns = columns
        self.planes = planes
        self.blocks = blocks
        self.elementType = elementType
        rowStride = planes * ((columns + planes - 1) / planes) * Kernels.lanes
        // An odd number of cache lines, so that blocks do not fall onto the same cache sets.
        let lines = rows * rowStride / Kernels.lanes
        blockStride = (lines | 1) * Kernels.lanes
    }

    /// The floats of memory that the patch takes.
    var floatCount: Int {
        blocks * blockStride * elementType.byteCount / MemoryLayout<Float>.stride
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
            image: map.pointer(at: image * map.imageStride),
            second: view.second?.pointer(at: image * map.imageStride),
            keep: view.keep.map { $0 + image * map.pixelCount * map.blocks },
            stride: map.pixelStride, height: Int32(map.height), width: Int32(map.width),
            blocks: Int32(map.blocks), view: view.view, top: Int32(top), left: Int32(left),
            step: Int32(step), rows: Int32(rows), columns: Int32(columns), planes: Int32(planes),
            patch: patch, row_stride: rowStride, block_stride: blockStride)
        kernels.loadPatch(&arguments, from: map.elementType, to: elementType)
    }
}
