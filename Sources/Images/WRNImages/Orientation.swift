// SPDX-License-Identifier: Apache-2.0

/// How an image is turned from as it is stored to as it is shown: the eight values of EXIF's tag.
///
/// With S the stored image of h x w pixels, the shown one has at row r and column c
///
///     S[i][j],  (i, j) = swapsAxes ? (c, r) : (r, c),  i = h - 1 - i if flipsRows,  j = w - 1 - j if flipsColumns
struct Orientation: Hashable, Sendable {
    let swapsAxes: Bool
    let flipsRows: Bool
    let flipsColumns: Bool

    static let upright = Orientation(swapsAxes: false, flipsRows: false, flipsColumns: false)

    /// The orientation of a value of EXIF's tag 0x0112, or nil when it has no meaning.
    init?(exif value: Int) {
        switch value {
        case 1: self = .upright
        case 2: self.init(swapsAxes: false, flipsRows: false, flipsColumns: true)
        case 3: self.init(swapsAxes: false, flipsRows: true, flipsColumns: true)
        case 4: self.init(swapsAxes: false, flipsRows: true, flipsColumns: false)
        case 5: self.init(swapsAxes: true, flipsRows: false, flipsColumns: false)
        case 6: self.init(swapsAxes: true, flipsRows: true, flipsColumns: false)
        case 7: self.init(swapsAxes: true, flipsRows: true, flipsColumns: true)
        case 8: self.init(swapsAxes: true, flipsRows: false, flipsColumns: true)
        default: return nil
        }
    }

    private init(swapsAxes: Bool, flipsRows: Bool, flipsColumns: Bool) {
        self.swapsAxes = swapsAxes
        self.flipsRows = flipsRows
        self.flipsColumns = flipsColumns
    }

    /// The size after turning, from that before; or the other way.
    func turned(height: Int, width: Int) -> (height: Int, width: Int) {
        swapsAxes ? (width, height) : (height, width)
    }

    /// Where a rectangle of the shown image lies in the stored one, which has `height` x `width`
    /// pixels.
    func stored(_ shown: PixelRegion, height: Int, width: Int) -> PixelRegion {
        let (top, left) = swapsAxes ? (shown.left, shown.top) : (shown.top, shown.left)
        let (rows, columns) = turned(height: shown.height, width: shown.width)
        return PixelRegion(
            top: flipsRows ? height - top - rows : top,
            left: flipsColumns ? width - left - columns : left,
            height: rows, width: columns)
    }

    /// The image as it is shown, from `stored`.
    func shown(_ stored: PixelImage) -> PixelImage {
        guard self != .upright else { return stored }
        let (height, width) = turned(height: stored.height, width: stored.width)
        let channels = stored.channels
        // Steps from pixel to pixel in the stored image, as a row and as a column of the shown one
        // go on.
        let rowStep = flipsRows ? -stored.width : stored.width
        let columnStep = flipsColumns ? -1 : 1
        let (down, right) = swapsAxes ? (columnStep, rowStep) : (rowStep, columnStep)
        let start =
            (flipsRows ? (stored.height - 1) * stored.width : 0)
            + (flipsColumns ? stored.width - 1 : 0)
        let pixels = [UInt8](unsafeUninitializedCapacity: stored.pixels.count) { output, filled in
            filled = stored.pixels.count
            stored.pixels.withUnsafeBufferPointer { input in
                var place = 0
                for row in 0..<height {
                    for column in 0..<width {
                        let source = (start + row * down + column * right) * channels
                        for channel in 0..<channels {
                            output[place] = input[source + channel]
                            place += 1
                        }
                    }
                }
            }
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }
}
