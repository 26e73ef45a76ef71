// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The transformed tiles of a map in scratch memory: where they lie, and how they come there.
struct WinogradTiles {
    /// The outermost index.
    enum Order {
        /// `[element][block][tile][lane]`, as products over channels read.
        case elements
        /// `[block][element][tile][lane]`, as products over tiles read.
        case blocks
    }

    /// The extent of a tile.
    enum Kind {
        /// Windows of (size + 2)² pixels, two of which neighbours share, with this much zero
        /// padding.
        case windows(padding: Int)
        /// Tiles of size² pixels of an output's gradient.
        case gradients
    }

    private let source: MapView
    private let size: Int
    private let kind: Kind
    private let tileColumns: Int
    /// Floats from element to element and from block to block.
    let elementStride: Int
    let blockStride: Int
    /// The floats of all tiles.
    let floatCount: Int

    init(
        _ source: MapView, size: Int, padding: Int, tileColumns: Int, tileCount: Int, order: Order
    ) {
        self.init(
            source, size: size, kind: .windows(padding: padding), tileColumns: tileColumns,
            tileCount: tileCount, order: order)
    }

    init(_ source: MapView, size: Int, kind: Kind, tileColumns: Int, tileCount: Int, order: Order) {
        self.source = source
        self.size = size
        self.kind = kind
        self.tileColumns = tileColumns
        let layout = Self.layout(
            size: size, blocks: source.map.blocks, tileCount: tileCount, order: order)
        (elementStride, blockStride, floatCount) = layout
    }

    /// The floats of tiles of this many blocks.
    static func floatCount(size: Int, blocks: Int, tileCount: Int, order: Order) -> Int {
        layout(size: size, blocks: blocks, tileCount: tileCount, order: order).floatCount
    }

    private static func layout(
        size: Int, blocks: Int, tileCount: Int, order: Order
    ) -> (elementStride: Int, blockStride: Int, floatCount: Int) {
        let elements = (size + 2) * (size + 2)
        let tileFloats = tileCount * Kernels.lanes
        switch order {
        case .elements:
            let elementStride = odd(blocks * tileFloats)
            return (elementStride, tileFloats, elements * elementStride)
        case .blocks:
            let elementStride = odd(tileFloats)
            let blockStride = odd(elements * elementStride)
            return (elementStride, blockStride, blocks * blockStride)
        }
    }

    /// All blocks of the source.
    var allBlocks: Range<Int> { 0..<source.map.blocks }

    /// Rounds floats up to an odd number of cache lines, so that strides do not fall onto the same
    /// cache sets.
    static func odd(_ floats: Int) -> Int {
        ((floats + Kernels.lanes - 1) / Kernels.lanes | 1) * Kernels.lanes
    }

    /// Transforms the tile rows `rows` of some images and blocks, one image after the other.
    func load(
        images: Range<Int>, rows: Range<Int>, blocks: Range<Int>,
        into tiles: UnsafeMutablePointer<Float>, with kernels: Kernels
    ) {
        let map = source.map
        let maps = kernels.maps(map.elementType)
        for (index, image) in images.enumerated() {
            var arguments = wrn_winograd_tiles(
                image: map.pointer(at: image * map.imageStride),
                second: source.second?.pointer(at: image * map.imageStride),
                keep: source.keep.map { $0 + image * map.pixelCount * map.blocks },
                stride: map.pixelStride, height: Int32(map.height), width: Int32(map.width),
                blocks: Int32(map.blocks), view: source.view, top: Int32(rows.lowerBound * size),
                left: 0, size: Int32(size), tile_rows: Int32(rows.count),
                tile_columns: Int32(tileColumns), first_block: Int32(blocks.lowerBound),
                block_count: Int32(blocks.count),
                tiles: tiles + blocks.lowerBound * blockStride
                    + index * rows.count * tileColumns * Kernels.lanes,
                element_stride: elementStride, block_stride: blockStride)
            switch kind {
            case .windows(let padding):
                arguments.top -= Int32(padding)
                arguments.left -= Int32(padding)
                maps.winograd_windows(&arguments)
            case .gradients:
                maps.winograd_gradients(&arguments)
            }
        }
    }
}
