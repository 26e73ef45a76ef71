// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNInference
import WRNText

/// Pictures side by side, each with the model's answer below it.
struct PictureGallery {
    private static let gap = 2
    private static let widest = 32

    /// An image with its label and the model's answer.
    struct Item {
        let index: Int
        let label: String
        let prediction: Prediction
        let isRight: Bool
    }

    private let images: any ImageSet
    private let terminal: Terminal
    private let columns: Int

    init(of images: any ImageSet, on terminal: Terminal) {
        self.images = images
        self.terminal = terminal
        columns = max(min(images.width, Self.widest, terminal.width), 1)
    }

    /// The number of pictures that fit side by side.
    var perRow: Int { max((terminal.width + Self.gap) / (columns + Self.gap), 1) }

    /// The pictures in rows, with a blank line after each row.
    func text(_ items: [Item]) throws -> DisplayText {
        try stride(from: 0, to: items.count, by: perRow)
            .map { row(try items[$0..<min($0 + perRow, items.count)].map(cell)) + "\n" }
            .joined()
    }

    private func row(_ cells: [[DisplayText]]) -> DisplayText {
        let height = cells.map(\.count).max() ?? 0
        let space: DisplayText = "\(String(repeating: " ", count: Self.gap))"
        return (0..<height).map { line in
            cells.map { line < $0.count ? $0[line] : padded("") }.joined(separator: space) + "\n"
        }.joined()
    }

    private func cell(_ item: Item) throws -> [DisplayText] {
        let picture = TerminalPicture(
            try images.fittedImage(at: item.index), maximumColumns: columns
        ).lines(terminal.colours)
        let verdict = item.isRight ? "right" : "wrong: it is \(item.label)"
        return picture + [
            padded("\(item.prediction.className) \(Numbers.percent(item.prediction.probability))"),
            padded(verdict),
        ]
    }

    private func padded(_ text: String) -> DisplayText {
        let text = printable(text).prefix(columns)
        return "\(text)\(String(repeating: " ", count: columns - text.count))"
    }
}
