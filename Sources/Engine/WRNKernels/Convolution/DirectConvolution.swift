// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
import WRNTensor

/// A direct convolution, or the gradient of its input, over a batch: loads patches through a view,
/// convolves, and finishes the tile.
///
/// All phases of a tile read one patch, so that the view is computed once and a tile of the
/// destination is complete when it is finished.
final class DirectConvolution {
    private let source: MapView
    private let destination: FeatureMap
    private let epilogue: ConvolutionOperator.Epilogue
    private let phases: [PhasePlan]
    private let layout: PatchLayout
    /// The extent of a tile's patch: the source pixel of its first pixel for tile 0, and rows
    /// beyond those of the outputs.
    private let window: (firstRow: Int, firstColumn: Int, extentRows: Int)
    /// Elements of weights for each tap and channel of the destination.
    private let weightDepth: Int
    private let step: Int
    private let stride: Int
    private let outputStep: Int
    /// The outputs' rows of each phase in a tile.
    private let rowsPerTile: Int
    private let tilesPerImage: Int
    /// The destination's blocks, divided among tasks.
    private let parts: [Range<Int>]

    init(
        _ plan: ConvolutionPlan, source: MapView, weights: UnsafePointer<Float>,
        destination: FeatureMap, epilogue: ConvolutionOperator.Epilogue, kernels: Kernels
    ) {
        let (shape, direction) = (plan.shape, plan.direction)
        let tiling = DirectTiling(plan)
        let all = shape.phases(direction)
        let reached = all.filter { !$0.taps.isEmpty }
        let firstRow = reached.map(\.firstRow).min() ?? 0
        let firstColumn = reached.map(\.firstColumn).min() ?? 0
        let extentRows = reached.map { $0.firstRow - firstRow + $0.extentRows }.max() ?? 1
        let extentColumns =
            reached.map { $0.firstColumn - firstColumn + $0.extentColumns }.max() ?? 1
        // The first phase has the most rows and columns.
        rowsPerTile = min(tiling.rows, all[0].rows)
        tilesPerImage = (all[0].rows + rowsPerTile - 1) / rowsPerTile
        (step, stride, outputStep) = (all[0].step, all[0].stride, all[0].outputStep)
        window = (firstRow, firstColumn, extentRows)
        weightDepth = plan.packedDepth
        let layout = PatchLayout(
            rows: (rowsPerTile - 1) * all[0].stride + extentRows,
            columns: (all[0].columns - 1) * all[0].stride + extentColumns,
            planes: all[0].stride, blocks: source.map.blocks,
            elementType: plan.algorithm.factorType)
        precondition(
            plan.algorithm == .direct
                || (kernels.bfloat16Products != nil && source.map.elementType == .bfloat16
                    && destination.elementType == .bfloat16),
            "products of bfloat16 need instructions, and maps of bfloat16")
        self.layout = layout
        self.source = source
        self.destination = destination
        self.epilogue = epilogue
        phases = all.enumerated().compactMap { index, phase in
            // A phase that no kernel element reaches adds nothing to what is there.
            if phase.taps.isEmpty, epilogue.addend?.base == destination.base { return nil }
            return PhasePlan(
                phase, layout: layout, origin: (firstRow, firstColumn),
                weights: UnsafeRawPointer(weights) + plan.packedOffset(phase: index))
        }
        // Parts begin on whole panels, which are one or two blocks wide, or narrower than a block.
        let unit = max(Int(kernels.table.panel_width) / Kernels.lanes, 1)
        let units = (destination.blocks + unit - 1) / unit
        let count = min(tiling.panelParts, units)
        parts = (0..<count).map { part in
            let lower = units * part / count * unit
            return lower..<min(units * (part + 1) / count * unit, destination.blocks)
        }
    }

    /// The scratch floats that a thread needs.
    var scratchFloats: Int { layout.floatCount }

    /// Convolves the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        let tasksPerImage = tilesPerImage * parts.count
        workspace.pool.run(count: images * tasksPerImage) { task, worker in
            let (image, rest) = task.quotientAndRemainder(dividingBy: tasksPerImage)
            let (tile, part) = rest.quotientAndRemainder(dividingBy: parts.count)
            run(
                image: image, tile: tile, blocks: parts[part],
                patch: workspace.scratch(of: worker), with: workspace.kernels)
        }
    }

    private func run(
        image: Int, tile: Int, blocks: Range<Int>, patch: UnsafeMutableRawPointer,
        with kernels: Kernels
    ) {
        let firstRow = tile * rowsPerTile
        let firstOutput = firstRow * outputStep
        let outputRows = min(rowsPerTile * outputStep, destination.height - firstOutput)
        if !phases.isEmpty {
            let rows = (outputRows + outputStep - 1) / outputStep
            layout.load(
                source, image: image, top: window.firstRow + firstRow * stride * step,
                left: window.firstColumn, step: step,
                rows: (rows - 1) * stride + window.extentRows, into: patch, with: kernels)
        }
        for phase in phases {
            // A later phase may lack the last row of the first.
            let rows = min(rowsPerTile, phase.phase.rows - firstRow)
            if rows > 0 {
                convolve(
                    phase, image: image, firstRow: firstRow, rows: rows, blocks: blocks,
                    patch: patch, with: kernels)
            }
        }
        epilogue.finish(
            destination, image: image, firstRow: firstOutput, rows: outputRows,
            window: image * tilesPerImage + tile, blocks: blocks, with: kernels)
    }

    private func convolve(
        _ plan: PhasePlan, image: Int, firstRow: Int, rows: Int, blocks: Range<Int>,
        patch: UnsafeRawPointer, with kernels: Kernels
    ) {
        let phase = plan.phase
        let lane = blocks.lowerBound * Kernels.lanes
        let rowStride = destination.width * destination.pixelStride
        let first =
            image * destination.imageStride
            + (phase.rowOffset + firstRow * outputStep) * rowStride
            + phase.columnOffset * destination.pixelStride + lane
        // Where neither patch nor destination has gaps between rows, they are one long row, which
        // fills the registers better.
        let isFlat = phase.taps.count == 1 && outputStep == 1 && layout.columns == phase.columns
        plan.taps.withUnsafeBufferPointer { taps in
            var arguments = wrn_convolution(
                patch: patch, block_stride: layout.blockStride,
                output_row_step: stride * layout.rowStride,
                channels: Int32(source.map.channels), taps: taps.baseAddress,
                tap_count: Int32(taps.count),
                weights: plan.weights
                    + lane * weightDepth * taps.count * layout.elementType.byteCount,
                output_blocks: Int32(blocks.count), rows: isFlat ? 1 : Int32(rows),
                columns: Int32(isFlat ? rows * phase.columns : phase.columns),
                destination: destination.pointer(at: first),
                destination_row_stride: outputStep * rowStride,
                destination_column_stride: outputStep * destination.pixelStride,
                bias: epilogue.bias.map { $0 + lane }, addend: epilogue.addend?.pointer(at: first),
                activation: epilogue.activation.argument)
            kernels.convolve(
                &arguments, from: layout.elementType, to: destination.elementType)
        }
    }
}

/// A phase with its weights, and its taps in the patch that all phases read.
private struct PhasePlan {
    let phase: ConvolutionGeometry.Phase
    let taps: [Int32]
    let weights: UnsafeRawPointer

    init(
        _ phase: ConvolutionGeometry.Phase, layout: PatchLayout,
        origin: (row: Int, column: Int), weights: UnsafeRawPointer
    ) {
        self.phase = phase
        self.weights = weights
        taps = phase.taps.map {
            Int32(
                layout.offset(
                    row: phase.firstRow - origin.row + $0.row,
                    column: phase.firstColumn - origin.column + $0.column))
        }
    }
}

/// The written rule by which a direct convolution is cut into tasks: from the shape and the batch
/// alone, so that results repeat.
///
/// 1. A tile is as many output rows as keep its patch within `patchBytes`, about a quarter of a
///    second-level cache.
/// 2. A batch should give at least `wantedTasks` tasks. When it does not, weights that outgrow the
///    cache are cut by output channels (each task then reads only its share of them); small weights
///    leave the image to be cut into thinner tiles.
struct DirectTiling {
    static let patchBytes = 256 << 10
    static let weightBytes = 512 << 10
    static let wantedTasks = 8

    /// The output rows of a tile.
    let rows: Int
    /// Into how many parts the output channels are cut.
    let panelParts: Int

    init(_ plan: ConvolutionPlan) {
        let (shape, direction, images) = (plan.shape, plan.direction, plan.images)
        let phase = shape.phases(direction)[0]
        let rowBytes =
            (phase.columns + 2) * phase.stride * phase.stride
            * Kernels.padded(shape.reducedChannels(direction))
            * plan.algorithm.factorType.byteCount
        let fitting = max(1, min(phase.rows, Self.patchBytes / rowBytes - 2))
        let tasks = images * ((phase.rows + fitting - 1) / fitting)
        if tasks >= Self.wantedTasks {
            rows = Self.evenRows(phase.rows, atMost: fitting)
            panelParts = 1
        } else if plan.packedCount * MemoryLayout<Float>.stride > Self.weightBytes {
            rows = Self.evenRows(phase.rows, atMost: fitting)
            panelParts = (Self.wantedTasks + tasks - 1) / tasks
        } else {
            let tiles = (Self.wantedTasks + images - 1) / images
            rows = Self.evenRows(
                phase.rows, atMost: min(fitting, max(1, (phase.rows + tiles - 1) / tiles)))
            panelParts = 1
        }
    }

    /// 32 rows in tiles of at most 14 are 11 + 11 + 10.
    private static func evenRows(_ rows: Int, atMost limit: Int) -> Int {
        let tiles = (rows + limit - 1) / limit
        return (rows + tiles - 1) / tiles
    }
}
