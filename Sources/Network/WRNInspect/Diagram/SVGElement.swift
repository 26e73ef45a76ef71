// SPDX-License-Identifier: Apache-2.0

import WRNText

/// An element of an SVG picture; strings are escaped, so that its text is valid XML.
struct SVGElement: Hashable, Sendable {
    /// A name and a value.
    struct Attribute: Hashable, Sendable {
        let name: String
        let value: String
    }

    let name: String
    var attributes: [Attribute] = []
    /// The text inside, before the children.
    var text = ""
    var children: [SVGElement] = []

    /// The lines of the element and its children, indented by `depth` levels.
    func lines(depth: Int = 0) -> [String] {
        let indent = String(repeating: " ", count: depth)
        let start =
            indent + "<" + name
            + attributes.map { " \($0.name)=\"\(markupEscaped($0.value))\"" }.joined()
        if text.isEmpty, children.isEmpty { return [start + "/>"] }
        let end = "</\(name)>"
        // White space inside a text element would be drawn.
        guard !children.isEmpty else { return [start + ">" + markupEscaped(text) + end] }
        return [start + ">" + markupEscaped(text)]
            + children.flatMap { $0.lines(depth: depth + 1) } + [indent + end]
    }

    /// A coordinate with at most two decimals, the same everywhere.
    static func number(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e12 else { return "0" }
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        let decimals = rest % 10 == 0 ? "\(rest / 10)" : (rest < 10 ? "0\(rest)" : "\(rest)")
        return "\(sign)\(whole).\(decimals)"
    }
}

/// A point in a picture; x grows to the right, y downward.
struct Point: Hashable, Sendable {
    let x: Double
    let y: Double
}

extension SVGElement {
    /// The alignment of a text at its point.
    enum Anchor: String {
        case start
        case middle
        case end
    }

    /// The fill and the outline of a shape.
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

/// Colours of Okabe and Ito, distinct for colour-blind readers and, by their lightness, in grey
/// print.
///
/// - Reference: Okabe & Ito 2008, "Color Universal Design".
enum Palette {
    static let ink = "#1a1a1a"
    static let paleInk = "#595959"
    static let line = "#d0d0d0"
    static let paper = "#ffffff"
    static let blue = "#0072b2"
    static let sky = "#56b4e9"
    static let green = "#009e73"
    static let orange = "#e69f00"
    static let yellow = "#f0e442"
}

/// Upper estimates of the width of text: that of DejaVu Sans, the widest of the fonts that viewers
/// have.
enum TextWidth {
    /// An upper estimate in the picture's unit.
    static func of(_ text: String, size: Double, isBold: Bool = false) -> Double {
        let ems = text.reduce(0) { $0 + width(of: $1) }
        return ems * size * (isBold ? 1.12 : 1)
    }

    /// The text, or as much of its beginning and end as fits.
    static func fitted(
        _ text: String, in width: Double, size: Double, isBold: Bool = false
    ) -> String {
        guard of(text, size: size, isBold: isBold) > width else { return text }
        var kept = text.count - 1
        while kept > 2 {
            let short = text.prefix((kept + 1) / 2) + "…" + text.suffix(kept / 2)
            if of(String(short), size: size, isBold: isBold) <= width { return String(short) }
            kept -= 1
        }
        return "…"
    }

    private static func width(of character: Character) -> Double {
        switch character {
        case "i", "j", "l", "I", "'", "|": 0.32
        case " ", ".", ",", ":", ";", "f", "t", "r", "(", ")", "/", "-": 0.42
        case "m", "w", "M", "W", "@", "%", "…": 1.0
        case "→", "×", "=", "+", "·", "<", ">": 0.85
        case "A"..."Z", "&": 0.76
        default: character.isASCII ? 0.64 : 1.0
        }
    }
}
