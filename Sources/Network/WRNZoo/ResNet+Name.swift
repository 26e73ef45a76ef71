// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension ResNet {
    /// The network's name, for example `resnet-20`, `resnet-20-b`, `resnet-50-cifar`,
    /// `preact-resnet-164` or `resnet-20-padboth`; an ending says what is not as usual.
    public var name: String {
        var name = (activationOrder == .pre ? "preact-" : "") + "resnet-\(depth)"
        var isPlain = true
        if block != Self.usualBlock(depth: depth) {
            name += block == .basic ? "-basic" : "-bottleneck"
            isPlain = false
        }
        if shortcut != Self.usualShortcut(block, activationOrder) {
            name += shortcut == .subsampling ? "-a" : "-b"
            isPlain = false
        }
        if isPlain, NetworkName.isForImageNet(isWide: false, depth: depth, width: 1) {
            name += "-cifar"
        }
        return name
            + variant.endings(unlike: Self.usualVariant(block, activationOrder, shortcut))
    }

    /// Reads a name such as `resnet-20`, `ResNet-110-B`, `preact-resnet-164` or `resnet-50-cifar`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are none of
    ///   these networks'.
    public init(name: String, classes: Int = 10, inputChannels: Int = 3) throws(GraphError) {
        try self.init(NetworkName(name), classes: classes, inputChannels: inputChannels)
    }

    init(_ name: NetworkName, classes: Int, inputChannels: Int) throws(GraphError) {
        guard !name.isWide else {
            throw .invalidArchitecture(
                "\"\(name.text)\" names no ResNet: expected resnet-DEPTH, for example resnet-110, "
                    + "or preact-resnet-DEPTH, for example preact-resnet-164")
        }
        var (block, shortcut) = (Block?.none, Shortcut?.none)
        for ending in name.endings {
            switch ending {
            case .residualBlock(let named) where block == nil: block = named
            case .shortcut(let named) where shortcut == nil: shortcut = named
            case .residualBlock, .shortcut:
                throw .invalidArchitecture(
                    "\"\(name.text)\" names no network: two of its endings contradict each other")
            default: continue
            }
        }
        try name.checkEndings(
            { ending in
                switch ending {
                case .residualBlock, .shortcut, .small: true
                default: false
                }
            }, of: "a ResNet for small images")
        let network = try ResNet(
            depth: name.depth, block: block, activationOrder: name.order, shortcut: shortcut,
            classes: classes, inputChannels: inputChannels)
        self = try network.applying(name.changes)
    }
}
