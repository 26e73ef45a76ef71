// SPDX-License-Identifier: Apache-2.0

/// A place in a picture: to the right, and down.
struct Point: Hashable, Sendable {
    let x: Double
    let y: Double
}

extension SVGElement {
    /// Where a text stands from its point.
    enum Anchor: String {
        case start
        case middle
        case end
    }

    /// Filled and outlined by what `paint` says.
    struct Paint {
        var fill = "none"
        var stroke = "none"
        var strokeWidth = 1.0
        /// The lengths of dashes and gaps; nil for an unbroken line.
        var dashes: String?

        fileprivate var attributes: [Attribute] {
            var list = [Attribute(name: "fill", value: fill)]
            guard stroke != "none" else { return list }
            list.append(Attribute(name: "stroke", value: stroke))
            list.append(Attribute(name: "stroke-width", value: number(strokeWidth)))
            if let dashes { list.append(Attribute(name: "stroke-dasharray", value: dashes)) }
            return list
        }
    }

    private static func numbers(_ pairs: KeyValuePairs<String, Double>) -> [Attribute] {
        pairs.map { Attribute(name: $0.key, value: number($0.value)) }
    }

    /// A rectangle by its upper left corner.
    static func rectangle(
        at origin: Point, width: Double, height: Double, corner: Double = 0, _ paint: Paint
    ) -> SVGElement {
        var list = numbers(["x": origin.x, "y": origin.y, "width": width, "height": height])
        if corner > 0 { list += numbers(["rx": corner]) }
        return SVGElement(name: "rect", attributes: list + paint.attributes)
    }

    /// A circle.
    static func circle(at centre: Point, radius: Double, _ paint: Paint) -> SVGElement {
        SVGElement(
            name: "circle",
            attributes: numbers(["cx": centre.x, "cy": centre.y, "r": radius]) + paint.attributes)
    }

    /// Straight lines through points.
    static func path(_ points: [Point], isClosed: Bool = false, _ paint: Paint) -> SVGElement {
        let way = points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L")
        return SVGElement(
            name: "path",
            attributes: [Attribute(name: "d", value: "M" + way + (isClosed ? "Z" : ""))]
                + paint.attributes)
    }

    /// One line of text; `y` is its baseline.
    static func text(
        _ text: String, at point: Point, size: Double = 12, anchor: Anchor = .start,
        isBold: Bool = false, colour: String = Palette.ink
    ) -> SVGElement {
        var list = numbers(["x": point.x, "y": point.y, "font-size": size])
        if anchor != .start { list.append(Attribute(name: "text-anchor", value: anchor.rawValue)) }
        if isBold { list.append(Attribute(name: "font-weight", value: "bold")) }
        if colour != Palette.ink { list.append(Attribute(name: "fill", value: colour)) }
        return SVGElement(name: "text", attributes: list, text: text)
    }

    /// Elements moved to the right and down.
    static func group(movedBy offset: Point, _ children: [SVGElement]) -> SVGElement {
        SVGElement(
            name: "g",
            attributes: [
                Attribute(
                    name: "transform",
                    value: "translate(\(number(offset.x)) \(number(offset.y)))")
            ], children: children)
    }
}
