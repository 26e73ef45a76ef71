// SPDX-License-Identifier: Apache-2.0

/// The written rule by which Winograd's tiles are cut into tasks: from the shape and the batch
/// alone, so that results repeat.
///
/// 1. A block is about `blockTiles` tiles, of several whole images or of some tile rows of one: the
///    products of one element then reuse each weight that often, and transformed tiles stay near.
///    Where a block and the weights outgrow `cacheBytes`, but half a block would fit a second-level
///    cache, it is half of that: then what is fetched ahead stays there, too.
/// 2. When a batch gives at least `wantedTasks` such blocks, each task transforms a block and makes
///    all of its outputs. A batch of small images also gives so many when blocks are smaller: of at
///    least `fewestTiles` tiles where the packed weights have at most `weightBytes` and stay in a
///    second-level cache, and half of `blockTiles` where they have at most `streamedWeightBytes`
///    and are read from the third.
/// 3. Otherwise tiles are transformed once for all, and a task makes one group of outputs of one
///    block. Blocks become smaller if groups and blocks still give too few tasks.
struct WinogradTiling {
    static let blockTiles = 64
    static let cacheBytes = 896 << 10
    static let halfBlockCacheBytes = 1280 << 10
    static let wantedTasks = 8
    static let fewestTiles = 8
    static let weightBytes = 640 << 10
    static let streamedWeightBytes = 10 << 20
    /// The blocks of channels that one group of outputs has.
    static let groupBlocks = 2

    /// The tiles of each task.
    let blocks: WinogradBlocks
    /// Whether all tiles are transformed before the first output is made.
    let sharesTiles: Bool
    /// The blocks of output channels of each group.
    let groups: [Range<Int>]

    init(size: Int, plan: ConvolutionPlan) {
        let (height, width) = plan.shape.producedExtents(plan.direction)
        let outputBlocks =
            Kernels.padded(plan.shape.producedChannels(plan.direction)) / Kernels.lanes
        groups = stride(from: 0, to: outputBlocks, by: Self.groupBlocks).map {
            $0..<min($0 + Self.groupBlocks, outputBlocks)
        }
        var blocks = WinogradBlocks(
            size: size, height: height, width: width, images: plan.images,
            tiles: Self.tiles(size: size, plan: plan))
        if blocks.count < Self.wantedTasks, let smaller = Self.smaller(blocks, size, plan: plan) {
            self.blocks = smaller
            sharesTiles = false
            return
        }
        sharesTiles = blocks.count < Self.wantedTasks
        if blocks.count * groups.count < Self.wantedTasks {
            let tiles = plan.images * blocks.tileRows * blocks.tileColumns
            let wantedBlocks = (Self.wantedTasks + groups.count - 1) / groups.count
            blocks = WinogradBlocks(
                size: size, height: height, width: width, images: plan.images,
                tiles: max(4, (tiles + wantedBlocks - 1) / wantedBlocks))
        }
        self.blocks = blocks
    }

    /// Blocks of fewer images than `blocks` have, if they give enough tasks.
    ///
    /// They have the same rows, in which sums are taken: their number changes no bit.
    private static func smaller(
        _ blocks: WinogradBlocks, _ size: Int, plan: ConvolutionPlan
    ) -> WinogradBlocks? {
        let (height, width) = plan.shape.producedExtents(plan.direction)
        let tiles = plan.images * blocks.tileRows * blocks.tileColumns
        let weights = plan.packedCount * MemoryLayout<Float>.stride
        if weights > streamedWeightBytes { return nil }
        let fewest = weights <= weightBytes ? fewestTiles : blockTiles / 2
        let smaller = WinogradBlocks(
            size: size, height: height, width: width, images: plan.images,
            tiles: max(fewest, tiles / wantedTasks))
        let isFine =
            smaller.count >= wantedTasks && smaller.rowsPerBlock == blocks.rowsPerBlock
        return isFine ? smaller : nil
    }

    /// The tiles of a block.
    private static func tiles(size: Int, plan: ConvolutionPlan) -> Int {
        let elements = (size + 2) * (size + 2)
        let reduced = Kernels.padded(plan.shape.reducedChannels(plan.direction))
        let produced = Kernels.padded(plan.shape.producedChannels(plan.direction))
        let group = min(produced, groupBlocks * Kernels.lanes)
        func bytes(tiles: Int) -> Int {
            let transformed = elements * (tiles * (reduced + group) + reduced * produced)
            let pixels = tiles * size * size * (reduced + produced)
            return (transformed + pixels) * MemoryLayout<Float>.stride
        }
        let halves = bytes(tiles: blockTiles / 2) <= halfBlockCacheBytes
        return bytes(tiles: blockTiles) > cacheBytes && halves ? blockTiles / 2 : blockTiles
    }
}

/// The blocks of a batch's tiles: several whole images, or some tile rows of one.
struct WinogradBlocks: Hashable {
    /// The tiles of an image.
    let tileRows: Int
    let tileColumns: Int
    /// The images of a block, and its tile rows of each.
    let imagesPerBlock: Int
    let rowsPerBlock: Int
    /// The blocks of a full batch.
    let count: Int

    /// Divides a batch evenly into blocks of about `tiles` tiles, at least one tile row each.
    init(size: Int, height: Int, width: Int, images: Int, tiles: Int) {
        tileRows = (height + size - 1) / size
        tileColumns = (width + size - 1) / size
        let perImage = tileRows * tileColumns
        if perImage <= tiles {
            let most = min(images, tiles / perImage)
            let blocks = (images + most - 1) / most
            imagesPerBlock = (images + blocks - 1) / blocks
            rowsPerBlock = tileRows
            count = (images + imagesPerBlock - 1) / imagesPerBlock
        } else {
            let most = max(1, tiles / tileColumns)
            let parts = (tileRows + most - 1) / most
            imagesPerBlock = 1
            rowsPerBlock = (tileRows + parts - 1) / parts
            count = images * ((tileRows + rowsPerBlock - 1) / rowsPerBlock)
        }
    }

    /// The tiles of a full block.
    var tilesPerBlock: Int { imagesPerBlock * rowsPerBlock * tileColumns }

    /// The blocks of an image; 1 also where a block has several images.
    var perImage: Int { (tileRows + rowsPerBlock - 1) / rowsPerBlock }

    /// The images and the tile rows of block `index` in a batch that holds `images` images; the
    /// images are none where it is empty.
    func block(_ index: Int, images: Int) -> (images: Range<Int>, rows: Range<Int>) {
        if perImage == 1 {
            let first = min(index * imagesPerBlock, images)
            return (first..<min(first + imagesPerBlock, images), 0..<tileRows)
        }
        let (image, part) = index.quotientAndRemainder(dividingBy: perImage)
        let first = part * rowsPerBlock
        return (
            min(image, images)..<min(image + 1, images),
            first..<min(first + rowsPerBlock, tileRows)
        )
    }
}
