// SPDX-License-Identifier: Apache-2.0

/// The field of a chart between its axes, and where numbers stand in it.
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

    /// Lines at the ticks with what stands at them.
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

    /// What the horizontal axis counts.
    func xTitle(_ title: String) -> Markup {
        text(title, x: (left + right) / 2, y: bottom + 40, anchor: "middle", class: "pale")
    }

    /// A curve's line.
    func line(of curve: Curve, number: Int) -> Markup {
        path(curve.drawn.map { (x($0.x), y($0.y)) }, class: "curve " + Self.style(number))
    }

    /// Dots at a curve's places, where they are few enough to be told apart.
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
        FigureText.fixed(value, decimals: 1)
    }
}
