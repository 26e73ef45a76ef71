// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// A direct convolution, or the gradient of its input, over a batch: loads patches through a view, convolves, and finishes the tile.
final class DirectConvolution {
    private let source: MapView
    private let destination: FeatureMap
    private let epilogue: ConvolutionOperator.Epilogue
    private let phases: [PhasePlan]

    init(
        _ plan: ConvolutionPlan, source: MapView, weights: UnsafePointer<Float>,
        destination: FeatureMap, epilogue: ConvolutionOperator.Epilogue, kernels: Kernels
    ) {
        self.source = source
        self.destination = destination
        self.epilogue = epilogue
        let (shape, direction) = (plan.shape, plan.direction)
        let tiling = DirectTiling(shape, direction, images: plan.images)
        phases = shape.phases(direction).enumerated().compactMap { index, phase in
            let packed = weights + shape.packedOffset(direction, phase: index)
            let plan = PhasePlan(
                phase, tiling: tiling, weights: packed, source: source.map,
                outputBlocks: destination.blocks, kernels: kernels)
            // A phase that no kernel element reaches adds nothing to what is there.
            let addsNothing =
                phase.taps.isEmpty && epilogue.addend == UnsafePointer(destination.base)
            return addsNothing ? nil : plan
        }
    }

    /// The scratch floats that a thread needs.
    var scratchFloats: Int { phases.map(\.layout.floatCount).max() ?? 0 }

    /// Convolves the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        for phase in phases {
            let tasksPerImage = phase.tilesPerImage * phase.panelParts.count
            workspace.pool.run(count: images * tasksPerImage) { task, worker in
                let (image, rest) = task.quotientAndRemainder(dividingBy: tasksPerImage)
                let (tile, part) = rest.quotientAndRemainder(dividingBy: phase.panelParts.count)
                run(
                    phase, image: image, tile: tile, blocks: phase.panelParts[part], workspace,
                    patch: workspace.scratch(of: worker))
            }
        }
    }

    private func run(
        _ plan: PhasePlan, image: Int, tile: Int, blocks: Range<Int>, _ workspace: Workspace,
        patch: UnsafeMutablePointer<Float>
    ) {
        let phase = plan.phase
        let firstRow = tile * plan.rowsPerTile
        let rows = min(plan.rowsPerTile, phase.rows - firstRow)
        if !phase.taps.isEmpty {
            plan.layout.load(
                source, image: image, top: phase.firstRow + firstRow * phase.stride * phase.step,
                left: phase.firstColumn, step: phase.step,
                rows: (rows - 1) * phase.stride + phase.extentRows, into: patch,
                with: workspace.kernels)
        }
        let lane = blocks.lowerBound * Kernels.lanes
        let rowStride = destination.width * destination.pixelStride
        let first =
            image * destination.imageStride
            + (phase.rowOffset + firstRow * phase.outputStep) * rowStride
            + phase.columnOffset * destination.pixelStride + lane
        plan.taps.withUnsafeBufferPointer { taps in
            var arguments = wrn_convolution(
                patch: patch, block_stride: plan.layout.blockStride,
                output_row_step: phase.stride * plan.layout.rowStride,
                channels: Int32(source.map.channels), taps: taps.baseAddress,
                tap_count: Int32(taps.count),
                weights: plan.weights + lane * source.map.channels * taps.count,
                output_blocks: Int32(blocks.count), rows: Int32(rows),
                columns: Int32(phase.columns), destination: destination.base + first,
                destination_row_stride: phase.outputStep * rowStride,
                destination_column_stride: phase.outputStep * destination.pixelStride,
                bias: epilogue.bias.map { $0 + lane }, addend: epilogue.addend.map { $0 + first },
                relu: epilogue.relu ? 1 : 0)
            workspace.kernels.table.convolution(&arguments)
        }
        epilogue.finish(
            destination, image: image, firstRow: firstRow, rows: rows,
            window: image * plan.tilesPerImage + tile, blocks: blocks, with: workspace.kernels)
    }
}

/// A phase with everything that its tiles share.
private struct PhasePlan {
    let phase: ConvolutionGeometry.Phase
    let layout: PatchLayout
    let taps: [Int32]
    let weights: UnsafePointer<Float>
    let rowsPerTile: Int
    let tilesPerImage: Int
    /// The destination's blocks, divided among tasks.
    let panelParts: [Range<Int>]

    init(
        _ phase: ConvolutionGeometry.Phase, tiling: DirectTiling, weights: UnsafePointer<Float>,
        source: FeatureMap, outputBlocks: Int, kernels: Kernels
    ) {
        self.phase = phase
        self.weights = weights
        rowsPerTile = min(tiling.rows, phase.rows)
        tilesPerImage = (phase.rows + rowsPerTile - 1) / rowsPerTile
        let layout = PatchLayout(
            rows: (rowsPerTile - 1) * phase.stride + max(phase.extentRows, 1),
            columns: (phase.columns - 1) * phase.stride + max(phase.extentColumns, 1),
            planes: phase.stride, blocks: source.blocks)
        self.layout = layout
        taps = phase.taps.map { Int32(layout.offset(row: $0.row, column: $0.column)) }
        // Parts begin on whole panels, which are one or two blocks wide, or narrower than a block.
        let unit = max(Int(kernels.table.panel_width) / Kernels.lanes, 1)
        let units = (outputBlocks + unit - 1) / unit
        let parts = min(tiling.panelParts, units)
        panelParts = (0..<parts).map { part in
            let lower = units * part / parts * unit
            return lower..<min(units * (part + 1) / parts * unit, outputBlocks)
        }
    }
}
