// SPDX-License-Identifier: Apache-2.0

import WRNText

/// Curves over the epochs of a run, with their names at their ends.
struct LineChart {
    /// The title of the chart.
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
                Numbers.fixed(value, decimals: unit.isEmpty ? 4 : 2) + unit
            }
            return
                "\(curve.name): from \(number(first.y)) in epoch "
                + "\(Numbers.fixed(first.x, decimals: 0)) to \(number(last.y)) in epoch "
                + "\(Numbers.fixed(last.x, decimals: 0)), between \(number(low)) and "
                + "\(number(high))."
        }.joined(separator: " ")
    }
}

/// One line of a chart.
struct Curve {
    /// A place on it.
    struct Place {
        let x: Double
        let y: Double
    }

    /// The most points that are drawn; more would not be visible.
    static let maximumPlaceCount = 1000

    /// The label at its end.
    let name: String
    /// The places, from left to right.
    let places: [Place]

    /// The lowest and the highest place of each stretch of a long line, in their order, and its
    /// ends; a short line as it is.
    var drawn: [Place] {
        let stretches = Self.maximumPlaceCount / 2 - 1
        guard places.count > Self.maximumPlaceCount, let first = places.first,
            let last = places.last
        else { return places }
        let inner = places.dropFirst().dropLast()
        var drawn = [first]
        for number in 0..<stretches {
            let begin = inner.startIndex + inner.count * number / stretches
            let end = inner.startIndex + inner.count * (number + 1) / stretches
            let stretch = inner[begin..<end]
            guard let low = stretch.min(by: { $0.y < $1.y }),
                let high = stretch.max(by: { $0.y < $1.y })
            else { continue }
            drawn += low.x <= high.x ? [low, high] : [high, low]
        }
        return drawn + [last]
    }
}

/// The field of a chart between its axes, and the positions of numbers in it.
struct Frame {
    let x: Axis
    let y: Axis
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    /// The class of a curve's colours.
    static func style(_ number: Int) -> String { number.isMultiple(of: 2) ? "first" : "second" }

    func x(_ value: Double) -> Double { left + x.fraction(value) * (right - left) }
    func y(_ value: Double) -> Double { bottom - y.fraction(value) * (bottom - top) }

    /// Lines at the ticks with their labels.
    func axes(x xLabels: [String], y yLabels: [String]) -> [Markup] {
        let rows = zip(y.ticks, yLabels).flatMap { tick, label in
            [
                path([(left, y(tick)), (right, y(tick))], class: "grid"),
                text(label, x: left - 8, y: y(tick) + 4.5, anchor: "end"),
            ]
        }
        let columns = zip(x.ticks, xLabels).flatMap { tick, label in
            [
                path([(x(tick), bottom), (x(tick), bottom + 5)], class: "axis"),
                text(label, x: x(tick), y: bottom + 20, anchor: "middle"),
            ]
        }
        return rows + columns + [path([(left, bottom), (right, bottom)], class: "axis")]
    }

    /// The title of the horizontal axis.
    func xTitle(_ title: String) -> Markup {
        text(title, x: (left + right) / 2, y: bottom + 40, anchor: "middle", class: "pale")
    }

    /// A curve's line.
    func line(of curve: Curve, number: Int) -> Markup {
        path(curve.drawn.map { (x($0.x), y($0.y)) }, class: "curve " + Self.style(number))
    }

    /// Dots at a curve's points, if they are few enough to be distinct.
    func dots(of curve: Curve, number: Int) -> [Markup] {
        guard curve.places.count <= 30 else { return [] }
        return curve.places.map { place in
            .tag(
                "circle",
                [
                    "class": "dot " + Self.style(number), "cx": Self.number(x(place.x)),
                    "cy": Self.number(y(place.y)), "r": "3.5",
                ])
        }
    }

    /// A rectangle by two of its corners, in the axes' numbers.
    func rectangle(_ xs: (Double, Double), _ ys: (Double, Double), class style: String) -> Markup {
        let (high, low) = (y(max(ys.0, ys.1)), y(min(ys.0, ys.1)))
        return .tag(
            "rect",
            [
                "class": style, "x": Self.number(x(xs.0)), "y": Self.number(high),
                "width": Self.number(x(xs.1) - x(xs.0)), "height": Self.number(low - high),
            ])
    }

    /// Straight lines through places of the picture.
    func path(_ places: [(Double, Double)], class style: String) -> Markup {
        let way = places.map { "\(Self.number($0.0)) \(Self.number($0.1))" }
        return .tag("path", ["class": style, "d": "M" + way.joined(separator: "L")])
    }

    /// One line of text; `y` is its baseline.
    func text(
        _ text: String, x: Double, y: Double, anchor: String = "start", class style: String = ""
    ) -> Markup {
        .tag(
            "text",
            [
                "x": Self.number(x), "y": Self.number(y), "text-anchor": anchor, "class": style,
            ], text: text)
    }

    /// A coordinate with one decimal.
    private static func number(_ value: Double) -> String {
        Numbers.fixed(value, decimals: 1)
    }
}
