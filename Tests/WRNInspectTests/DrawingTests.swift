// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNGraph
import WRNZoo

@testable import WRNInspect

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Drawings of networks")
struct DrawingTests {
    static let names = [
        "wrn-28-10", "wrn-10-0.0625", "wrn-40-2-b131", "wrn-10-1-b3-table2", "wrn-50-2",
        "resnet-101",
        "resnet-20", "resnet-164", "preact-resnet-164-a", "preact-resnet-200", "wrn-10000-1",
    ]

    private func drawings(_ name: String, called title: String? = nil) throws -> [Drawing] {
        let network = try Zoo.network(named: name)
        let graph = try network.graph(
            height: network.usualImageSize, width: network.usualImageSize)
        let name = title ?? name
        return [
            BlockDiagram(graph, name: name).drawing, NetworkDiagram(graph, name: name).drawing,
            SilhouetteDiagram([(name, graph), ("again", graph)]).drawing,
        ]
    }

    @Test("are valid XML with a title, a description and a white ground", arguments: names)
    func validXML(_ name: String) throws {
        for drawing in try drawings(name) + [Drawing(title: "all", drawings(name))] {
            let reader = SVGReader(drawing.svg)
            #expect(reader.isValid)
            #expect(reader.elements.prefix(3).map(\.name) == ["svg", "title", "desc"])
            #expect(reader.elements[0].attributes["xmlns"] == "http://www.w3.org/2000/svg")
            #expect(!drawing.description.isEmpty)
        }
    }

    @Test("whatever the network is called")
    func escaping() throws {
        let name = "<a & \"b\">\n\u{0} & wrn"
        for drawing in try drawings("wrn-10-1", called: name) {
            let reader = SVGReader(drawing.svg)
            #expect(reader.isValid)
            #expect(drawing.svg.contains("&lt;a &amp; &quot;b&quot;&gt;"))
        }
    }

    @Test("have texts of at least 11 units that are inside and do not overlap", arguments: names)
    func texts(_ name: String) throws {
        for drawing in try drawings(name) {
            let texts = SVGReader(drawing.svg).texts
            #expect(!texts.isEmpty)
            for text in texts {
                #expect(text.size >= 11)
                #expect(text.left >= 0 && text.right <= Drawing.pageWidth, "\(text)")
                #expect(text.top >= 0 && text.bottom <= drawing.height, "\(text)")
            }
            for (index, text) in texts.enumerated() {
                for other in texts[(index + 1)...] where text.overlaps(other) {
                    Issue.record("\(text.words) overlaps \(other.words) in \(drawing.title)")
                }
            }
        }
    }

    @Test("draw a network without blocks, too")
    func noBlocks() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 3, height: 5, width: 7))
        let y = try builder.convolution(
            Convolution(outputChannels: 4, kernelSize: 3), of: builder.input, name: "conv")
        let graph = builder.graph(output: y)
        #expect(BlockDiagram(graph, name: "plain").blocks.isEmpty)
        for svg in [
            BlockDiagram(graph, name: "plain").svg, NetworkDiagram(graph, name: "plain").svg,
            SilhouetteDiagram([("plain", graph)]).svg,
        ] {
            #expect(SVGReader(svg).isValid)
        }
    }
}
