// SPDX-License-Identifier: Apache-2.0

import WRNTraining

/// What a search for the learning rate has found, as a picture in text and a sentence.
struct LearningRateReport {
    let result: LearningRateFinder.Result

    private static let rows = 12

    /// The smoothed loss over the logarithm of the rate, and the suggestion.
    func text(width: Int) -> DisplayText {
        DisplayText(lines: chart(width: min(width, 80)) + sentences)
    }

    private func chart(width: Int) -> [String] {
        let points = result.points
        // What a diverging loss ends with would flatten all else.
        let losses = points.map(\.smoothedLoss)
        guard let lowest = losses.min(), let first = losses.first, points.count > 1 else {
            return []
        }
        let highest = max(first, lowest + 1e-9) + 0.25 * (first - lowest)
        let columns = min(max(width - 10, 16), points.count)
        var grid = [[Character]](
            repeating: [Character](repeating: " ", count: columns), count: Self.rows)
        for column in 0..<columns {
            let index = column * (points.count - 1) / max(columns - 1, 1)
            let share = (points[index].smoothedLoss - lowest) / max(highest - lowest, 1e-9)
            let row = Int(((1 - min(max(share, 0), 1)) * Double(Self.rows - 1)).rounded())
            grid[row][column] = points[index].learningRate == result.suggestion ? "o" : "*"
        }
        let body = grid.enumerated().map { row, cells in
            let value = highest - (highest - lowest) * Double(row) / Double(Self.rows - 1)
            let label =
                row % 4 == 0 || row == Self.rows - 1 ? Numbers.fixed(value, decimals: 3) : ""
            return String(repeating: " ", count: max(8 - label.count, 0)) + label + " |"
                + String(cells)
        }
        let left = Self.rate(points[0].learningRate)
        let right = Self.rate(points[points.count - 1].learningRate)
        let gap = String(repeating: " ", count: max(columns - left.count - right.count, 1))
        return ["smoothed loss"] + body
            + [String(repeating: " ", count: 9) + "+" + String(repeating: "-", count: columns)]
            + [String(repeating: " ", count: 10) + left + gap + right, ""]
    }

    private var sentences: [String] {
        guard let suggestion = result.suggestion, let limit = result.limit else {
            return [
                "The loss never fell: look at the labels ('wrn data inspect'), or search with a lower --from."
            ]
        }
        let end =
            result.hasDiverged
            ? "The loss exploded after \(Self.rate(result.points.last?.learningRate ?? limit))."
            : "The loss did not explode up to \(Self.rate(result.points.last?.learningRate ?? limit))."
        return [
            "The loss falls fastest at \(Self.rate(suggestion)) and is smallest at \(Self.rate(limit)).",
            end,
            "Try --lr \(Self.rate(suggestion)).",
        ]
    }

    /// A rate in two digits.
    static func rate(_ value: Double) -> String { Numbers.shortest(value, digits: 2) }
}
