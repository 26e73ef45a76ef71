// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The name of a Wide ResNet")
struct NameTests {
    @Test(
        "is read and printed alike",
        arguments: ["wrn-28-10", "wrn-10-1", "wrn-16-1.5", "wrn-40-0.25", "wrn-16-0.0625"])
    func roundTrips(name: String) throws {
        #expect(try WideResNet(name: name).name == name)
    }

    @Test(
        "may be written in other ways", arguments: ["WRN-28-10", "Wrn-28-10.0", "wrn-28-010"])
    func readsVariants(name: String) throws {
        #expect(try WideResNet(name: name).name == "wrn-28-10")
    }

    @Test("carries depth and width; the rest is given beside it")
    func carriesDepthAndWidth() throws {
        let network = try WideResNet(name: "wrn-16-4", classes: 7, dropout: 0.3, inputChannels: 1)
        let same = try WideResNet(depth: 16, width: 4, classes: 7, dropout: 0.3, inputChannels: 1)
        #expect(network == same)
    }

    @Test(
        "that names no network is refused in a sentence with an example",
        arguments: [
            "", "wrn", "wrn-28", "wrn-28-", "wrn--10", "wrn-28-ten",
            "wrn-28.5-10", "wrn-28-1e1", "wrn-28-0x10", "wrn-+28-10", "wrn-28-nan", "wrn-28-inf",
            "wrn-28-1.2.3", "wrn-28- 10", "wrn-99999999999999999999-10", "wrn-٢٨-10",
        ])
    func refusesOtherNames(name: String) {
        let error = #expect(throws: GraphError.self) { try WideResNet(name: name) }
        #expect(
            error?.description
                == "\"\(name)\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10, "
                + "wrn-40-2-b131 or wrn-50-2, or resnet-DEPTH or preact-resnet-DEPTH, "
                + "for example resnet-50")
    }
}
