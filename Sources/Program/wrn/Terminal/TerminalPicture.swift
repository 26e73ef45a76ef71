// SPDX-License-Identifier: Apache-2.0

import WRNImages

/// An image drawn with characters: each stands for two pixels, one above the other, so that pixels
/// look square.
struct TerminalPicture {
    private let pixels: [Pixel]
    private let rows: Int
    /// The columns that a line takes.
    let columns: Int

    /// Shrinks an image to at most `maximumColumns` and `maximumLines`; nil for any number of
    /// lines.
    init(_ image: PixelImage, maximumColumns: Int, maximumLines: Int? = nil) {
        let (height, width, channels) = (image.height, image.width, image.channels)
        let values = image.pixels
        // A line shows two rows of pixels.
        let maximumRows = maximumLines.map { max(2 * $0, 1) } ?? height
        let factor = max(
            1, (width + maximumColumns - 1) / max(maximumColumns, 1),
            (height + maximumRows - 1) / max(maximumRows, 1))
        rows = (height + factor - 1) / factor
        columns = (width + factor - 1) / factor
        var pixels: [Pixel] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let area = Area(
                    rows: row * factor..<min((row + 1) * factor, height),
                    columns: column * factor..<min((column + 1) * factor, width))
                let mean = (0..<channels).map { channel in
                    area.mean { values[($0 * width + $1) * channels + channel] }
                }
                // Images of two or of more than three channels show the first one or three.
                pixels.append(
                    channels < 3
                        ? Pixel(red: mean[0], green: mean[0], blue: mean[0])
                        : Pixel(red: mean[0], green: mean[1], blue: mean[2]))
            }
        }
        self.pixels = pixels
    }

    /// The lines of the picture, in the colours given; as plain text without any.
    func lines(_ colours: Terminal.Colours) -> [DisplayText] {
        stride(from: 0, to: rows, by: 2).map { row in
            let upper = pixels[row * columns..<(row + 1) * columns]
            let lower =
                row + 1 < rows
                ? pixels[(row + 1) * columns..<(row + 2) * columns]
                : upper
            return colours == .none
                ? "\(Self.text(upper, lower))" : Self.halfBlocks(upper, lower, colours)
        }
    }

    /// From dark to bright, as a terminal with a dark background shows them.
    private static let ramp = Array(" .:-=+*#%@")

    private static func text(_ upper: ArraySlice<Pixel>, _ lower: ArraySlice<Pixel>) -> String {
        String(
            zip(upper, lower).map { upper, lower in
                ramp[(upper.luma + lower.luma) * (ramp.count - 1) / (2 * 255)]
            })
    }

    private static func halfBlocks(
        _ upper: ArraySlice<Pixel>, _ lower: ArraySlice<Pixel>, _ colours: Terminal.Colours
    ) -> DisplayText {
        var line: DisplayText = ""
        var previous: (Pixel, Pixel)?
        for (upper, lower) in zip(upper, lower) {
            if previous.map({ $0 != (upper, lower) }) ?? true {
                line += "\u{1B}[\(code(upper, 38, colours));\(code(lower, 48, colours))m"
                previous = (upper, lower)
            }
            line += "▀"
        }
        return line + "\u{1B}[0m"
    }

    private static func code(_ pixel: Pixel, _ layer: Int, _ colours: Terminal.Colours) -> String {
        colours == .full
            ? "\(layer);2;\(pixel.red);\(pixel.green);\(pixel.blue)"
            : "\(layer);5;\(pixel.index)"
    }
}

/// A rectangle of pixels that is reduced to one.
private struct Area {
    let rows: Range<Int>
    let columns: Range<Int>

    /// The mean of `value(row, column)`, rounded.
    func mean(_ value: (Int, Int) -> UInt8) -> UInt8 {
        var sum = 0
        for row in rows { for column in columns { sum += Int(value(row, column)) } }
        let count = rows.count * columns.count
        return UInt8((sum + count / 2) / count)
    }
}

/// A colour of 8 bits a channel.
struct Pixel: Equatable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    /// The luma of BT.601, in `0...255`.
    var luma: Int { (299 * Int(red) + 587 * Int(green) + 114 * Int(blue) + 500) / 1000 }

    /// The nearest of the terminal's colours 16...255: a 6x6x6 cube, then 24 greys.
    var index: Int {
        let cube = [red, green, blue].map(Self.nearestLevel)
        let cubeDistance = distance(to: cube.map { Self.levels[$0] })
        let grey = min(max((luma - 8 + 5) / 10, 0), 23)
        let greyDistance = distance(to: [Int](repeating: 8 + 10 * grey, count: 3))
        return greyDistance < cubeDistance
            ? 232 + grey : 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }

    private static let levels = [0, 95, 135, 175, 215, 255]

    private static func nearestLevel(_ value: UInt8) -> Int {
        levels.indices.min { abs(levels[$0] - Int(value)) < abs(levels[$1] - Int(value)) } ?? 0
    }

    private func distance(to other: [Int]) -> Int {
        zip([red, green, blue], other).map { (Int($0) - $1) * (Int($0) - $1) }.reduce(0, +)
    }
}
