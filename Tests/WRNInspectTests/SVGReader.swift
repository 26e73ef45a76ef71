// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import WRNInspect

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Reads an SVG picture back: its elements, and where its texts stand.
final class SVGReader: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
    }

    /// A line of text and an upper estimate of its box.
    struct Text {
        let words: String
        let size: Double
        let left: Double
        let right: Double
        let top: Double
        let bottom: Double

        func overlaps(_ other: Text) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    private(set) var elements: [Element] = []
    private(set) var texts: [Text] = []
    private(set) var isValid = false
    private var offsets: [(x: Double, y: Double)] = [(0, 0)]
    private var words = ""

    init(_ svg: String) {
        super.init()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = self
        isValid = parser.parse()
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String] = [:]
    ) {
        elements.append(Element(name: name, attributes: attributes))
        words = ""
        guard name == "g" else { return }
        let numbers = (attributes["transform"] ?? "").split { !"-.0123456789".contains($0) }
            .compactMap { Double($0) }
        let last = offsets[offsets.count - 1]
        offsets.append((last.x + (numbers.first ?? 0), last.y + (numbers.last ?? 0)))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { words += string }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        if name == "g" { offsets.removeLast() }
        guard name == "text", let attributes = elements.last?.attributes else { return }
        func number(_ key: String) -> Double { attributes[key].flatMap { Double($0) } ?? .nan }
        let size = number("font-size")
        let width = TextWidth.of(
            words, size: size, isBold: attributes["font-weight"] == "bold")
        let offset = offsets[offsets.count - 1]
        let x = number("x") + offset.x
        let left =
            switch attributes["text-anchor"] {
            case "middle": x - width / 2
            case "end": x - width
            default: x
            }
        let baseline = number("y") + offset.y
        texts.append(
            Text(
                words: words, size: size, left: left, right: left + width,
                top: baseline - 0.8 * size, bottom: baseline + 0.2 * size))
    }
}
