// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// A drawing of a network's residual blocks, node by node: the first whose shortcut computes something, and the first whose
/// shortcut is the identity.
///
/// A shortcut begins where it truly does: at the block's input, or behind the normalisation and ReLU that it shares with the
/// branch.
public struct BlockDiagram: Hashable, Sendable {
    /// The blocks that are drawn, in computing order: at most two.
    public let blocks: [ResidualBlock]
    /// The drawing.
    public let drawing: Drawing

    /// Draws blocks of a network, which is called `name`.
    public init(_ graph: Graph, name: String) {
        let all = ResidualBlock.blocks(of: graph)
        blocks = [
            all.first { !$0.hasIdentityShortcut }, all.first { $0.hasIdentityShortcut },
        ].compactMap { $0 }.sorted { $0.sum.id < $1.sum.id }
        let columns = blocks.map { BlockColumn($0, in: graph, network: name) }
        // One block alone stands in the middle.
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
    public var svg: String { drawing.svg }

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
