// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The counts of a Wide ResNet for ImageNet")
struct ImageNetCountTests {
    /// A name, and what is known of the network on 3x224x224 images with 1000 classes.
    ///
    /// The numbers were counted on models built in PyTorch; torchvision's metadata has the same for
    /// those that it has.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let parameters: Int
        let statistics: Int
        let convolutions: Int
        let multiplyAdds: Int

        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "resnet-50", parameters: 25_557_032, statistics: 53_120, convolutions: 53,
            multiplyAdds: 4_089_184_256),
        Row(
            name: "resnet-101", parameters: 44_549_160, statistics: 105_344, convolutions: 104,
            multiplyAdds: 7_801_405_440),
        Row(
            name: "resnet-152", parameters: 60_192_808, statistics: 151_424, convolutions: 155,
            multiplyAdds: 11_513_626_624),
        Row(
            name: "wrn-50-1.5", parameters: 44_390_824, statistics: 60_672, convolutions: 53,
            multiplyAdds: 7_281_180_672),
        Row(
            name: "wrn-50-2", parameters: 68_883_240, statistics: 68_224, convolutions: 53,
            multiplyAdds: 11_398_021_120),
        Row(
            name: "wrn-101-2", parameters: 126_886_696, statistics: 137_856, convolutions: 104,
            multiplyAdds: 22_753_050_624),
        Row(
            name: "wrn-152-2", parameters: 174_658_344, statistics: 199_296, convolutions: 155,
            multiplyAdds: 34_108_080_128),
    ]

    @Test("are torchvision's", arguments: rows)
    func areKnown(row: Row) throws {
        let network = try ImageNetWideResNet(name: row.name)
        let graph = try network.graph()
        #expect(graph.parameterCount == row.parameters)
        #expect(network.closedFormParameterCount == row.parameters)
        #expect(graph.statisticsCount == row.statistics)
        #expect(convolutions(of: graph).count == row.convolutions)
        #expect(normalizations(of: graph).count == row.convolutions)
        #expect(graph.multiplyAdds == row.multiplyAdds)
    }

    @Test(
        "are the closed form's for any width",
        arguments: [18, 34, 50, 101, 152, 200], [0.015625, 0.3, 0.99, 1, 2.5, 16])
    func closedFormIsTheGraphs(depth: Int, width: Double) throws {
        for (classes, channels) in [(1, 1), (10, 3), (1000, 4)] {
            let network = try ImageNetWideResNet(
                depth: depth, width: width, classes: classes, inputChannels: channels)
            let graph = try network.graph(height: 33, width: 17)
            #expect(network.closedFormParameterCount == graph.parameterCount)
        }
    }

    @Test("of parameters do not depend on where the stride is; those of work do")
    func stridePlacement() throws {
        let today = try ImageNetWideResNet(depth: 50, width: 1).graph()
        let original = try ImageNetWideResNet(
            depth: 50, width: 1, stridePlacement: .firstConvolution
        ).graph()
        #expect(today.parameters == original.parameters)
        // He et al. state 3.8 billion.
        #expect(original.multiplyAdds == 3_857_973_248)
    }
}
