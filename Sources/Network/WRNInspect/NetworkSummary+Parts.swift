// SPDX-License-Identifier: Apache-2.0

extension NetworkSummary {
    /// A line of the summary's tree: a stage, a block, or a layer.
    public struct Part: Codable, Hashable, Sendable {
        /// The dotted name, for example `group0.block0.conv1`.
        public let name: String
        /// The level in the tree: 1 for stages and for layers outside of them, 2 for
        /// blocks, 3 for layers of blocks.
        public let level: Int
        /// The kernel of a layer, `3x3/2`, the type of a block, `B(3,3)`, or the blocks of a stage,
        /// `4 x B(3,3)`.
        public let kernel: String?
        /// The shape that goes in for one image, `CxHxW`.
        public let input: String
        /// The shape of the result for one image, `CxHxW`.
        public let output: String
        /// The number of trainable parameters.
        public let parameters: Int
        /// The multiply-adds for one image.
        public let multiplyAdds: Int
        /// Whether the tree has lines below it.
        public let isOpen: Bool

        /// The name without those of the stage and the block.
        public var label: Substring {
            var label = name[...]
            for _ in 1..<level {
                guard let dot = label.firstIndex(of: ".") else { break }
                label = label[label.index(after: dot)...]
            }
            return label
        }
    }

    /// The depth at which ``parts(depth:)`` shows all layers.
    public static let maximumDepth = 4

    /// The tree of stages, blocks and layers.
    ///
    /// - Parameter depth: 1 for stages, 2 for blocks too, 3 for layers too but ReLUs and sums, 4
    ///   for all.
    public func parts(depth: Int) -> [Part] {
        var parts: [Part] = []
        var (stage, block) = (String?.none, String?.none)
        let owners = blocksByName
        let inputs = Dictionary(
            layers.map { ($0.block, $0.inputShape) }, uniquingKeysWith: { first, _ in first })
        for layer in layers {
            guard let name = layer.block, let owner = owners[name] else {
                (stage, block) = (nil, nil)
                if layer.isShown(atDepth: depth) { parts.append(Part(layer, level: 1)) }
                continue
            }
            let input = inputs[name] ?? ""
            if owner.stage != stage {
                stage = owner.stage
                let members = blocks.filter { $0.stage == stage }
                parts.append(Part(stage: owner.stage, of: members, input: input, isOpen: depth > 1))
            }
            if name != block, depth > 1 {
                parts.append(Part(owner, input: input, isOpen: depth > 2))
            }
            block = name
            if depth > 2, layer.isShown(atDepth: depth) {
                parts.append(Part(layer, level: 3))
            }
        }
        return parts
    }
}

extension NetworkSummary.Block {
    /// The stage that the block belongs to: its name without the last part.
    var stage: String {
        name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }
}

extension NetworkSummary.Layer {
    /// Layers with parameters, a change of resolution or dropout are shown at smaller depths than
    /// ReLUs and sums.
    fileprivate func isShown(atDepth depth: Int) -> Bool {
        if depth >= NetworkSummary.maximumDepth { return true }
        switch kind {
        case .input, .activation, .add: return false
        case .convolution, .batchNormalization, .dropout, .subsampling, .maxPooling,
            .globalAveragePooling, .linear:
            return true
        }
    }
}

extension NetworkSummary.Part {
    fileprivate init(_ layer: NetworkSummary.Layer, level: Int) {
        name = layer.name
        self.level = level
        kernel = layer.kernel
        input = layer.inputShape
        output = layer.output
        parameters = layer.parameters
        multiplyAdds = layer.multiplyAdds
        isOpen = false
    }

    fileprivate init(_ block: NetworkSummary.Block, input: String, isOpen: Bool) {
        name = block.name
        level = 2
        kernel = block.kind
        self.input = input
        output = block.output
        parameters = block.parameters
        multiplyAdds = block.multiplyAdds
        self.isOpen = isOpen
    }

    fileprivate init(
        stage: String, of blocks: [NetworkSummary.Block], input: String, isOpen: Bool
    ) {
        name = stage
        level = 1
        let kinds = Set(blocks.map(\.kind))
        kernel = "\(blocks.count) x " + (kinds.count == 1 ? kinds.first ?? "" : "block")
        self.input = input
        output = blocks.last?.output ?? ""
        parameters = blocks.map(\.parameters).reduce(0, +)
        multiplyAdds = blocks.map(\.multiplyAdds).reduce(0, +)
        self.isOpen = isOpen
    }
}
