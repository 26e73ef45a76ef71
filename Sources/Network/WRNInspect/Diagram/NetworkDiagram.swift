// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
import WRNTensor
import WRNText

/// A drawing of a whole network from top to bottom: its stem, its stages of blocks, pooling and
/// classifier.
///
/// A stage is a run of blocks with results of one shape, each of which reads the one before. Each
/// part has a box as wide as it has channels and as high as its result has rows, both to scale
/// within the drawing.
public struct NetworkDiagram: Hashable, Sendable {
    /// The drawing.
    package let drawing: Drawing

    private static let top = 92.0
    private static let box = (centre: 425.0, width: 230.0, height: 62.0)
    private static let (shapeX, parametersX, multiplyAddsX) = (560.0, 785.0, 880.0)

    /// Draws a network under a name.
    public init(_ graph: Graph, name: String) {
        let rows = NetworkRow.rows(of: graph)
        let widest = Double(rows.map(\.shape.channels).max() ?? 1)
        let highest = Double(rows.map(\.shape.height).max() ?? 1)
        var elements = Self.heading(name, graph)
        var y = Self.top
        for (index, row) in rows.enumerated() {
            let size = (
                width: max(Double(row.shape.channels) / widest * Self.box.width, 2),
                height: max(Double(row.shape.height) / highest * Self.box.height, 2)
            )
            let middle = y + max(size.height, 38) / 2
            elements += Self.elements(of: row, size: size, middle: middle)
            let end = y + max(size.height, 38) + 14
            if index + 1 < rows.count {
                elements.append(
                    .path(
                        [Point(x: 20, y: end - 7), Point(x: 880, y: end - 7)],
                        .init(stroke: Palette.line)))
            }
            y = end
        }
        elements += Self.totals(of: graph, at: y)
        drawing = Drawing(
            title: "\(name): stages", description: Self.description(of: rows, graph, name),
            height: y + 68, elements: elements)
    }

    /// The text of an SVG file.
    public var svg: String { drawing.svg }

    private static func heading(_ name: String, _ graph: Graph) -> [SVGElement] {
        let title = "\(name): stages, for images of \(Figures.shape(graph.inputShape))"
        var elements: [SVGElement] = [
            .text(
                TextWidth.fitted(title, in: 860, size: 16, isBold: true), at: Point(x: 20, y: 34),
                size: 16, isBold: true)
        ]
        let columns: [(String, Double, SVGElement.Anchor)] = [
            ("part", 20, .start), ("box: channels wide, rows high", box.centre, .middle),
            ("channels × size", shapeX, .start), ("parameters", parametersX, .end),
            ("multiply-adds", multiplyAddsX, .end),
        ]
        for (text, x, anchor) in columns {
            elements.append(
                .text(text, at: Point(x: x, y: 66), anchor: anchor, colour: Palette.paleInk))
        }
        elements.append(
            .path([Point(x: 20, y: 76), Point(x: 880, y: 76)], .init(stroke: Palette.ink)))
        return elements
    }

    private static func elements(
        of row: NetworkRow, size: (width: Double, height: Double), middle: Double
    ) -> [SVGElement] {
        func cell(_ text: String, _ x: Double, _ anchor: SVGElement.Anchor) -> SVGElement {
            .text(text, at: Point(x: x, y: middle + 4), anchor: anchor)
        }
        return [
            .text(
                TextWidth.fitted(row.label, in: 275, size: 13, isBold: true),
                at: Point(x: 20, y: middle - 3), size: 13, isBold: true),
            .text(
                TextWidth.fitted(row.names, in: 275, size: 12), at: Point(x: 20, y: middle + 14),
                colour: Palette.paleInk),
            .rectangle(
                at: Point(x: box.centre - size.width / 2, y: middle - size.height / 2),
                width: size.width, height: size.height,
                .init(fill: row.fill, stroke: Palette.ink, strokeWidth: 0.8)),
            cell(
                TextWidth.fitted(Figures.shape(row.shape), in: 160, size: 12), shapeX, .start),
            cell(row.parameters > 0 ? Figures.short(row.parameters) : "–", parametersX, .end),
            cell(row.multiplyAdds > 0 ? Figures.short(row.multiplyAdds) : "–", multiplyAddsX, .end),
        ]
    }

    private static func totals(of graph: Graph, at y: Double) -> [SVGElement] {
        let sentence =
            "\(Numbers.grouped(graph.parameterCount)) parameters, "
            + "\(Numbers.grouped(graph.multiplyAdds)) multiply-adds for one image"
        return [
            .path([Point(x: 20, y: y), Point(x: 880, y: y)], .init(stroke: Palette.ink)),
            .text("in all", at: Point(x: 20, y: y + 24), size: 13, isBold: true),
            .text(
                TextWidth.fitted(sentence, in: 780, size: 13, isBold: true),
                at: Point(x: 880, y: y + 24), size: 13, anchor: .end, isBold: true),
            .text(
                "k, M, G are thousands, millions, thousand millions. "
                    + "What is below a box's least size, 2 units, is drawn with it.",
                at: Point(x: 20, y: y + 48), colour: Palette.paleInk),
        ]
    }

    private static func description(of rows: [NetworkRow], _ graph: Graph, _ name: String) -> String
    {
        "\(name) for images of \(graph.inputShape): "
            + rows.map { "\($0.label) (\($0.shape))" }.joined(separator: "; ")
            + "; \(Numbers.grouped(graph.parameterCount)) parameters."
    }
}

/// A part of a network in one line of its drawing: a stage of blocks, or a layer with its pointwise
/// operations.
struct NetworkRow {
    let label: String
    /// The names of what is in it.
    let names: String
    let shape: FeatureShape
    let parameters: Int
    let multiplyAdds: Int
    let fill: String

    /// The parts of a network in computing order, without the input.
    static func rows(of graph: Graph) -> [NetworkRow] {
        var blockOf: [NodeID: Int] = [:]
        let blocks = ResidualBlock.blocks(of: graph)
        for (index, block) in blocks.enumerated() {
            for node in block.nodes { blockOf[node.id] = index }
        }
        var rows: [NetworkRow] = []
        var layer: [Node] = []
        var stage: [ResidualBlock] = []
        func flush() {
            if let row = NetworkRow(layer: layer) { rows.append(row) }
            if let row = NetworkRow(stage: stage) { rows.append(row) }
            (layer, stage) = ([], [])
        }
        for node in graph.nodes.dropFirst() {
            if let index = blockOf[node.id] {
                let block = blocks[index]
                if stage.last == block { continue }
                let goesOn =
                    stage.last.map {
                        $0.output.id == block.input.id && $0.output.shape == block.output.shape
                    } ?? false
                if !goesOn { flush() }
                stage.append(block)
            } else {
                let goesOn = layer.last.map { node.inputs == [$0.id] } ?? false
                if !(goesOn && OperationFace(node).isPointwise) { flush() }
                layer.append(node)
            }
        }
        flush()
        return rows
    }

    private init?(layer nodes: [Node]) {
        guard let first = nodes.first, let last = nodes.last else { return nil }
        label = nodes.map { OperationFace($0).label }.joined(separator: ", ")
        names = nodes.map(\.name).joined(separator: ", ")
        shape = last.shape
        (parameters, multiplyAdds) = Self.counts(of: nodes)
        fill = OperationFace(first).fill
    }

    private init?(stage blocks: [ResidualBlock]) {
        guard let first = blocks.first, let last = blocks.last else { return nil }
        var kinds: [String] = []
        for block in blocks where !kinds.contains(block.kind) { kinds.append(block.kind) }
        label =
            (blocks.count == 1 ? "1 block " : "\(blocks.count) blocks ")
            + kinds.joined(separator: ", ")
        names = blocks.count == 1 ? first.name : "\(first.name) to \(last.name)"
        shape = last.output.shape
        (parameters, multiplyAdds) = Self.counts(of: blocks.flatMap(\.nodes))
        fill = Palette.blue
    }

    private static func counts(of nodes: [Node]) -> (Int, Int) {
        (
            nodes.lazy.flatMap(\.parameters).filter(\.isTrainable).map(\.shape.elementCount)
                .reduce(0, +),
            nodes.lazy.map(\.multiplyAdds).reduce(0, +)
        )
    }
}
