// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The zoo finds a network by its name")
struct ZooTests {
    @Test(
        "for small images or for ImageNet",
        arguments: [
            ("wrn-28-10", 10, 32), ("wrn-40-2", 10, 32), ("wrn-52-1", 10, 32),
            ("wrn-16-1.5", 10, 32), ("wrn-50-2", 1000, 224), ("wrn-101-2", 1000, 224),
            ("wrn-152-2", 1000, 224), ("wrn-50-0.25", 1000, 224), ("resnet-50", 1000, 224),
            ("resnet-152", 1000, 224), ("wrn-50-2-v1", 1000, 224), ("resnet-101-v1", 1000, 224),
        ])
    func finds(name: String, classes: Int, size: Int) throws {
        let network = try Zoo.network(named: name)
        #expect(network.name == name)
        #expect(network.classes == classes)
        #expect(network.usualImageSize == size)
        #expect(network is WideResNet == (size == 32))
        let again = try Zoo.network(named: network.name)
        #expect(try again.graph(height: 9, width: 9) == network.graph(height: 9, width: 9))
    }

    @Test(
        "in other spellings too",
        arguments: [
            ("WRN-50-2", "wrn-50-2"), ("wrn-50-2.0", "wrn-50-2"), ("ResNet-50", "resnet-50"),
            ("wrn-101-1", "resnet-101"), ("WRN-50-2-V1", "wrn-50-2-v1"), ("WRN-28-10", "wrn-28-10"),
        ])
    func spellings(name: String, canonical: String) throws {
        #expect(try Zoo.network(named: name).name == canonical)
    }

    @Test("and takes classes, dropout and channels along")
    func numbers() throws {
        let small = try Zoo.network(named: "wrn-16-4", classes: 7, dropout: 0.3, inputChannels: 1)
        #expect(
            small as? WideResNet
                == (try WideResNet(depth: 16, width: 4, classes: 7, dropout: 0.3, inputChannels: 1))
        )
        let large = try Zoo.network(named: "wrn-50-2-v1", classes: 7, inputChannels: 1)
        #expect(
            large as? ImageNetWideResNet
                == (try ImageNetWideResNet(
                    depth: 50, width: 2, stridePlacement: .firstConvolution, classes: 7,
                    inputChannels: 1)))
    }

    @Test(
        "or says in a sentence why not",
        arguments: [
            (
                "vgg-16",
                "\"vgg-16\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10 or wrn-50-2, "
                    + "or resnet-DEPTH, for example resnet-50"
            ),
            (
                "resnet-50-2",
                "\"resnet-50-2\" names no network for ImageNet: expected wrn-DEPTH-WIDTH or resnet-DEPTH, "
                    + "for example wrn-50-2 or resnet-50, with -v1 for the original place of the stride"
            ),
            (
                "resnet-18",
                "depth 18 is none of a bottleneck network for ImageNet; they are 50, 101 and 152"
            ),
            (
                "wrn-50-0",
                "width 0 is out of range: widths are at least 1/64, so that the first stage has a channel, "
                    + "and at most 1024; the paper's is 2"
            ),
            (
                "wrn-49-2",
                "depth 49 is not a Wide ResNet's: depths are 6N+4 (10, 16, 22, 28, ... up to 10000); "
                    + "the nearest are 46 and 52"
            ),
        ])
    func refuses(name: String, sentence: String) {
        let error = #expect(throws: GraphError.self) { try Zoo.network(named: name) }
        #expect(error?.description == sentence)
    }

    @Test(
        "and never traps",
        arguments: [
            "", "-", "wrn", "wrn-50", "wrn-50-", "wrn--2", "resnet", "resnet-", "resnet-50-", "v1",
            "resnet-v1", "wrn-v1", "wrn-50-v1", "wrn-50-2-v1-v1", "wrn-50-2-v2", "resnet-50-1-1",
            "wrn-50-1e1", "wrn-50-nan", "wrn-50-1025", "wrn-50-99999999999999999999",
            "wrn-28-10-v1",
            "resnet-99999999999999999999", "wrn-٥٠-2",
        ])
    func refusesNonsense(name: String) {
        #expect(throws: GraphError.self) { try Zoo.network(named: name) }
    }

    @Test("no dropout where the blocks have no place for it")
    func dropout() {
        let error = #expect(throws: GraphError.self) {
            try Zoo.network(named: "wrn-50-2", dropout: 0.3)
        }
        #expect(
            error?.description
                == "wrn-50-2 has no dropout in its blocks, so dropout must be 0, not 0.3")
    }

    @Test("classes and channels are checked for every family", arguments: ["wrn-16-1", "wrn-50-2"])
    func limits(name: String) {
        for (classes, channels, sentence) in [
            (0, 3, "classes must be in 1...1000000, not 0"),
            (
                10, 1025,
                "input channels must be in 1...1024, not 1025 (3 for colour, 1 for grey)"
            ),
        ] {
            let error = #expect(throws: GraphError.self) {
                try Zoo.network(named: name, classes: classes, inputChannels: channels)
            }
            #expect(error?.description == sentence)
        }
    }
}
