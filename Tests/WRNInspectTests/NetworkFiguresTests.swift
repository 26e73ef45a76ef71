// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNInspect
import WRNZoo

@Suite("The figures of a network")
struct NetworkFiguresTests {
    private func figures(_ name: String) throws -> NetworkFigures {
        let network = try Zoo.network(named: name)
        return NetworkFigures(
            network,
            try network.graph(height: network.usualImageSize, width: network.usualImageSize))
    }

    @Test("are those of its graph and of the paper")
    func wide() throws {
        let figures = try figures("wrn-28-10")
        #expect(figures.depth == 28)
        // Two of three shortcuts' and 24 of 25 other convolutions wait for one another, and the
        // linear layer does.
        #expect(figures.sequentialSteps == 26)
        #expect(figures.widestChannels == 640)
        #expect(figures.blocks == 12)
        #expect(figures.parameters == 36_479_194)
        #expect(figures.multiplyAdds == 5_243_328_768)
        #expect(figures.paperErrors.map(\.table) == [4, 4, 5, 5, 6, 6, 6, 6])
        #expect(figures.paperErrors.first?.error == 4.17)
    }

    @Test("activations are what convolutions and the linear layer put out")
    func activations() throws {
        // conv0, then per group shortcut, conv0, conv1, and ten logits.
        let wanted = 16 * 1024 + 2 * 16 * 1024 + 3 * 32 * 256 + 3 * 64 * 64 + 10
        #expect(try figures("wrn-10-1").activations == wanted)
    }

    @Test(
        "the sequential depth of a ResNet is the one in its name",
        arguments: [
            ("resnet-18", 18), ("resnet-50", 50), ("resnet-101", 101), ("resnet-110", 110),
            ("resnet-20-b", 20), ("preact-resnet-164", 164), ("preact-resnet-200", 200),
            ("wrn-101-2", 101), ("wrn-34-3", 34),
        ])
    func depth(name: String, depth: Int) throws {
        let figures = try figures(name)
        #expect(figures.sequentialSteps == depth)
        #expect(figures.depth == depth)
    }
}
