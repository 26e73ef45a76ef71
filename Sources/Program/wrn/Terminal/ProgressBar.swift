// SPDX-License-Identifier: Apache-2.0

import WRNText

/// What is under way, as a bar with figures beside it: `epoch 2/5 [====      ]  31 s left  6820 images/s`.
struct ProgressBar {
    /// What is under way.
    let title: String
    /// How much of it is done, in `0...1`.
    let fraction: Double
    /// What else to say, the most important first.
    let figures: [String]

    private static let shortest = 10
    private static let longest = 40

    /// The bar in at most `width` characters; figures that leave no room for a short bar are left out.
    func line(width: Int) -> String {
        let title = printable(title)
        var figures = figures
        while true {
            let tail = figures.map { "  " + $0 }.joined()
            let room = width - title.count - tail.count - 3
            if room >= Self.shortest {
                return "\(title) [\(bar(length: min(room, Self.longest)))]\(tail)"
            }
            guard figures.popLast() != nil else { return String(title.prefix(max(width, 0))) }
        }
    }

    private func bar(length: Int) -> String {
        let filled = Int((min(max(fraction, 0), 1) * Double(length)).rounded())
        return String(repeating: "=", count: filled)
            + String(repeating: " ", count: length - filled)
    }
}
