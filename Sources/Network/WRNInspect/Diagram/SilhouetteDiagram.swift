// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNText

/// A drawing of networks' silhouettes below each other on one common scale, each with its
/// isoperimetric quotient.
///
/// The filled outline is ``Silhouette/Measure/layers``; a dashed outline shows the residual stream
/// where it is wider. The number is that of the filled outline, followed by the dashed one's.
package struct SilhouetteDiagram: Hashable, Sendable {
    /// The filled outlines, in the order of the networks.
    package let silhouettes: [Silhouette]
    /// The drawing.
    package let drawing: Drawing

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

    /// Draws networks under their names.
    package init(_ networks: [(name: String, graph: Graph)]) {
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
    package var svg: String { drawing.svg }

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
                    Numbers.grouped(depth), at: Point(x: x, y: bottom + 19), anchor: .middle))
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

/// One network's silhouette with its name, its numbers and its axis of channels.
struct SilhouetteRow {
    /// The scale of depths and channels that all networks of a drawing share.
    struct Scale {
        let depth: Int
        let channels: Int
        let left: Double
        let right: Double
        /// The height of the widest network.
        let height: Double

        func x(_ depth: Int) -> Double {
            left + Double(depth) / Double(self.depth) * (right - left)
        }

        /// The height of this many channels.
        func extent(_ channels: Int) -> Double {
            Double(channels) / Double(self.channels) * height
        }

        /// 1, 2 or 5 times a power of ten: the least that needs no more than `count` steps.
        static func step(over range: Int, atMost count: Int) -> Int {
            var power = 1
            while true {
                for factor in [1, 2, 5] where range / (factor * power) <= count {
                    return factor * power
                }
                power *= 10
            }
        }
    }

    private static let top = 40.0

    let name: String
    let layers: Silhouette
    private let stream: Silhouette

    init(name: String, graph: Graph) {
        self.name = name
        layers = Silhouette(graph)
        stream = Silhouette(graph, measure: .stream)
    }

    var depth: Int { layers.widths.count }
    var greatestWidth: Int { max(layers.greatestWidth, stream.greatestWidth) }

    /// The numbers in words.
    var sentence: String {
        "\(name) has \(depth) layers of at most \(Numbers.grouped(layers.greatestWidth)) channels; "
            + "\(quotient)."
    }

    private var quotient: String {
        let own = "Q = \(Numbers.fixed(layers.isoperimetricQuotient, decimals: 3))"
        guard stream != layers else { return own }
        let other = Numbers.fixed(stream.isoperimetricQuotient, decimals: 3)
        return own + ", of the dashed outline \(other)"
    }

    func height(_ scale: Scale) -> Double {
        Self.top + max(scale.extent(greatestWidth), 14) + 22
    }

    func elements(_ scale: Scale) -> [SVGElement] {
        let middle = Self.top + max(scale.extent(greatestWidth), 14) / 2
        let size = "\(depth) layers, up to \(Numbers.grouped(layers.greatestWidth)) channels"
        let numbers = "\(quotient); \(size)"
        let room = 850 - TextWidth.of(numbers, size: 13)
        let title = TextWidth.fitted(name, in: room, size: 14, isBold: true)
        // A background behind the text hides the grid.
        var elements: [SVGElement] = [
            .rectangle(
                at: Point(x: 18, y: 4), width: Drawing.pageWidth - 36, height: 26,
                .init(fill: Palette.paper)),
            .text(title, at: Point(x: 20, y: 22), size: 14, isBold: true),
            .text(numbers, at: Point(x: 880, y: 22), size: 13, anchor: .end),
        ]
        elements += ticks(scale, middle: middle)
        elements.append(
            .path(
                outline(of: layers, scale, middle: middle), isClosed: true,
                .init(fill: Palette.sky, stroke: Palette.blue, strokeWidth: 0.8)))
        if stream != layers {
            elements.append(
                .path(
                    outline(of: stream, scale, middle: middle), isClosed: true,
                    .init(stroke: Palette.ink, strokeWidth: 1, dashes: "4 3")))
        }
        elements.append(
            .path(
                [Point(x: scale.left, y: middle), Point(x: scale.x(depth), y: middle)],
                .init(stroke: Palette.ink, strokeWidth: 0.6)))
        return elements
    }

    /// The channels at the left, above and below the axis alike.
    private func ticks(_ scale: Scale, middle: Double) -> [SVGElement] {
        // Half of the channels are above the axis, and labels need 16 units.
        let step = Scale.step(over: scale.channels, atMost: max(Int(scale.height / 32), 1))
        let end = scale.extent(greatestWidth) / 2
        var elements: [SVGElement] = [
            .path(
                [
                    Point(x: scale.left, y: middle - end), Point(x: scale.left, y: middle + end),
                ], .init(stroke: Palette.ink))
        ]
        for channels in stride(from: 0, through: greatestWidth, by: step) {
            for side in channels == 0 ? [1.0] : [-1, 1] {
                let y = middle + side * scale.extent(channels) / 2
                elements.append(
                    .path(
                        [Point(x: scale.left - 4, y: y), Point(x: scale.left, y: y)],
                        .init(stroke: Palette.ink)))
                elements.append(
                    .text(
                        Figures.short(channels), at: Point(x: scale.left - 7, y: y + 4), size: 11,
                        anchor: .end))
            }
        }
        return elements
    }

    /// The corners of a silhouette, around the axis at `middle`.
    private func outline(
        of silhouette: Silhouette, _ scale: Scale, middle: Double
    ) -> [Point] {
        var upper: [Point] = []
        var (depth, widths) = (0, silhouette.widths[...])
        while let width = widths.first {
            let run = widths.prefix { $0 == width }.count
            let y = middle - scale.extent(width) / 2
            upper.append(Point(x: scale.x(depth), y: y))
            upper.append(Point(x: scale.x(depth + run), y: y))
            widths = widths.dropFirst(run)
            depth += run
        }
        return upper + upper.reversed().map { Point(x: $0.x, y: 2 * middle - $0.y) }
    }
}
