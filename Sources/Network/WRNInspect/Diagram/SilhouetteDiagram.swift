// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// A drawing of networks' silhouettes below each other on one common scale, each with its isoperimetric quotient.
///
/// What is filled is ``Silhouette/Measure/layers``; where the residual stream is wider, a dashed line goes around it. The number
/// is that of the filled outline, and the dashed one's stands behind it.
public struct SilhouetteDiagram: Hashable, Sendable {
    /// The filled outlines, in the order of the networks.
    public let silhouettes: [Silhouette]
    /// The drawing.
    public let drawing: Drawing

    private static let (left, right) = (70.0, 880.0)
    private static let caption = [
        "Width is the channels of each layer, half above and half below the axis; dashed is the "
            + "residual stream where it differs.",
        "Q = 4π · area / perimeter² of the filled outline, scaled to a depth of 1 and a greatest "
            + "width of 1, as layers and",
        "channels share no unit. A rectangle has Q = 0.785; an outline that only grows has 0.785 × "
            + "the part of its box that",
        "it fills; a comb has a long boundary and little in it.",
    ]

    /// Draws networks, each with the name that it is called.
    public init(_ networks: [(name: String, graph: Graph)]) {
        let rows = networks.map { SilhouetteRow(name: $0.name, graph: $0.graph) }
        silhouettes = rows.map(\.layers)
        let scale = SilhouetteRow.Scale(
            depth: max(rows.map(\.depth).max() ?? 0, 1),
            channels: max(rows.map(\.greatestWidth).max() ?? 0, 1),
            left: Self.left, right: Self.right, height: rows.count > 2 ? 150 : 220)
        var y = 56.0
        var figures: [SVGElement] = []
        for row in rows {
            figures.append(.group(movedBy: Point(x: 0, y: y), row.elements(scale)))
            y += row.height(scale)
        }
        let title = networks.map(\.name).joined(separator: ", ")
        let heading =
            networks.count == 1 ? "\(title): silhouette" : "Silhouettes on one scale"
        drawing = Drawing(
            title: networks.count == 1 ? heading : "Silhouettes: \(title)",
            description: rows.map(\.sentence).joined(separator: " "),
            height: y + 66 + 17 * Double(Self.caption.count),
            elements: [
                .text(
                    TextWidth.fitted(heading, in: 860, size: 16, isBold: true),
                    at: Point(x: 20, y: 34), size: 16, isBold: true)
            ] + Self.axis(scale, from: 56, to: y) + figures
                + Self.caption.enumerated().map { index, line in
                    .text(
                        line, at: Point(x: 20, y: y + 66 + 17 * Double(index)),
                        size: 11.5, colour: Palette.paleInk)
                })
    }

    /// The text of an SVG file.
    public var svg: String { drawing.svg }

    /// The axis of depth with a line through all silhouettes at each tick.
    private static func axis(
        _ scale: SilhouetteRow.Scale, from top: Double, to bottom: Double
    ) -> [SVGElement] {
        let step = SilhouetteRow.Scale.step(
            over: scale.depth, atMost: max(Int((right - left) / 60), 1))
        var elements: [SVGElement] = []
        for depth in stride(from: 0, through: scale.depth, by: step) {
            let x = scale.x(depth)
            elements.append(
                .path(
                    [Point(x: x, y: top), Point(x: x, y: bottom + 5)],
                    .init(stroke: Palette.line)))
            elements.append(
                .text(
                    depth.grouped, at: Point(x: x, y: bottom + 19), anchor: .middle))
        }
        elements.append(
            .path(
                [Point(x: left, y: bottom), Point(x: right, y: bottom)],
                .init(stroke: Palette.ink)))
        elements.append(
            .text(
                "depth: convolutions and linear layers on the longest way",
                at: Point(x: (left + right) / 2, y: bottom + 38), anchor: .middle))
        return elements
    }
}
