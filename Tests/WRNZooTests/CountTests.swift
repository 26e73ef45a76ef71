// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The counts of a Wide ResNet")
struct CountTests {
    @Test("are the paper's", arguments: PaperCounts.all)
    func areThePapers(row: PaperCounts) throws {
        let network = try WideResNet(depth: row.depth, width: row.width, classes: row.classes)
        let graph = try network.graph()
        #expect(graph.parameterCount == row.parameters)
        #expect(network.closedFormParameterCount == row.parameters)
        #expect(graph.statisticsCount == row.statistics)
        #expect(convolutions(of: graph).count == row.convolutions)
        #expect(normalizations(of: graph).count == row.normalizations)
        #expect(graph.multiplyAdds == row.multiplyAdds)
    }

    @Test("cover the networks of the paper with 10 and with 100 classes")
    func tableIsComplete() {
        #expect(PaperCounts.all.count == 56)
        let names = Set(PaperCounts.all.map { "\($0.depth)-\(Int($0.width))-\($0.classes)" })
        #expect(names.count == 56)
        #expect(names.isSuperset(of: ["28-10-10", "28-10-100", "40-4-10", "16-8-10", "52-1-10"]))
    }

    @Test(
        "are the closed form's for any depth and width",
        arguments: [10, 16, 22, 28, 34, 100],
        [0.0625, 0.25, 0.7, 0.99, 1, 1.1, 1.5, 2, 2.5, 3, 4.75, 12, 20])
    func closedFormIsTheGraphs(depth: Int, width: Double) throws {
        for (classes, channels) in [(1, 1), (10, 3), (37, 4), (1000, 1)] {
            let network = try WideResNet(
                depth: depth, width: width, classes: classes, dropout: 0.3, inputChannels: channels)
            let count = try network.graph().parameterCount
            #expect(network.closedFormParameterCount == count)
        }
    }

    @Test("of parameters do not depend on the image's size or on dropout; those of work do")
    func sizeChangesWorkOnly() throws {
        let small = try WideResNet(depth: 16, width: 2).graph(height: 16, width: 24)
        let large = try WideResNet(depth: 16, width: 2, dropout: 0.3).graph(height: 32, width: 48)
        #expect(small.parameters == large.parameters)
        let head = 128 * 10
        #expect(4 * (small.multiplyAdds - head) == large.multiplyAdds - head)
    }
}

/// The convolution nodes of `graph`.
func convolutions(of graph: Graph) -> [Node] {
    graph.nodes.filter { if case .convolution = $0.operation { true } else { false } }
}

/// The batch normalisation nodes of `graph`.
func normalizations(of graph: Graph) -> [Node] {
    graph.nodes.filter { if case .batchNormalization = $0.operation { true } else { false } }
}
