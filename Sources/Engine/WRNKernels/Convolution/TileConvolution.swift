// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
import WRNTensor

/// A convolution, or the gradient of its input, over a batch of maps of bfloat16, on the
/// processor's tile unit.
///
/// A task loads the patch of some images, or of some rows of one, through the source's view,
/// multiplies it with packed weights, two blocks of outputs after the other, and finishes its part
/// of the destination. Each call of a kernel configures the tiles of its thread and releases them,
/// so that a thread that waits has none.
final class TileConvolution {
    private let source: MapView
    private let destination: FeatureMap
    private let epilogue: ConvolutionOperator.Epilogue
    private let tiling: TileTiling
    private let patch: TilePatch
    private let weights: UnsafePointer<UInt16>
    private let outputStep: Int
    private let tiles: wrn_tile_kernels
    /// The phases that add something, and where their weights begin.
    private let phases: [(phase: TilePatch.Phase, weights: Int)]
    /// The destination's blocks, divided among tasks.
    private let parts: [Range<Int>]

    init(
        _ plan: ConvolutionPlan, source: MapView, weights: UnsafePointer<Float>,
        destination: FeatureMap, epilogue: ConvolutionOperator.Epilogue, kernels: Kernels
    ) {
        guard let tiles = kernels.tiles else {
            preconditionFailure("products on tiles need the processor's tile unit")
        }
        precondition(
            source.map.elementType == .bfloat16 && destination.elementType == .bfloat16,
            "tiles read and write maps of bfloat16")
        self.tiles = tiles
        self.source = source
        self.destination = destination
        self.epilogue = epilogue
        self.weights = UnsafeRawPointer(weights).assumingMemoryBound(to: UInt16.self)
        let tiling = TileTiling(plan)
        self.tiling = tiling
        let patch = TilePatch(plan.shape, plan.direction, rows: tiling.rows)
        self.patch = patch
        outputStep = patch.phases[0].phase.outputStep
        // A phase that no kernel element reaches adds nothing to what is there.
        let accumulates = epilogue.addend?.base == destination.base
        phases = zip(patch.phases, patch.weightOffsets(blocks: destination.blocks))
            .filter { phase, _ in !(phase.taps.isEmpty && accumulates) }.map { ($0, $1) }
        let (blocks, pairs) = (destination.blocks, (destination.blocks + 1) / 2)
        let count = tiling.outputParts
        parts = (0..<count).map { part in
            pairs * part / count * 2..<min(pairs * (part + 1) / count * 2, blocks)
        }
    }

    /// Whether tasks that make different outputs of the same pixels share the patch.
    private var isShared: Bool { tiling.outputParts > 1 }

    /// The scratch memory that it needs.
    var scratch: Workspace.Scratch {
        isShared
            ? Workspace.Scratch(sharedFloats: tiling.sharedFloats(patch))
            : Workspace.Scratch(floatsPerThread: tiling.groupFloats(patch))
    }

    /// Convolves the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        if isShared { loadShared(images: images, in: workspace) }
        workspace.pool.run(count: tiling.groupCount * parts.count) { task, worker in
            let (group, part) = task.quotientAndRemainder(dividingBy: parts.count)
            let (range, tile) = tiling.group(group, images: images)
            if range.isEmpty { return }
            let patch =
                isShared ? sharedPatch(group, workspace) : words(workspace.scratch(of: worker))
            if !isShared {
                for (index, image) in range.enumerated() {
                    load(image: image, tile: tile, into: patch + index * self.patch.imageStride)
                }
            }
            convolve(
                images: range, tile: tile, blocks: parts[part], patch: patch,
                with: workspace.kernels)
        }
    }

    private func loadShared(images: Int, in workspace: Workspace) {
        let shares = TileTiling.wantedTasks
        workspace.pool.run(count: tiling.groupCount * shares) { task, _ in
            let (group, share) = task.quotientAndRemainder(dividingBy: shares)
            let (range, tile) = tiling.group(group, images: images)
            let patch = sharedPatch(group, workspace)
            for (index, image) in range.enumerated() {
                load(
                    image: image, tile: tile, share: share, of: shares,
                    into: patch + index * self.patch.imageStride)
            }
        }
    }

    private func sharedPatch(_ group: Int, _ workspace: Workspace) -> UnsafeMutablePointer<UInt16> {
        words(workspace.sharedScratch + group * tiling.groupFloats(patch))
    }

    private func words(_ floats: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(floats).assumingMemoryBound(to: UInt16.self)
    }

    /// The destination's rows of a tile.
    private func outputRows(_ tile: Int) -> Range<Int> {
        let first = tile * tiling.rows * outputStep
        return first..<min(first + tiling.rows * outputStep, destination.height)
    }

    private func load(
        image: Int, tile: Int, share: Int = 0, of shares: Int = 1,
        into words: UnsafeMutablePointer<UInt16>
    ) {
        let rows = (outputRows(tile).count + outputStep - 1) / outputStep
        patch.load(
            source, image: image, firstOutput: tile * tiling.rows, rows: rows, share: share,
            of: shares, into: words, with: tiles)
    }

    private func convolve(
        images: Range<Int>, tile: Int, blocks: Range<Int>, patch words: UnsafePointer<UInt16>,
        with kernels: Kernels
    ) {
        let lane = blocks.lowerBound * Kernels.lanes
        let rowStride = destination.width * destination.pixelStride
        for (phase, offset) in phases {
            // A later phase may lack the last row of the first.
            let firstRow = tile * tiling.rows
            let rows = min(tiling.rows, phase.phase.rows - firstRow)
            if rows <= 0 { continue }
            let first =
                images.lowerBound * destination.imageStride
                + (phase.phase.rowOffset + firstRow * outputStep) * rowStride
                + phase.phase.columnOffset * destination.pixelStride + lane
            let before = wrn_packed_tile_count(
                Int32(phase.depth), Int32(phase.taps.count), Int32(blocks.lowerBound))
            phase.taps.withUnsafeBufferPointer { taps in
                var arguments = wrn_tile_convolution(
                    patch: words, image_stride: patch.imageStride,
                    row_stride: patch.outputRowStride, pixel_stride: patch.outputStride,
                    is_flat: patch.isFlat ? 1 : 0, taps: taps.baseAddress,
                    tap_count: Int32(taps.count), depth_tiles: Int32(phase.depthTiles),
                    weights: weights + offset + before, output_blocks: Int32(blocks.count),
                    images: Int32(images.count), rows: Int32(rows),
                    columns: Int32(phase.phase.columns), destination: destination.words + first,
                    destination_image_stride: destination.imageStride,
                    destination_row_stride: outputStep * rowStride,
                    destination_column_stride: outputStep * destination.pixelStride,
                    bias: epilogue.bias.map { $0 + lane },
                    addend: epilogue.addend.map { UnsafePointer($0.words + first) },
                    activation: epilogue.activation.argument)
                tiles.convolution(&arguments)
            }
        }
        let rows = outputRows(tile)
        for image in images {
            epilogue.finish(
                destination, image: image, firstRow: rows.lowerBound, rows: rows.count,
                window: image * tiling.tilesPerImage + tile, blocks: blocks, with: kernels)
        }
    }
}

extension TilePatch {
    /// The first element of each phase's packed weights, and the length of all behind the last.
    func weightOffsets(blocks: Int) -> [Int] {
        var offsets = [0]
        for phase in phases {
            offsets.append(
                (offsets.last ?? 0)
                    + wrn_packed_tile_count(
                        Int32(phase.depth), Int32(phase.taps.count), Int32(blocks)))
        }
        return offsets
    }
}

/// The written rule by which a convolution on tiles is cut into tasks: from the shape and the batch
/// alone, so that results repeat.
///
/// 1. A group's patch stays within `patchBytes`: a part of the second-level cache beside weights
///    that fit it, too. Weights that do not are read once for each group, two blocks of outputs
///    at a time: its patch may then fill `largePatchBytes`, the most that leaves room for these. A
///    group is several images where they are small, and a part of the rows of one where it is not.
/// 2. A batch should give at least `wantedTasks` tasks. When it does not, weights that outgrow the
///    cache are cut by output channels; small weights leave fewer images to a group, or fewer rows.
struct TileTiling {
    static let patchBytes = 384 << 10
    static let largePatchBytes = 1280 << 10
    static let weightBytes = 1 << 20
    static let wantedTasks = 8

    /// The output rows of a tile.
    let rows: Int
    let tilesPerImage: Int
    /// The images of a group.
    let groupImages: Int
    /// The groups of a full batch.
    let groupCount: Int
    /// Into how many parts the output channels are cut.
    let outputParts: Int

    init(_ plan: ConvolutionPlan) {
        let (shape, direction, images) = (plan.shape, plan.direction, plan.images)
        let all = shape.phases(direction)[0].rows
        let isLarge = plan.packedCount * MemoryLayout<Float>.stride > Self.weightBytes
        let limit = isLarge ? Self.largePatchBytes : Self.patchBytes
        let imageBytes = TilePatch(shape, direction).imageByteCount
        func even(_ limit: Int) -> Int {
            let tiles = (all + limit - 1) / limit
            return (all + tiles - 1) / tiles
        }
        var rows = all
        var group = min(images, max(1, limit / imageBytes))
        while rows > 1, TilePatch(shape, direction, rows: rows).imageByteCount > limit {
            rows = even((rows + 1) / 2)
        }
        if !isLarge {
            group = min(group, max(1, images / Self.wantedTasks))
            if images < Self.wantedTasks {
                let tiles = (Self.wantedTasks + images - 1) / images
                rows = min(rows, even(max(1, (all + tiles - 1) / tiles)))
            }
        }
        self.rows = rows
        tilesPerImage = (all + rows - 1) / rows
        groupImages = tilesPerImage > 1 ? 1 : group
        groupCount = (images + groupImages - 1) / groupImages * tilesPerImage
        // Parts begin on whole pairs of blocks, as the packed weights do.
        let blocks = Kernels.padded(shape.producedChannels(direction)) / Kernels.lanes
        outputParts =
            isLarge && groupCount < Self.wantedTasks
            ? min((Self.wantedTasks + groupCount - 1) / groupCount, (blocks + 1) / 2) : 1
    }

    /// The floats that a group's patch takes.
    func groupFloats(_ patch: TilePatch) -> Int {
        groupImages * patch.imageByteCount / MemoryLayout<Float>.stride
    }

    /// The floats of the patches that threads share.
    func sharedFloats(_ patch: TilePatch) -> Int {
        outputParts == 1 ? 0 : groupCount * groupFloats(patch)
    }

    /// The images of a group among the first `images` of the batch, and its tile of each.
    func group(_ index: Int, images: Int) -> (images: Range<Int>, tile: Int) {
        let (group, tile) = index.quotientAndRemainder(dividingBy: tilesPerImage)
        let first = min(group * groupImages, images)
        return (first..<min(first + groupImages, images), tile)
    }

    /// The division in words.
    var description: String {
        let group = groupImages == 1 ? "" : "\(groupImages) images x "
        let parts = outputParts == 1 ? "" : ", outputs in \(outputParts) parts"
        return "\(group)\(rows) rows\(parts)"
    }
}
