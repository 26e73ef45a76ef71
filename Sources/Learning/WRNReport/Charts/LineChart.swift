// SPDX-License-Identifier: Apache-2.0

/// Curves over the epochs of a run, with their names at their ends.
struct LineChart {
    /// What the chart shows.
    let title: String
    let curves: [Curve]
    /// The unit behind the numbers of the vertical axis, for example a space and `%`.
    var unit = ""
    var includesZero = false
    /// The highest number that the vertical axis may have.
    var ceiling = Double.infinity

    private static let (width, height) = (480.0, 280.0)
    private static let (top, bottom) = (14.0, 232.0)
    private static let lineHeight = 16.0

    /// The chart as a figure with a caption.
    var figure: Markup {
        .tag("figure", [:], [.tag("figcaption", text: title), svg])
    }

    private var svg: Markup {
        let places = curves.flatMap(\.places)
        let x = Axis(places.map(\.x), count: 6, isWhole: true)
        let y = vertical(places.map(\.y))
        let labels = y.ticks.map { FigureText.tick($0, decimals: y.decimals) + unit }
        let epochs = x.ticks.map { FigureText.tick($0, decimals: 0) }
        // Digits of a sans-serif font are at most 0.65 of its size wide.
        let left = 16 + 8.5 * Double(labels.map(\.count).max() ?? 1)
        let longest = Double(curves.map(\.name.count).max() ?? 0)
        let half = 4.5 * Double(epochs.last?.count ?? 1)
        let right = Self.width - max(curves.count > 1 ? 26 + 8.5 * longest : 16, half)
        let frame = Frame(
            x: x, y: y, left: left, right: right, top: Self.top, bottom: Self.bottom)
        return .tag(
            "svg",
            [
                "class": "chart", "viewBox": "0 0 480 280", "role": "img",
                "xmlns": "http://www.w3.org/2000/svg",
            ],
            [.tag("title", text: title), .tag("desc", text: description)]
                + frame.axes(x: epochs, y: labels)
                + [frame.xTitle("epoch")]
                + curves.enumerated().map { frame.line(of: $1, number: $0) }
                + curves.enumerated().flatMap { frame.dots(of: $1, number: $0) }
                + (curves.count > 1 ? names(frame) : []))
    }

    private func vertical(_ values: [Double]) -> Axis {
        let axis = Axis(values, includesZero: includesZero)
        return axis.upper <= ceiling
            ? axis : Axis(from: axis.lower, to: ceiling, step: axis.step)
    }

    /// The curves' names, moved apart where they would touch.
    private func names(_ frame: Frame) -> [Markup] {
        let ends = curves.enumerated().compactMap { number, curve in
            curve.places.last.map { (number: number, y: frame.y($0.y), name: curve.name) }
        }.sorted { $0.y < $1.y }
        var ys = ends.map(\.y)
        for index in ys.indices.dropFirst() {
            ys[index] = max(ys[index], ys[index - 1] + Self.lineHeight)
        }
        var floor = Self.bottom
        for index in ys.indices.reversed() {
            ys[index] = min(ys[index], floor)
            floor = ys[index] - Self.lineHeight
        }
        return zip(ends, ys).flatMap { end, y in
            [
                frame.path(
                    [(frame.right + 6, y), (frame.right + 16, y)],
                    class: "curve " + Frame.style(end.number)),
                frame.text(end.name, x: frame.right + 20, y: y + 4.5),
            ]
        }
    }

    private var description: String {
        curves.map { curve in
            guard let first = curve.places.first, let last = curve.places.last,
                let low = curve.places.map(\.y).min(), let high = curve.places.map(\.y).max()
            else { return "\(curve.name): nothing yet." }
            func number(_ value: Double) -> String {
                FigureText.fixed(value, decimals: unit.isEmpty ? 4 : 2) + unit
            }
            return
                "\(curve.name): from \(number(first.y)) in epoch \(FigureText.fixed(first.x, decimals: 0)) "
                + "to \(number(last.y)) in epoch \(FigureText.fixed(last.x, decimals: 0)), "
                + "between \(number(low)) and \(number(high))."
        }.joined(separator: " ")
    }
}
