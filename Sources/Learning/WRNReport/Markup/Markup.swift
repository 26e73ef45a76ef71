// SPDX-License-Identifier: Apache-2.0

import WRNText

/// A piece of a page, in which strings are escaped and never become tags.
indirect enum Markup {
    /// A name and a value.
    typealias Attribute = (name: String, value: String)

    case text(String)
    case element(String, [Attribute], [Markup])
    /// Markup that is already escaped.
    case trusted(String)

    /// An element with children.
    static func tag(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [Markup] = []
    ) -> Markup {
        .element(name, attributes.map { ($0.key, $0.value) }, children)
    }

    /// An element with text.
    static func tag(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String
    ) -> Markup {
        tag(name, attributes, [.text(text)])
    }

    /// The markup as it stands in a file.
    var rendered: String {
        var output = ""
        render(to: &output)
        return output
    }

    private func render(to output: inout String) {
        switch self {
        case .text(let text): output += markupEscaped(text, keepsLines: true)
        case .trusted(let text): output += text
        case .element(let name, let attributes, let children):
            output += "<" + name
            for attribute in attributes {
                output +=
                    " \(attribute.name)=\"\(markupEscaped(attribute.value, keepsLines: true))\""
            }
            output += ">"
            if !Self.voidElements.contains(name) {
                for child in children { child.render(to: &output) }
                output += "</\(name)>"
            }
            if Self.lineEnders.contains(name) { output += "\n" }
        }
    }

    /// Elements of HTML that have no content and no end.
    private static let voidElements: Set = ["meta", "img", "input"]
    /// Elements after which white space changes nothing.
    private static let lineEnders: Set = [
        "meta", "title", "head", "style", "section", "header", "main", "body", "h1", "h2", "p",
        "div", "dl", "figure", "figcaption", "form", "fieldset", "label", "option", "table",
        "caption", "thead", "tbody", "tr", "ul", "li",
        "svg", "path", "rect", "circle", "pre",
    ]
}

extension Markup {
    /// A part of the page under a heading.
    static func section(_ title: String, _ children: [Markup]) -> Markup {
        .tag("section", [:], [.tag("h2", text: title)] + children)
    }

    /// A paragraph of text.
    static func paragraph(_ text: String) -> Markup { .tag("p", text: text) }

    /// Content that may be wider than the page, which then scrolls in place, also with the
    /// keyboard.
    static func scrolled(_ label: String, _ children: [Markup], class style: String = "") -> Markup
    {
        .tag(
            "div",
            [
                "class": style.isEmpty ? "scroll" : "scroll " + style, "tabindex": "0",
                "role": "region", "aria-label": label,
            ], children)
    }

    /// A head cell of a column.
    static func columnHead(_ text: String) -> Markup { .tag("th", ["scope": "col"], text: text) }

    /// A head cell of a row.
    static func rowHead(_ text: String) -> Markup { .tag("th", ["scope": "row"], text: text) }
}

/// Numbers that the page writes in another way than the terminal.
enum FigureText {
    /// A fraction in `0...1` as `93.12 %`, with a space at which no line is broken.
    static func percent(_ fraction: Double, decimals: Int = 2) -> String {
        Numbers.percent(fraction, decimals: decimals, space: "\u{A0}")
    }

    /// A whole number with commas.
    static func whole(_ value: Double) -> String {
        value.magnitude < 1e15 ? Numbers.grouped(Int(value.rounded())) : "\(value)"
    }

    /// A number at a tick: large whole ones with commas.
    static func tick(_ value: Double, decimals: Int) -> String {
        decimals == 0 && value.magnitude >= 10_000
            ? whole(value) : Numbers.fixed(value, decimals: decimals)
    }
}
