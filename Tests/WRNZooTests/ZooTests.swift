// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The zoo finds a network by its name")
struct ZooTests {
    static let names: [(String, Int, Int)] = [
        ("wrn-28-10", 10, 32), ("wrn-40-2", 10, 32), ("wrn-52-1", 10, 32),
        ("wrn-16-1.5", 10, 32), ("wrn-50-2", 1000, 224), ("wrn-101-2", 1000, 224),
        ("wrn-152-2", 1000, 224), ("wrn-50-0.25", 1000, 224), ("resnet-50", 1000, 224),
        ("resnet-152", 1000, 224), ("wrn-50-2-v1", 1000, 224), ("resnet-101-v1", 1000, 224),
        ("resnet-18", 1000, 224), ("resnet-34", 1000, 224), ("wrn-18-1.5", 1000, 224),
        ("wrn-34-2", 1000, 224), ("wrn-34-10-imagenet", 1000, 224), ("wrn-34-10", 10, 32),
        ("wrn-34-2-cifar", 10, 32), ("wrn-34-1-cifar", 10, 32), ("wrn-34-2-b3", 10, 32),
        ("wrn-40-2-b131", 10, 32), ("wrn-22-2-b313-table2", 10, 32), ("wrn-40-2-b3333", 10, 32),
        ("resnet-20", 10, 32), ("resnet-20-b", 10, 32), ("resnet-1202", 10, 32),
        ("resnet-164", 10, 32), ("resnet-164-a", 10, 32), ("resnet-164-basic", 10, 32),
        ("resnet-110-bottleneck", 10, 32), ("resnet-50-cifar", 10, 32),
        ("resnet-101-cifar", 10, 32), ("preact-resnet-110", 10, 32),
        ("preact-resnet-110-a", 10, 32), ("preact-resnet-164", 10, 32),
        ("preact-resnet-1001", 10, 32), ("preact-resnet-200", 1000, 224),
        ("preact-resnet-200-v1.5", 1000, 224), ("preact-resnet-200-cifar", 10, 32),
        ("preact-resnet-18", 1000, 224), ("preact-wrn-50-2", 1000, 224),
    ]

    @Test(
        "for small images or for ImageNet",
        arguments: names)
    func finds(name: String, classes: Int, size: Int) throws {
        let network = try Zoo.network(named: name)
        #expect(network.name == name)
        #expect(network.classes == classes)
        #expect(network.usualImageSize == size)
        #expect(network is ImageNetWideResNet == (size == 224))
        #expect(network is WideResNet == (size == 32 && name.hasPrefix("wrn")))
        #expect(network is ResNet == (size == 32 && !name.hasPrefix("wrn")))
        let again = try Zoo.network(named: network.name)
        #expect(try again.graph(height: 33, width: 35) == network.graph(height: 33, width: 35))
    }

    static let otherSpellings: [(String, String)] = [
        ("WRN-50-2", "wrn-50-2"), ("wrn-50-2.0", "wrn-50-2"), ("ResNet-50", "resnet-50"),
        ("wrn-101-1", "resnet-101"), ("wrn-34-1", "resnet-34"),
        ("wrn-40-2-l3", "wrn-40-2-b333"),
        ("WRN-40-2-B131", "wrn-40-2-b131"), ("wrn-28-10-b33-table2", "wrn-28-10"),
        ("wrn-28-10-cifar", "wrn-28-10"), ("wrn-50-2-v1.5-imagenet", "wrn-50-2"),
        ("resnet-20-basic-a", "resnet-20"),
        ("preact-resnet-164-b-bottleneck", "preact-resnet-164"),
        ("resnet-50-b-cifar-basic", "resnet-50-b"),
        ("preact-resnet-200-v1", "preact-resnet-200"), ("WRN-50-2-V1", "wrn-50-2-v1"),
        ("WRN-28-10", "wrn-28-10"),
    ]

    @Test(
        "in other spellings too",
        arguments: otherSpellings)
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

    static let refusals: [(String, String)] = [
        (
            "vgg-16",
            "\"vgg-16\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10, "
                + "wrn-40-2-b131 or wrn-50-2, or resnet-DEPTH or preact-resnet-DEPTH, "
                + "for example resnet-50"
        ),
        (
            "resnet-50-2",
            "\"resnet-50-2\" names no network: -2 is none of the endings, which are for a wrn -b131 "
                + "(kernel sizes of a block), -l3 (3x3 convolutions of a block), -table2, for a resnet "
                + "-a, -b, -basic, -bottleneck, -padboth, and for both -v1, -v1.5, -cifar, -imagenet, "
                + "-leaky0.1, -silu, -rawshortcut, -stride2, -same, -eps0.001"
        ),
        (
            "wrn-28-10-v1",
            "\"wrn-28-10-v1\" names no network: -v1 has no meaning for a Wide ResNet for small images"
        ),
        (
            "wrn-50-2-b131-v1",
            "\"wrn-50-2-b131-v1\" names no network: -v1 has no meaning for a Wide ResNet for small "
                + "images"
        ),
        ("wrn-40-2-b131-b13", "\"wrn-40-2-b131-b13\" names no network: it has two blocks"),
        ("resnet-20-a-a", "\"resnet-20-a-a\" names no network: it has an ending twice"),
        (
            "preact-wrn-28-10",
            "\"preact-wrn-28-10\" names no Wide ResNet for small images: expected wrn-DEPTH-WIDTH, for "
                + "example wrn-28-10, whose blocks are pre-activation ones already"
        ),
        (
            "resnet-18-v1",
            "depth 18 has basic blocks, which have one place for the stride; leave it out, or take "
                + "depth 50"
        ),
        (
            "wrn-60-2-imagenet",
            "depth 60 is none of a network for ImageNet: depths are 18, 34, 50, 101, 152 and 200; the "
                + "nearest is 50"
        ),
        (
            "resnet-165-bottleneck",
            "depth 165 is not a ResNet's for small images: with bottleneck blocks depths are 9n+2, with "
                + "basic 6n+2, up to 10000; the nearest are 164 and 173"
        ),
        (
            "wrn-41-2-b131",
            "depth 41 is not a Wide ResNet's with blocks B(1,3,1): depths are 9N+4 (13, 22, 31, 40, ... "
                + "up to 10000); the nearest are 40 and 49"
        ),
        (
            "wrn-50-0",
            "width 0 is out of range: widths are at least 1/64, so that the first stage has a channel, "
                + "and at most 1024; the nearest of the paper's is 1"
        ),
        (
            "wrn-49-2",
            "depth 49 is not a Wide ResNet's: depths are 6N+4 (10, 16, 22, 28, ... up to 10000); "
                + "the nearest are 46 and 52"
        ),
    ]

    @Test(
        "or says in a sentence why not",
        arguments: refusals)
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
            "preact", "preact-", "preact-resnet", "preact-preact-resnet-20", "resnet-20-b-a",
            "wrn-28-10-", "wrn-28-10-b", "wrn-28-10-b٣٣", "wrn-28-10-l0", "wrn-28-10-l17",
            "wrn-28-10-l99999999999999999999", "wrn-28-10-b33333333333333333",
            "wrn-28-10-table2-v1",
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
