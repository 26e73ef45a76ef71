// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// A 3x3 convolution of stride 1, or the gradient of its input, by Winograd's algorithm.
///
/// Tiles are read through the source's view and transformed, multiplied with transformed weights
/// element by element, and transformed back into the destination; see Documentation/Kernels.md for
/// the layouts.
///
/// - Reference: Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks".
final class WinogradConvolution {
    private let size: Int
    private let tiling: WinogradTiling
    private let source: MapView
    private let tiles: WinogradTiles
    private let weights: UnsafePointer<Float>
    private let destination: FeatureMap
    private let epilogue: ConvolutionOperator.Epilogue
    private let panelWidth: Int
    private let productStride: Int
    private let channels: Int
    /// The input blocks that one task transforms where tiles are shared.
    private let shareParts: [Range<Int>]

    init(
        _ plan: ConvolutionPlan, size: Int, source: MapView, weights: UnsafePointer<Float>,
        destination: FeatureMap, epilogue: ConvolutionOperator.Epilogue, kernels: Kernels
    ) {
        let tiling = WinogradTiling(size: size, plan: plan)
        let padding = plan.direction == .forward ? plan.shape.padding : 2 - plan.shape.padding
        self.size = size
        self.tiling = tiling
        self.source = source
        self.weights = weights
        self.destination = destination
        self.epilogue = epilogue
        tiles = WinogradTiles(
            source, size: size, padding: padding, tileColumns: tiling.blocks.tileColumns,
            tileCount: tiling.blocks.tilesPerBlock, order: .elements)
        channels = source.map.channels
        panelWidth = Int(kernels.table.panel_width)
        let groupLanes = WinogradTiling.groupBlocks * Kernels.lanes
        let panels = (groupLanes + panelWidth - 1) / panelWidth
        productStride = WinogradTiles.odd(panels * tiling.blocks.tilesPerBlock * panelWidth)
        let parts = min(
            source.map.blocks,
            (WinogradTiling.wantedTasks + tiling.blocks.count - 1) / tiling.blocks.count)
        shareParts = (0..<parts).map {
            source.map.blocks * $0 / parts..<source.map.blocks * ($0 + 1) / parts
        }
    }

    private var elements: Int { (size + 2) * (size + 2) }
    private var productFloats: Int { elements * productStride }

    /// The scratch memory that it needs.
    var scratch: Workspace.Scratch {
        if tiling.sharesTiles {
            Workspace.Scratch(
                floatsPerThread: productFloats,
                sharedFloats: tiling.blocks.count * tiles.floatCount)
        } else {
            Workspace.Scratch(floatsPerThread: tiles.floatCount + productFloats)
        }
    }

    /// Convolves the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        if tiling.sharesTiles {
            runShared(images: images, workspace)
        } else {
            workspace.pool.run(count: tiling.blocks.count) { block, worker in
                let scratch = workspace.scratch(of: worker)
                let part = tiling.blocks.block(block, images: images)
                tiles.load(
                    images: part.images, rows: part.rows, blocks: tiles.allBlocks, into: scratch,
                    with: workspace.kernels)
                // A thread's tasks are neighbours.
                let upcoming = tiling.blocks.block(block + 1, images: images)
                let prefetch = WinogradPrefetch(
                    source: source, upcoming: pixelRows(upcoming), destination: destination,
                    epilogue: epilogue, current: pixelRows(part))
                for index in tiling.groups.indices {
                    produce(
                        index, images: part.images, rows: part.rows, tiles: scratch,
                        products: scratch + tiles.floatCount, prefetch, with: workspace.kernels)
                }
            }
        }
    }

    private func runShared(images: Int, _ workspace: Workspace) {
        let shared = workspace.sharedScratch
        workspace.pool.run(count: tiling.blocks.count * shareParts.count) { task, _ in
            let (block, share) = task.quotientAndRemainder(dividingBy: shareParts.count)
            let part = tiling.blocks.block(block, images: images)
            tiles.load(
                images: part.images, rows: part.rows, blocks: shareParts[share],
                into: shared + block * tiles.floatCount, with: workspace.kernels)
        }
        // Neighbouring tasks read the same weights, so that threads meet them in the cache.
        workspace.pool.run(count: tiling.groups.count * tiling.blocks.count) { task, worker in
            let (group, block) = task.quotientAndRemainder(dividingBy: tiling.blocks.count)
            let part = tiling.blocks.block(block, images: images)
            produce(
                group, images: part.images, rows: part.rows,
                tiles: shared + block * tiles.floatCount, products: workspace.scratch(of: worker),
                WinogradPrefetch(), with: workspace.kernels)
        }
    }

    /// The pixel rows of a part's tile rows.
    private func pixelRows(
        _ part: (images: Range<Int>, rows: Range<Int>)
    ) -> WinogradPrefetch.Part {
        (part.images, part.rows.lowerBound * size..<part.rows.upperBound * size)
    }

    /// Makes the outputs of group `index` of a block's tiles.
    private func produce(
        _ index: Int, images: Range<Int>, rows: Range<Int>, tiles: UnsafePointer<Float>,
        products: UnsafeMutablePointer<Float>, _ prefetch: WinogradPrefetch, with kernels: Kernels
    ) {
        if images.isEmpty { return }
        let group = tiling.groups[index]
        let tilesPerImage = rows.count * tiling.blocks.tileColumns
        let tileCount = images.count * tilesPerImage
        let lane = group.lowerBound * Kernels.lanes
        var multiplication = wrn_winograd_products(
            size: Int32(size), tiles: tiles, element_stride: self.tiles.elementStride,
            block_stride: self.tiles.blockStride, tile_count: Int32(tileCount),
            channels: Int32(channels), weights: weights + lane * elements * channels,
            output_blocks: Int32(group.count), products: products,
            product_element_stride: productStride,
            reads: (wrn_span(), wrn_span(), wrn_span()), writes: wrn_span())
        prefetch.add(to: &multiplication, group: index, of: tiling.groups.count)
        kernels.table.winograd_products(&multiplication)

        let firstRow = rows.lowerBound * size
        let rowCount = min(rows.count * size, destination.height - firstRow)
        let rowStride = destination.width * destination.pixelStride
        let maps = kernels.maps(destination.elementType)
        for (index, image) in images.enumerated() {
            let first = image * destination.imageStride + firstRow * rowStride + lane
            let window =
                image * tiling.blocks.perImage + rows.lowerBound / tiling.blocks.rowsPerBlock
            let moments = epilogue.moments.map { ($0, window * $0.lanes + lane) }
            var outputs = wrn_winograd_outputs(
                size: Int32(size), products: products + index * tilesPerImage * panelWidth,
                product_element_stride: productStride, tile_count: Int32(tileCount),
                tile_rows: Int32(rows.count), tile_columns: Int32(tiling.blocks.tileColumns),
                output_blocks: Int32(group.count), rows: Int32(rowCount),
                columns: Int32(destination.width), destination: destination.pointer(at: first),
                destination_row_stride: rowStride,
                destination_column_stride: destination.pixelStride,
                bias: epilogue.bias.map { $0 + lane }, addend: epilogue.addend?.pointer(at: first),
                activation: epilogue.activation.argument, mean: moments.map { $0.first + $1 },
                deviation: moments.map { $0.second + $1 }, view_gradient: nil)
            guard let viewGradient = epilogue.viewGradient else {
                maps.winograd_outputs(&outputs)
                continue
            }
            let gradient = viewGradient.arguments(
                image: image, firstRow: firstRow, rows: rowCount, window: window, blocks: group)
            withUnsafePointer(to: gradient) {
                outputs.view_gradient = $0
                maps.winograd_outputs(&outputs)
            }
        }
    }
}

/// The memory outside of scratch that a block of tiles uses, to be fetched while products are
/// computed and memory is idle.
///
/// Reading tiles and writing outputs of narrow networks waits for memory, a third of the time;
/// computing does not.
struct WinogradPrefetch {
    private let source: wrn_span
    private let second: wrn_span
    private let other: wrn_span
    private let destination: wrn_span

    /// A block of tiles: its images, and its pixel rows of each.
    typealias Part = (images: Range<Int>, rows: Range<Int>)

    /// Fetches `upcoming` of the source, and of the destination and what is read along with it
    /// `current`.
    init(
        source: MapView, upcoming: Part, destination: FeatureMap,
        epilogue: ConvolutionOperator.Epilogue, current: Part
    ) {
        self.source = Self.span(source.map, upcoming)
        second = source.second.map { Self.span($0, upcoming) } ?? wrn_span()
        let beside = epilogue.addend ?? epilogue.viewGradient?.view.map
        other = beside.map { Self.span($0, current) } ?? wrn_span()
        self.destination = Self.span(destination, current)
    }

    /// Fetches nothing.
    init() {
        (source, second, other, destination) = (wrn_span(), wrn_span(), wrn_span(), wrn_span())
    }

    /// Gives the multiplication the part of the spans that falls to one of `count` groups of
    /// outputs.
    func add(to arguments: inout wrn_winograd_products, group: Int, of count: Int) {
        func share(_ span: wrn_span) -> wrn_span {
            let (lower, upper) = (span.bytes * group / count, span.bytes * (group + 1) / count)
            return wrn_span(start: span.start.map { $0 + lower }, bytes: upper - lower)
        }
        arguments.reads = (share(source), share(second), share(other))
        arguments.writes = share(destination)
    }

    /// The memory of the rows of some images, from the first to the last.
    private static func span(_ map: FeatureMap, _ part: Part) -> wrn_span {
        let lower = min(part.rows.lowerBound, map.height)
        let rows = min(part.rows.upperBound, map.height) - lower
        guard let image = part.images.first, rows > 0 else { return wrn_span() }
        let rowLength = map.width * map.pixelStride
        let count = (part.images.count - 1) * map.imageStride + rows * rowLength
        return wrn_span(
            start: map.pointer(at: image * map.imageStride + lower * rowLength),
            bytes: count * map.elementByteCount)
    }
}
