// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
import WRNTensor

/// The gradient of a convolution's weight over a batch of maps of bfloat16, on the processor's tile
/// unit: the sums over pixels are the depth of its products.
final class TileWeightGradient {
    private let shape: ConvolutionShape
    private let source: MapView
    private let gradient: MapView
    private let destination: UnsafeMutablePointer<Float>
    private let parts: UnsafeMutablePointer<Float>
    private let sums: WeightGradientParts
    private let cut: Cut
    private let patch: TileGradientPatch
    private let tiles: wrn_tile_kernels

    init(
        _ shape: ConvolutionShape, source: MapView, gradient: MapView,
        destination: UnsafeMutablePointer<Float>, parts: UnsafeMutablePointer<Float>, images: Int,
        kernels: Kernels
    ) {
        guard let tiles = kernels.tiles else {
            preconditionFailure("products on tiles need the processor's tile unit")
        }
        precondition(
            source.map.elementType == .bfloat16 && gradient.map.elementType == .bfloat16,
            "tiles read maps of bfloat16")
        self.shape = shape
        self.source = source
        self.gradient = gradient
        self.destination = destination
        self.parts = parts
        self.tiles = tiles
        sums = WeightGradientParts(shape, images: images)
        cut = Cut(shape, images: sums.largestImages)
        patch = TileGradientPatch(shape, rows: cut.rows)
    }

    /// The scratch floats that a thread needs.
    var scratchFloats: Int {
        cut.groupImages * (patch.sourceStride + patch.gradientStride) / 2
    }

    /// Computes the gradient over the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        sums.run(images: images, into: destination, parts: parts, in: workspace) {
            images, blocks, sum, scratch in
            run(images: images, blocks: blocks, into: sum, scratch: scratch)
        }
    }

    private func run(
        images: Range<Int>, blocks: Range<Int>, into sum: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let sourceWords = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt16.self)
        let gradientWords = sourceWords + cut.groupImages * patch.sourceStride
        var begins = true
        for first in stride(from: images.lowerBound, to: images.upperBound, by: cut.groupImages) {
            let count = min(cut.groupImages, images.upperBound - first)
            for firstRow in stride(from: 0, to: patch.phase.rows, by: cut.rows) {
                let rows = min(cut.rows, patch.phase.rows - firstRow)
                for image in 0..<count {
                    patch.loadSource(
                        source, image: first + image, firstRow: firstRow, rows: rows,
                        into: sourceWords + image * patch.sourceStride, with: tiles)
                    patch.loadGradient(
                        gradient, image: first + image, firstRow: firstRow, rows: rows,
                        blocks: blocks, into: gradientWords + image * patch.gradientStride,
                        with: tiles)
                }
                add(
                    images: count, rows: rows, blocks: blocks, source: sourceWords,
                    gradient: gradientWords, into: sum, begins: begins)
                begins = false
            }
        }
    }

    private func add(
        images: Int, rows: Int, blocks: Range<Int>, source: UnsafePointer<UInt16>,
        gradient: UnsafePointer<UInt16>, into sum: UnsafeMutablePointer<Float>, begins: Bool
    ) {
        let (inputs, outputs) =
            (Kernels.padded(shape.inputChannels), Kernels.padded(shape.outputChannels))
        patch.taps.withUnsafeBufferPointer { taps in
            var arguments = wrn_tile_weight_gradient(
                patch: source, image_stride: patch.sourceStride,
                channel_stride: patch.channelStride, blocks: Int32(inputs / Kernels.lanes),
                taps: taps.baseAddress, tap_count: Int32(taps.count), gradient: gradient,
                gradient_image_stride: patch.gradientStride,
                gradient_block_stride: patch.gradientBlockStride,
                output_blocks: Int32(blocks.count), images: Int32(images),
                pixels: Int32(patch.pixels(rows: rows)),
                weights: sum + blocks.lowerBound * Kernels.lanes, tap_stride: inputs * outputs,
                weight_stride: outputs, begins: begins ? 1 : 0)
            tiles.weight_gradient(&arguments)
        }
    }
}

extension TileWeightGradient {
    /// The written rule by which a part's pixels are cut into calls of the kernel: from the shape
    /// and the images of a part alone.
    ///
    /// A call covers as many images, or rows of one, as keep both operands within `operandBytes`:
    /// the more pixels, the less often sums are loaded and stored. Of the operands one block of
    /// channels and the gradient are in use at a time.
    private struct Cut {
        static let operandBytes = 3 << 20

        let groupImages: Int
        let rows: Int

        init(_ shape: ConvolutionShape, images: Int) {
            func byteCount(_ rows: Int) -> Int {
                let patch = TileGradientPatch(shape, rows: rows)
                return (patch.sourceStride + patch.gradientStride) * MemoryLayout<UInt16>.stride
            }
            var rows = shape.outputHeight
            while rows > 1, byteCount(rows) > Self.operandBytes { rows = (rows + 1) / 2 }
            self.rows = rows
            groupImages =
                rows < shape.outputHeight
                ? 1 : max(1, min(images, Self.operandBytes / byteCount(rows)))
        }
    }
}

/// The layout of both operands of a weight's gradient on tiles: channels of the input over pixels,
/// and pairs of pixels of the output's gradient over channels.
///
/// A window of the input is what kernel elements meet that are apart by multiples of the stride; an
/// element is an offset of pixels in it. Rows are as long as a window's, and the gradient is zero
/// where a window's columns go beyond the outputs'. For maps so narrow that this would be more than
/// an eighth, there is a window for each column of the kernel instead, without such columns.
struct TileGradientPatch {
    private struct Window {
        let row: Int
        let column: Int
        let extraRows: Int
        /// Its first pixel in a channel, and its pixels there.
        let start: Int
        let pixels: Int
    }

    let phase: ConvolutionGeometry.Phase
    /// The offsets of the kernel's elements, in pixels.
    let taps: [Int32]
    /// The elements from channel to channel and from image to image of the input.
    let channelStride: Int
    let sourceStride: Int
    /// The elements from block to block and from image to image of the gradient.
    let gradientBlockStride: Int
    let gradientStride: Int
    private let windows: [Window]
    private let columns: Int
    private let step: Int

    /// Lays out the operands of `rows` output rows.
    init(_ shape: ConvolutionShape, rows: Int) {
        let phase = shape.phases(.forward)[0]
        let stride = phase.stride
        let extra = (phase.taps.map(\.column).max() ?? 0) / stride
        let isShifted = extra * 8 > phase.columns
        let columns = isShifted ? phase.columns : phase.columns + extra
        let depth = TilePatch.padded(rows * columns)
        var windows: [Window] = []
        var end = 0
        /// The window of a tap: its first row, and its first or only column.
        func place(_ tap: (index: Int, row: Int, column: Int)) -> (row: Int, column: Int) {
            (tap.row % stride, isShifted ? tap.column : tap.column % stride)
        }
        func offset(_ tap: (index: Int, row: Int, column: Int)) -> Int {
            tap.row / stride * columns + (isShifted ? 0 : tap.column / stride)
        }
        let taps = phase.taps
        for row in Set(taps.map { place($0).row }).sorted() {
            for column in Set(taps.map { place($0).column }).sorted() {
                let met = taps.filter { place($0) == (row, column) }
                let extraRows = met.map { $0.row / stride }.max() ?? 0
                // Products read whole tiles of pixels, which must be numbers.
                let pixels = TilePatch.padded(
                    max((rows + extraRows) * columns, depth + (met.map(offset).max() ?? 0)))
                windows.append(
                    Window(
                        row: row * phase.step, column: column * phase.step, extraRows: extraRows,
                        start: end, pixels: pixels))
                end += pixels
            }
        }
        self.phase = phase
        self.columns = columns
        self.windows = windows
        step = phase.step * stride
        self.taps = taps.map { tap in
            let window = windows.first {
                ($0.row, $0.column)
                    == (place(tap).row * phase.step, place(tap).column * phase.step)
            }
            return Int32((window?.start ?? 0) + offset(tap))
        }
        // An odd number of cache lines, so that channels do not fall onto the same cache sets.
        channelStride = (end / TilePatch.depth | 1) * TilePatch.depth
        sourceStride = Kernels.padded(shape.inputChannels) * channelStride
        gradientBlockStride = depth * Kernels.lanes
        gradientStride = Kernels.padded(shape.outputChannels) * depth
    }

    /// The pixels of `rows` output rows, in whole products.
    func pixels(rows: Int) -> Int { TilePatch.padded(rows * columns) }

    /// Loads what `rows` output rows from `firstRow` on read of one image.
    func loadSource(
        _ view: MapView, image: Int, firstRow: Int, rows: Int,
        into patch: UnsafeMutablePointer<UInt16>, with tiles: wrn_tile_kernels
    ) {
        for window in windows {
            var arguments = wrn_tile_channels_load(
                window: view.tileWindow(
                    image: image, top: phase.firstRow + window.row + firstRow * step,
                    left: phase.firstColumn + window.column, step: step,
                    rows: rows + window.extraRows, columns: columns),
                pixels: Int32(window.pixels), channel_stride: channelStride,
                patch: patch + window.start)
            tiles.load_channels(&arguments)
        }
    }

    /// Loads some blocks of the gradient of `rows` output rows of one image.
    func loadGradient(
        _ view: MapView, image: Int, firstRow: Int, rows: Int, blocks: Range<Int>,
        into patch: UnsafeMutablePointer<UInt16>, with tiles: wrn_tile_kernels
    ) {
        var arguments = wrn_tile_pairs_load(
            window: view.tileWindow(
                image: image, top: firstRow, left: 0, step: 1, rows: rows, columns: columns),
            first_block: Int32(blocks.lowerBound), last_block: Int32(blocks.upperBound),
            pixels: Int32(pixels(rows: rows)), block_stride: gradientBlockStride, patch: patch)
        tiles.load_pairs(&arguments)
    }
}
