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

    @Test(
        "is also read as other programs spell it",
        arguments: [
            ("wide_resnet50_2", "wrn-50-2"), ("wide_resnet101_2", "wrn-101-2"),
            ("WRN_28_10", "wrn-28-10"), ("WRN-28-10", "wrn-28-10"),
            ("wideresnet28-10", "wrn-28-10"), ("WideResNet-28x10", "wrn-28-10"),
            ("wrn28_10", "wrn-28-10"), ("wrn40_2_b131", "wrn-40-2-b131"),
            ("resnet50", "resnet-50"), ("ResNet18", "resnet-18"), ("resnet_110", "resnet-110"),
            ("preactresnet164", "preact-resnet-164"), ("preact_resnet18", "preact-resnet-18"),
        ])
    func readsOtherSpellings(_ spelling: String, _ name: String) throws {
        #expect(try Zoo.network(named: spelling).name == name)
    }

    @Test(
        "that is nearly a network's is answered with the nearest",
        arguments: [
            ("wm-28-10", "wrn-28-10"), ("wrn-28", "wrn-28-10"), ("resnt-110", "resnet-110"),
            ("wrn-28-1o", "wrn-28-10"),
        ])
    func suggests(_ name: String, _ nearest: String) {
        let error = #expect(throws: GraphError.self) { try Zoo.network(named: name) }
        #expect(error?.description.contains("\"\(name)\" names no network; did you mean ") == true)
        #expect(error?.description.contains(nearest) == true, "\(error?.description ?? "")")
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
        #expect(error?.description.hasPrefix("\"\(name)\" names no network") == true)
        #expect(error?.description.contains("wrn-") == true)
    }
}
