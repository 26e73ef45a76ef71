// SPDX-License-Identifier: Apache-2.0

/// How the tiles of a batch are gathered into blocks: several whole images, or some tile rows of one.
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

    /// The images and the tile rows of block `index` in a batch that holds `images` images; the images are none where it is empty.
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
