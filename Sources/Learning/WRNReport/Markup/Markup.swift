// SPDX-License-Identifier: Apache-2.0

import WRNText

/// A piece of a page; whatever strings go in, they come out as text and never as tags.
indirect enum Markup {
    /// A name and a value.
    typealias Attribute = (name: String, value: String)

    case text(String)
    case element(String, [Attribute], [Markup])
    /// Markup of this package's own making, as it is.
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
    private static let voidElements: Set = ["meta", "img"]
    /// Elements behind which white space changes nothing.
    private static let lineEnders: Set = [
        "meta", "title", "head", "style", "section", "header", "main", "body", "h1", "h2", "p",
        "div", "dl", "figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "ul", "li",
        "svg", "path", "rect", "circle", "pre",
    ]
}
