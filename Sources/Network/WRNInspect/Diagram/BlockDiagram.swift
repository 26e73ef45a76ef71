// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// A drawing of a network's residual blocks, node by node: the first whose shortcut computes
/// something, and the first whose shortcut is the identity.
///
/// A shortcut starts at the node that it reads: the block's input, or the ReLU after the
/// normalisation that it shares with the branch.
package struct BlockDiagram: Hashable, Sendable {
    /// The blocks that are drawn, in computing order: at most two.
    package let blocks: [ResidualBlock]
    /// The drawing.
    package let drawing: Drawing

    /// Draws blocks of a network under a name.
    package init(_ graph: Graph, name: String) {
        let all = ResidualBlock.blocks(of: graph)
        blocks = [
            all.first { !$0.hasIdentityShortcut }, all.first { $0.hasIdentityShortcut },
        ].compactMap { $0 }.sorted { $0.sum.id < $1.sum.id }
        let columns = blocks.map { BlockColumn($0, in: graph, network: name) }
        // A single block is centred.
        let margin =
            (Drawing.pageWidth - Double(max(columns.count, 1)) * BlockColumn.width) / 2
        var elements = columns.enumerated().map { index, column in
            SVGElement.group(
                movedBy: Point(x: margin + Double(index) * BlockColumn.width, y: 0),
                column.elements)
        }
        if columns.isEmpty {
            let sentence = TextWidth.fitted(
                "\(name) has no residual blocks.", in: 860, size: 15, isBold: true)
            elements = [
                .text(
                    sentence, at: Point(x: Drawing.pageWidth / 2, y: 34), size: 15, anchor: .middle,
                    isBold: true)
            ]
        }
        drawing = Drawing(
            title: "\(name): blocks", description: Self.description(of: blocks, in: name),
            height: columns.map(\.height).max() ?? 60, elements: elements)
    }

    /// The text of an SVG file.
    package var svg: String { drawing.svg }

    private static func description(of blocks: [ResidualBlock], in name: String) -> String {
        guard !blocks.isEmpty else { return "\(name) has no residual blocks." }
        return blocks.map { block in
            func words(_ nodes: [Node]) -> String {
                nodes.map { OperationFace($0).label }.joined(separator: ", ")
            }
            let shortcut =
                block.hasIdentityShortcut ? "the identity" : words(block.shortcut)
            return "Block \(block.name) of \(name), \(block.kind): "
                + (block.entry.isEmpty ? "" : "\(words(block.entry)), shared; ")
                + "branch \(words(block.branch)); shortcut \(shortcut); sum"
                + (block.tail.isEmpty ? "." : "; then \(words(block.tail)).")
        }.joined(separator: " ")
    }
}

/// One residual block from top to bottom: the branch as a column of boxes, and the shortcut beside
/// it.
struct BlockColumn {
    static let width = 440.0
    private static let main = (centre: 130.0, width: 210.0)
    private static let side = (centre: 345.0, width: 170.0)
    private static let gap = 20.0
    private static let sumRadius = 13.0
    private static let line = SVGElement.Paint(stroke: Palette.ink, strokeWidth: 1.5)

    private(set) var elements: [SVGElement] = []
    private(set) var height = 0.0
    private let graph: Graph

    init(_ block: ResidualBlock, in graph: Graph, network: String) {
        self.graph = graph
        let title = "\(network): block \(block.name), \(block.kind)"
        elements.append(
            .text(
                TextWidth.fitted(title, in: Self.width - 25, size: 14, isBold: true),
                at: Point(x: 20, y: 34), size: 14, isBold: true))
        let centre = Self.main.centre
        elements.append(
            .text(
                Figures.shape(block.input.shape), at: Point(x: centre, y: 66), anchor: .middle))
        var y = 74.0
        // The line with the shortcut's dot is longer than the others.
        var fork = y + 10
        if block.entry.isEmpty { y = connect(from: y, length: 34) }
        for (index, node) in block.entry.enumerated() {
            if index == 0 { y = connect(from: y, length: Self.gap) }
            y = box(node, at: y, Self.main)
            if index + 1 < block.entry.count { y = connect(from: y, length: Self.gap) }
        }
        if !block.entry.isEmpty {
            fork = y + 10
            y = connect(from: y, length: 34)
        }
        for node in block.branch {
            y = box(node, at: y, Self.main)
            y = connect(from: y, length: node == block.branch.last ? 28 : Self.gap)
        }
        let sum = Point(x: centre, y: y + Self.sumRadius)
        addShortcut(block.shortcut, from: Point(x: centre, y: fork), to: sum)
        addSum(at: sum)
        y = sum.y + Self.sumRadius
        for node in block.tail {
            y = connect(from: y, length: Self.gap)
            y = box(node, at: y, Self.main)
        }
        y = connect(from: y, length: Self.gap)
        elements.append(
            .text(
                Figures.shape(block.output.shape), at: Point(x: centre, y: y + 15),
                anchor: .middle))
        height = y + 36
    }

    /// Adds an arrow down the column.
    ///
    /// - Returns: Its end.
    private mutating func connect(from y: Double, length: Double, x: Double = main.centre) -> Double
    {
        elements.append(
            .path([Point(x: x, y: y), Point(x: x, y: y + length - 6)], Self.line))
        elements.append(Self.head(at: Point(x: x, y: y + length), dx: 0, dy: 1))
        return y + length
    }

    /// Adds a node's box with its upper edge at `y`.
    ///
    /// - Returns: Its lower edge.
    private mutating func box(
        _ node: Node, at y: Double, _ place: (centre: Double, width: Double)
    ) -> Double {
        let face = OperationFace(node)
        let height = Self.height(of: node, in: graph)
        elements.append(
            .rectangle(
                at: Point(x: place.centre - place.width / 2, y: y), width: place.width,
                height: height, corner: 4,
                .init(
                    fill: face.fill, stroke: Palette.ink,
                    dashes: face.fill == Palette.paper ? "5 3" : nil)))
        let room = place.width - 10
        elements.append(
            .text(
                TextWidth.fitted(face.label, in: room, size: 13, isBold: true),
                at: Point(x: place.centre, y: y + 19), size: 13, anchor: .middle, isBold: true,
                colour: face.ink))
        if let change = node.channelChange(in: graph) {
            elements.append(
                .text(
                    TextWidth.fitted(change, in: room, size: 12),
                    at: Point(x: place.centre, y: y + 36), anchor: .middle, colour: face.ink))
        }
        return y + height
    }

    private static func height(of node: Node, in graph: Graph) -> Double {
        node.channelChange(in: graph) == nil ? 28 : 45
    }

    /// Adds the path beside the branch, with its boxes in the middle.
    private mutating func addShortcut(_ nodes: [Node], from fork: Point, to sum: Point) {
        let x = Self.side.centre
        let landing = Point(x: sum.x + Self.sumRadius, y: sum.y)
        // One line below the boxes, which cover it.
        elements.append(
            .path(
                [
                    fork, Point(x: x, y: fork.y), Point(x: x, y: sum.y),
                    Point(x: landing.x + 6, y: landing.y),
                ], Self.line))
        elements.append(Self.head(at: landing, dx: -1, dy: 0))
        elements.append(.circle(at: fork, radius: 3, .init(fill: Palette.ink)))
        let length =
            nodes.map { Self.height(of: $0, in: graph) }.reduce(0, +)
            + Self.gap * Double(max(nodes.count - 1, 0))
        var y = (fork.y + sum.y - length) / 2
        for (index, node) in nodes.enumerated() {
            if index > 0 { y = connect(from: y, length: Self.gap, x: x) }
            y = box(node, at: y, Self.side)
        }
        let label = nodes.isEmpty ? "identity" : "shortcut"
        elements.append(
            .text(
                label, at: Point(x: x + 8, y: fork.y + 20), size: 13,
                isBold: nodes.isEmpty))
    }

    private mutating func addSum(at centre: Point) {
        let arm = 7.0
        elements.append(
            .circle(
                at: centre, radius: Self.sumRadius,
                .init(fill: Palette.paper, stroke: Palette.ink, strokeWidth: 1.5)))
        for (dx, dy) in [(arm, 0.0), (0.0, arm)] {
            elements.append(
                .path(
                    [
                        Point(x: centre.x - dx, y: centre.y - dy),
                        Point(x: centre.x + dx, y: centre.y + dy),
                    ], Self.line))
        }
    }

    /// The head of an arrow that points along (dx, dy).
    private static func head(at tip: Point, dx: Double, dy: Double) -> SVGElement {
        let (back, half) = (8.0, 4.0)
        return .path(
            [
                tip,
                Point(x: tip.x - back * dx - half * dy, y: tip.y - back * dy - half * dx),
                Point(x: tip.x - back * dx + half * dy, y: tip.y - back * dy + half * dx),
            ], isClosed: true, .init(fill: Palette.ink))
    }
}
