// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension WideResNet {
    /// The network's name, for example `wrn-28-10`, `wrn-16-1.5`, `wrn-40-2-b131`,
    /// `wrn-40-2-b131-table2` or `wrn-28-10-leaky0.1-rawshortcut`.
    public var name: String {
        var name = "wrn-\(depth)-\(Self.text(of: width))"
        if block != .basic { name += "-" + block.ending }
        // Blocks of two convolutions are counted alike by both rules.
        if depthRule == .twoPerBlock { name += "-table2" }
        let isPlain = block == .basic && depthRule == .countingConvolutions
        if isPlain, NetworkName.isForImageNet(isWide: true, depth: depth, width: width) {
            name += "-cifar"
        }
        return name + variant.endings(unlike: NetworkVariant())
    }

    /// Reads a name such as `wrn-28-10`, `WRN-16-1.5`, `wrn-40-2-b131`, `wrn-40-2-l3` or
    /// `wrn-40-2-b131-table2`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are no Wide
    ///   ResNet's.
    public init(
        name: String, classes: Int = 10, dropout: Double = 0, inputChannels: Int = 3
    ) throws(GraphError) {
        try self.init(
            NetworkName(name), classes: classes, dropout: dropout, inputChannels: inputChannels)
    }

    init(
        _ name: NetworkName, classes: Int, dropout: Double, inputChannels: Int
    ) throws(GraphError) {
        guard name.isWide, name.order == .post else {
            throw .invalidArchitecture(
                "\"\(name.text)\" names no Wide ResNet for small images: expected wrn-DEPTH-WIDTH, "
                    + "for example wrn-28-10, whose blocks are pre-activation ones already")
        }
        var (block, rule) = (BlockType?.none, DepthRule.countingConvolutions)
        for ending in name.endings {
            switch ending {
            case .block(let named) where block == nil: block = named
            case .block:
                throw .invalidArchitecture("\"\(name.text)\" names no network: it has two blocks")
            case .twoPerBlock: rule = .twoPerBlock
            default: continue
            }
        }
        try name.checkEndings(
            { ending in
                switch ending {
                case .block, .twoPerBlock, .small: true
                default: false
                }
            }, of: "a Wide ResNet for small images")
        let network = try WideResNet(
            depth: name.depth, width: name.width, block: block ?? .basic, depthRule: rule,
            classes: classes, dropout: dropout, inputChannels: inputChannels)
        self = try network.applying(name.changes)
    }
}
