// SPDX-License-Identifier: Apache-2.0

/// A picture made of lines and text, as SVG.
///
/// It has the fixed width ``pageWidth``, needs no other fonts or files, and has a white background,
/// so that it looks the same in print and in dark viewers.
package struct Drawing: Hashable, Sendable {
    /// The width of all drawings in the picture's unit, at which no text is smaller than 11.
    package static let pageWidth = 900.0

    /// The title in a few words.
    package let title: String
    /// The alternative text.
    package let description: String
    /// The height, in the picture's unit.
    package let height: Double
    let elements: [SVGElement]

    init(title: String, description: String, height: Double, elements: [SVGElement]) {
        self.title = title
        self.description = description
        self.height = height
        self.elements = elements
    }

    /// Stacks drawings.
    package init(title: String, _ drawings: [Drawing]) {
        var height = 0.0
        var elements: [SVGElement] = []
        for (index, drawing) in drawings.enumerated() {
            if index > 0 {
                elements.append(
                    .path(
                        [Point(x: 20, y: height), Point(x: Self.pageWidth - 20, y: height)],
                        .init(stroke: Palette.line)))
            }
            elements.append(.group(movedBy: Point(x: 0, y: height), drawing.elements))
            height += drawing.height
        }
        self.init(
            title: title, description: drawings.map(\.description).joined(separator: " "),
            height: height, elements: elements)
    }

    /// The text of an SVG file.
    package var svg: String {
        let size = (SVGElement.number(Self.pageWidth), SVGElement.number(height))
        let fonts = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
        let root = SVGElement(
            name: "svg",
            attributes: [
                ("xmlns", "http://www.w3.org/2000/svg"), ("width", size.0), ("height", size.1),
                ("viewBox", "0 0 \(size.0) \(size.1)"), ("role", "img"), ("font-family", fonts),
                ("fill", Palette.ink),
            ].map { SVGElement.Attribute(name: $0, value: $1) },
            children: [
                SVGElement(name: "title", text: title),
                SVGElement(name: "desc", text: description),
                .rectangle(
                    at: Point(x: 0, y: 0), width: Self.pageWidth, height: height,
                    .init(fill: Palette.paper)),
            ] + elements)
        return root.lines().map { $0 + "\n" }.joined()
    }
}
