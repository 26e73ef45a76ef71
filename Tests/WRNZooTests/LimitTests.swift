// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The limits of a Wide ResNet")
struct LimitTests {
    @Test("a depth that is not 6N+4 names the rule and the nearest depths")
    func depthNamesRuleAndNearest() {
        let error = #expect(throws: GraphError.self) { try WideResNet(name: "wrn-27-10") }
        #expect(
            error?.description
                == "depth 27 is not a Wide ResNet's: depths are 6N+4 (10, 16, 22, 28, ... up to 10000); "
                + "the nearest are 22 and 28")
    }

    @Test(
        "any other depth names depths that are accepted",
        arguments: [
            (4, "the nearest is 10"), (0, "the nearest is 10"), (-28, "the nearest is 10"),
            (.min, "the nearest is 10"), (11, "the nearest are 10 and 16"),
            (15, "the nearest are 10 and 16"), (9999, "the nearest are 9994 and 10000"),
            (10_006, "the nearest is 10000"), (.max, "the nearest is 10000"),
        ] as [(Int, String)])
    func otherDepths(depth: Int, ending: String) {
        let error = #expect(throws: GraphError.self) { try WideResNet(depth: depth, width: 1) }
        #expect(error?.description.hasSuffix(ending) == true)
        #expect(error?.description.contains("6N+4") == true)
    }

    @Test(
        "a width that leaves the first group without a channel is refused, and one that is too large",
        arguments: [0, -1, 0.06, 1024.5, .infinity, -.infinity, .nan, .greatestFiniteMagnitude])
    func widths(width: Double) {
        let error = #expect(throws: GraphError.self) { try WideResNet(depth: 16, width: width) }
        #expect(error?.description.contains("is out of range: widths are above 0") == true)
    }

    @Test("width 0 says so")
    func widthZero() {
        let error = #expect(throws: GraphError.self) { try WideResNet(name: "wrn-16-0") }
        #expect(
            error?.description
                == "width 0 is out of range: widths are above 0, at least 1/16 so that the first group "
                + "has a channel, and at most 1024; the nearest common one is 1")
    }

    @Test("classes, dropout and channels are checked too")
    func otherNumbers() {
        let wrong: [(Int, Double, Int, String)] = [
            (0, 0, 3, "classes must be in 1...1000000, not 0"),
            (1_000_001, 0, 3, "classes must be in 1...1000000, not 1000001"),
            (10, 1, 3, "dropout must be at least 0 and below 1, not 1.0"),
            (10, -0.1, 3, "dropout must be at least 0 and below 1, not -0.1"),
            (10, .nan, 3, "dropout must be at least 0 and below 1, not nan"),
            (10, 0, 0, "input channels must be in 1...1024, not 0"),
        ]
        for (classes, dropout, channels, sentence) in wrong {
            let error = #expect(throws: GraphError.self) {
                try WideResNet(
                    depth: 16, width: 1, classes: classes, dropout: dropout, inputChannels: channels
                )
            }
            #expect(error?.description.hasPrefix(sentence) == true)
        }
    }

    @Test("the largest network is counted, and on the largest image refused, without a trap")
    func largestNetwork() throws {
        let largest = try WideResNet(depth: WideResNet.maximumDepth, width: 1024)
        let count = try largest.graph(height: 4, width: 4).parameterCount
        #expect(count == largest.closedFormParameterCount)
        let error = #expect(throws: GraphError.self) {
            try largest.graph(height: 65_536, width: 65_536)
        }
        #expect(error?.description.contains("must be at most 1152921504606846976") == true)
    }
}
