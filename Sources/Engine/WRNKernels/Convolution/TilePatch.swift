// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
import WRNTensor

/// The layout of what tiles read of a convolution's input: windows of the source, each pixel by
/// pixel in bfloat16, and the place of each kernel element in them.
///
/// A tile reads 16 neighbouring outputs at equal distances. There are three layouts; the written
/// rule takes the one with the least work, from the shape alone:
///
/// 1. *Whole*: one window with its padding. Tiles hold outputs of one row, or of all rows with the
///    padding between them as outputs that nothing comes of.
/// 2. *Side by side*: the same, of pixels without padding channels, so that the elements of a row
///    of the kernel are neighbours and fill the depth of a tile together: three colours of a first
///    layer, or 16 channels.
/// 3. *Shifted*: for maps narrower than tiles, a window for each column of the kernel, moved by
///    that column, without padding columns, so that the outputs of all rows are neighbours.
struct TilePatch {
    /// A window of the source, of rows for a number of output rows.
    struct Window {
        /// The source pixel of its first pixel, relative to the patch's first.
        let row: Int
        let column: Int
        /// The rows beyond those of the outputs.
        let extraRows: Int
        /// Its first element in the patch of one image.
        let start: Int
    }

    /// A phase's kernel elements, in the order in which its weights are packed.
    struct Phase {
        let phase: ConvolutionGeometry.Phase
        /// The kernel elements, `run` of them for each tap.
        let order: [Int32]
        let run: Int
        /// The offsets of the taps, in elements.
        let taps: [Int32]
        /// The elements of a tap, and these in tiles.
        let depth: Int
        var depthTiles: Int { (depth + TilePatch.depth - 1) / TilePatch.depth }
    }

    /// The numbers that one product of tiles sums over.
    static let depth = Int(WRN_TILE_DEPTH)
    /// The outputs of a tile.
    static let size = Int(WRN_TILE_SIZE)

    /// The most output rows of a phase that it has room for.
    let rows: Int
    let windows: [Window]
    let phases: [Phase]
    /// The columns of a window, its source pixels from pixel to pixel, and its rows from output row
    /// to output row.
    let columns: Int
    let step: Int
    let rowStep: Int
    /// The elements of a pixel, and the pixels from output to output.
    let pixelDepth: Int
    let pixelStep: Int
    /// Whether tiles run on from row to row.
    let isFlat: Bool
    /// The source pixel of the patch's first pixel for output row 0.
    let firstRow: Int
    let firstColumn: Int
    /// The elements of one image.
    let imageStride: Int

    /// Lays out the patch of `rows` output rows of each phase; all of them where it is nil.
    init(_ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, rows: Int? = nil) {
        let phases = shape.phases(direction)
        let channels = shape.reducedChannels(direction)
        let layout = Layout(phases, channels: channels)
        let first = phases[0]
        let reached = phases.filter { !$0.taps.isEmpty }
        let (firstRow, firstColumn) = Self.origin(phases)
        let places = reached.flatMap { phase in
            phase.taps.map {
                (
                    row: phase.firstRow - firstRow + $0.row,
                    column: phase.firstColumn - firstColumn + $0.column
                )
            }
        }
        let rows = rows ?? first.rows
        self.rows = rows
        self.firstRow = firstRow
        self.firstColumn = firstColumn
        let pixelDepth = layout.kind == .sideBySide ? channels : Self.padded(channels)
        self.pixelDepth = pixelDepth
        isFlat = layout.isFlat
        let stride = first.stride
        let isShifted = layout.kind == .shifted
        let columns =
            isShifted
            ? first.columns
            : (first.columns - 1) * stride + 1 + (places.map(\.column).max() ?? 0)
        let rowStep = isShifted ? 1 : stride
        self.columns = columns
        self.rowStep = rowStep
        step = isShifted ? first.step * stride : first.step
        pixelStep = rowStep
        var windows: [Window] = []
        var end = 0
        let rowElements = columns * pixelDepth
        func add(row: Int, column: Int, extraRows: Int) {
            windows.append(Window(row: row, column: column, extraRows: extraRows, start: end))
            end += ((rows - 1) * rowStep + 1 + extraRows) * rowElements
        }
        if isShifted {
            for row in 0..<stride {
                for column in Set(places.lazy.filter { $0.row % stride == row }.map(\.column))
                    .sorted()
                {
                    let reach = places.filter { $0.row % stride == row && $0.column == column }
                    add(
                        row: row * first.step, column: column * first.step,
                        extraRows: (reach.map { $0.row / stride }.max() ?? 0))
                }
            }
        } else {
            add(row: 0, column: 0, extraRows: places.map(\.row).max() ?? 0)
        }
        self.windows = windows
        let laidOut = phases.map { phase in
            let taps = phase.taps.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
            let run = layout.kind == .sideBySide ? Set(taps.map(\.column)).count : 1
            let offsets = Swift.stride(from: 0, to: taps.count, by: max(run, 1)).map { index in
                let row = phase.firstRow - firstRow + taps[index].row
                let column = phase.firstColumn - firstColumn + taps[index].column
                guard isShifted else { return (row * columns + column) * pixelDepth }
                let window = windows.first {
                    $0.row == row % stride * first.step && $0.column == column * first.step
                }
                return (window?.start ?? 0) + row / stride * rowElements
            }
            return Phase(
                phase: phase, order: taps.map { Int32($0.index) }, run: run,
                taps: offsets.map { Int32($0) }, depth: run * channels)
        }
        // What tiles read behind their outputs, and elements read behind their pixel.
        let farthest = laidOut.map { phase in
            Int(phase.taps.max() ?? 0) + phase.depthTiles * Self.depth
        }
        self.phases = laidOut
        let lastRow = isFlat ? 0 : (rows - 1) * rowStep * rowElements
        let outputs = isFlat ? rows * columns : first.columns
        let last = lastRow + (Self.rounded(outputs, Self.size) - 1) * pixelStep * pixelDepth
        imageStride = Self.rounded(max(end, last + (farthest.max() ?? 0)), Self.depth)
    }

    /// The bytes of one image.
    var imageByteCount: Int { imageStride * MemoryLayout<UInt16>.stride }

    /// The elements from output row to output row, and from output to output.
    var outputRowStride: Int { rowStep * columns * pixelDepth }
    var outputStride: Int { pixelStep * pixelDepth }

    /// Loads what `rows` output rows from `firstOutput` on read, as share `share` of `shares` equal
    /// ones.
    func load(
        _ view: MapView, image: Int, firstOutput: Int, rows: Int, share: Int = 0,
        of shares: Int = 1,
        into patch: UnsafeMutablePointer<UInt16>, with tiles: wrn_tile_kernels
    ) {
        for window in windows {
            let all = (rows - 1) * rowStep + 1 + window.extraRows
            let (lower, upper) = (all * share / shares, all * (share + 1) / shares)
            if lower == upper { continue }
            var arguments = wrn_tile_patch_load(
                window: view.tileWindow(
                    image: image,
                    top: firstRow + window.row + (firstOutput * rowStep + lower) * step,
                    left: firstColumn + window.column, step: step, rows: upper - lower,
                    columns: columns),
                depth: Int32(pixelDepth),
                patch: patch + window.start + lower * columns * pixelDepth)
            tiles.load_patch(&arguments)
            // The elements behind the last pixel meet weights of zero, and must be numbers.
            if pixelDepth % Self.depth != 0, upper == all {
                let end = window.start + all * columns * pixelDepth
                (patch + end).update(repeating: 0, count: min(imageStride - end, Self.depth))
            }
        }
    }

    // MARK: The rule

    /// A layout, and whether tiles run on from row to row.
    private struct Layout {
        enum Kind { case whole, sideBySide, shifted }

        let kind: Kind
        let isFlat: Bool

        /// Counts products of tiles; more windows must save a seventh of them.
        init(_ phases: [ConvolutionGeometry.Phase], channels: Int) {
            let (rows, columns, stride) = (phases[0].rows, phases[0].columns, phases[0].stride)
            func tiles(_ depth: Int) -> Int { TilePatch.padded(depth) / TilePatch.depth }
            func pixelTiles(_ outputs: Int) -> Int {
                TilePatch.rounded(outputs, TilePatch.size) / TilePatch.size
            }
            var (apart, sideBySide) = (0, 0)
            for phase in phases where !phase.taps.isEmpty {
                let run = Set(phase.taps.map(\.column)).count
                apart += phase.taps.count * tiles(channels)
                sideBySide += phase.taps.count / run * tiles(run * channels)
            }
            let origin = TilePatch.origin(phases)
            let extent = phases.flatMap { phase in
                phase.taps.map { phase.firstColumn - origin.column + $0.column }
            }
            let byRow = rows * pixelTiles(columns)
            let flat = pixelTiles(rows * (columns + (extent.max() ?? 0)))
            let isFlat = stride == 1 && flat <= byRow
            if sideBySide < apart {
                (kind, self.isFlat) = (.sideBySide, isFlat)
            } else if (isFlat ? flat : byRow) * 6 > pixelTiles(rows * columns) * 7 {
                (kind, self.isFlat) = (.shifted, true)
            } else {
                (kind, self.isFlat) = (.whole, isFlat)
            }
        }
    }

    /// The first source pixel that any phase reads for its output row and column 0.
    static func origin(_ phases: [ConvolutionGeometry.Phase]) -> (row: Int, column: Int) {
        let reached = phases.filter { !$0.taps.isEmpty }
        return (reached.map(\.firstRow).min() ?? 0, reached.map(\.firstColumn).min() ?? 0)
    }

    /// A depth rounded up to whole tiles.
    static func padded(_ depth: Int) -> Int { rounded(depth, Self.depth) }

    static func rounded(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }
}

extension MapView {
    /// A window of one image, as tiles are loaded from it; the map's numbers are bfloat16.
    func tileWindow(
        image: Int, top: Int, left: Int, step: Int, rows: Int, columns: Int
    ) -> wrn_tile_window {
        wrn_tile_window(
            image: map.words + image * map.imageStride,
            second: second.map { UnsafePointer($0.words + image * map.imageStride) },
            keep: keep.map { $0 + image * map.pixelCount * map.blocks }, stride: map.pixelStride,
            height: Int32(map.height), width: Int32(map.width), blocks: Int32(map.blocks),
            view: view, top: Int32(top), left: Int32(left), step: Int32(step), rows: Int32(rows),
            columns: Int32(columns))
    }
}

extension FeatureMap {
    /// The map's numbers, which must be bfloat16.
    var words: UnsafeMutablePointer<UInt16> {
        precondition(elementType == .bfloat16, "bfloat16 expected, not \(elementType.rawValue)")
        return base.assumingMemoryBound(to: UInt16.self)
    }
}
