// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNInference
import WRNText

/// A drawing of an image with the model's answers, never higher than the screen, so that the name
/// stays visible.
///
/// The text stands beside the picture, or above and below it on narrow terminals and in pipes.
struct PredictionDrawing {
    /// The most images that are drawn by default: more would scroll each other off the screen.
    static let usualCount = 4

    private static let widestPicture = 64
    /// The narrowest recognizable picture; below that, text and picture do not fit side by side.
    private static let narrowestPicture = 16
    private static let lowestPicture = 3
    private static let gap = 2
    private static let longestClassName = 32
    private static let longestBar = 40

    private let heading: String
    private let predictions: [Prediction]
    private let names: [String]
    private let terminal: Terminal
    private let count: Int

    /// Lays out the answers for an image.
    ///
    /// - Parameter count: How many images are drawn one below the other.
    init(_ heading: String, _ predictions: [Prediction], on terminal: Terminal, count: Int) {
        self.heading = printable(heading)
        self.predictions = predictions
        names = predictions.map { printable($0.className) }
        self.terminal = terminal
        self.count = count
    }

    /// The lines of the drawing of an image.
    func lines(_ image: PixelImage) -> [DisplayText] {
        let room = terminal.width - Self.gap - wordsWidth
        return terminal.height != nil && room >= Self.narrowestPicture
            ? beside(image, columns: min(room, Self.widestPicture)) : around(image)
    }

    /// The lines for one image: the screen without the prompt and an empty line, or half of that
    /// with other images.
    private var height: Int? {
        terminal.height.map { ($0 - 1) / min(max(count, 1), 2) - 1 }
    }

    private var nameWidth: Int {
        min(names.map(\.count).max() ?? 0, Self.longestClassName)
    }

    /// The columns that the classes need, with short bars.
    private var wordsWidth: Int { nameWidth + 22 }

    private func beside(_ image: PixelImage, columns: Int) -> [DisplayText] {
        let picture = TerminalPicture(
            image, maximumColumns: columns,
            maximumLines: height.map { max($0, Self.lowestPicture) })
        let left = picture.lines(terminal.colours)
        let width = terminal.width - Self.gap - picture.columns
        let right = Self.wrapped(heading, width: width) + [""] + bars(width: width)
        let (gap, empty) = (spaces(Self.gap), spaces(picture.columns))
        return (0..<max(left.count, right.count)).map { line in
            let words = line < right.count ? right[line] : ""
            return (line < left.count ? left[line] : empty)
                + (words.isEmpty ? "" : "\(gap)\(words)")
        }
    }

    private func around(_ image: PixelImage) -> [DisplayText] {
        let bars = bars(width: terminal.width)
        let words = height == nil ? [heading] : Self.wrapped(heading, width: terminal.width)
        let picture = TerminalPicture(
            image, maximumColumns: min(terminal.width, Self.widestPicture),
            maximumLines: height.map { max($0 - words.count - bars.count, Self.lowestPicture) })
        return words.map { "\($0)" } + picture.lines(terminal.colours) + bars.map { "\($0)" }
    }

    private func spaces(_ count: Int) -> DisplayText { "\(String(repeating: " ", count: count))" }

    /// Text in lines of `width` characters, broken within words, too, so that the terminal breaks
    /// none.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var rest = text[...]
        repeat {
            lines.append(String(rest.prefix(max(width, 1))))
            rest = rest.dropFirst(max(width, 1))
        } while !rest.isEmpty
        return lines
    }

    private func bars(width: Int) -> [String] {
        // The percentage takes ten columns, with the space before it.
        let nameWidth = min(nameWidth, max(width - 10, 1))
        let barWidth = max(min(width - nameWidth - 12, Self.longestBar), 0)
        let cut = Table.shortened(names, to: nameWidth)
        return zip(predictions, cut).map { prediction, name in
            let padding = String(repeating: " ", count: max(nameWidth - name.count, 0))
            let percent = Numbers.percent(prediction.probability)
            let space = String(repeating: " ", count: max(9 - percent.count, 0))
            let bar = String(
                repeating: terminal.colours == .none ? "#" : "█",
                count: Int(prediction.probability * Double(barWidth) + 0.5))
            let line = "\(name)\(padding) \(space)\(percent) \(bar)"
            return bar.isEmpty ? String(line.dropLast()) : line
        }
    }
}
