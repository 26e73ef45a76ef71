// SPDX-License-Identifier: Apache-2.0

import WRNText

/// An element of an SVG picture; its text is always valid XML, whatever strings went in.
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
        // White space inside of a text element would be drawn.
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
