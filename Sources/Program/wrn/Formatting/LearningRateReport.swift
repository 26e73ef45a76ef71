// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNRuns
import WRNText
import WRNTraining

/// The result of a search for the learning rate: a chart in text, and sentences.
struct LearningRateReport {
    let result: LearningRateFinder.Result

    private static let rows = 12
    /// The columns left of the chart, with the labels of the losses, the axis, and "good rates".
    private static let margin = 10

    private var advice: LearningRateAdvice { result.advice }

    /// The chart of the smoothed loss over the logarithm of the rate, with the range of good rates
    /// below it, and the advice.
    func text(width: Int) -> DisplayText {
        let width = min(width, 80)
        return DisplayText(
            lines: chart(width: width) + sentences.flatMap { wrapped($0, width: width) })
    }

    private func chart(width: Int) -> [String] {
        let points = result.points
        // The end of a diverging loss would flatten the rest of the curve.
        let losses = points.map(\.smoothedLoss)
        guard let lowest = losses.min(), let first = losses.first, points.count > 1 else {
            return []
        }
        let highest = max(first, lowest + 1e-9) + 0.25 * (first - lowest)
        let columns = min(max(width - Self.margin, 16), points.count)
        var grid = [[Character]](
            repeating: [Character](repeating: " ", count: columns), count: Self.rows)
        let chosen = column(of: advice.suggestion, among: columns)
        for column in 0..<columns {
            let index = column * (points.count - 1) / max(columns - 1, 1)
            let share = (points[index].smoothedLoss - lowest) / max(highest - lowest, 1e-9)
            let row = Int(((1 - min(max(share, 0), 1)) * Double(Self.rows - 1)).rounded())
            grid[row][column] = column == chosen ? "o" : "*"
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
        let space = String(repeating: " ", count: Self.margin)
        return ["smoothed loss"] + body
            + [space.dropLast() + "+" + String(repeating: "-", count: columns)]
            + (range(among: columns).map { ["good rates" + $0] } ?? [])
            + [space + left + gap + right, ""]
    }

    /// The range of good rates, with the suggestion in it.
    private func range(among columns: Int) -> String? {
        guard let lower = column(of: advice.lower, among: columns),
            let upper = column(of: advice.upper, among: columns),
            let chosen = column(of: advice.suggestion, among: columns)
        else { return nil }
        let marks = (0...upper).map { column in
            column < lower
                ? " " : column == chosen ? "o" : column == lower ? "[" : column == upper ? "]" : "="
        }
        return marks.joined()
    }

    /// The column of a rate on the logarithmic axis.
    private func column(of rate: Double?, among columns: Int) -> Int? {
        guard let rate, let first = result.points.first, let last = result.points.last else {
            return nil
        }
        let share = log(rate / first.learningRate) / log(last.learningRate / first.learningRate)
        return min(max(Int((share * Double(columns - 1)).rounded()), 0), columns - 1)
    }

    private var sentences: [String] {
        let first = Self.rate(result.points.first?.learningRate ?? 0)
        let last = Self.rate(result.points.last?.learningRate ?? 0)
        switch advice.verdict {
        case .clear, .stillFalling:
            guard let suggestion = advice.suggestion, let lower = advice.lower,
                let upper = advice.upper, let steepest = advice.steepest
            else { return [] }
            let end =
                advice.verdict == .stillFalling
                ? "It still falls at the last rate: a search with a larger --to than \(last) may "
                    + "find better ones."
                : result.hasDiverged
                    ? "It exploded after \(last)." : "It did not explode up to \(last)."
            return [
                "The loss falls fastest at \(Self.rate(steepest)), and is smallest at "
                    + "\(Self.rate(upper)). \(end)",
                "Try --lr \(Self.rate(suggestion)); good rates are \(Self.rate(lower)) to "
                    + "\(Self.rate(upper)).",
            ]
        case .flat:
            return [
                "No suggestion: the curve is flat, from \(first) to \(last) the loss never falls "
                    + "by more than its noise. Search with more --steps, or other --from and --to; "
                    + "if it stays flat, look at the labels ('wrn data inspect')."
            ]
        case .divergesAtOnce:
            return [
                "No suggestion: the loss only grows from the first rate, \(first), on. Search with "
                    + "a lower --from; if it grows then, too, look at the images and their "
                    + "normalisation ('wrn data inspect')."
            ]
        case .tooShort where result.hasDiverged:
            return [
                "No suggestion: the loss exploded after "
                    + "\(Numbers.counted(result.points.count, "step")), at \(last), which are too "
                    + "few to distinguish a fall from noise. Search with more --steps, or with a "
                    + "smaller --to."
            ]
        case .tooShort:
            return [
                "No suggestion: \(Numbers.counted(result.points.count, "step")) are too few to "
                    + "distinguish a fall from noise. "
                    + "Search with \(LearningRateAdvice.leastStepCount) "
                    + "--steps or more; 300 are usual."
            ]
        }
    }

    /// A rate in two digits.
    static func rate(_ value: Double) -> String { Numbers.shortest(value, digits: 2) }
}
