// SPDX-License-Identifier: Apache-2.0

extension NetworkSummary {
    /// A residual block: consecutive layers that add to one shortcut.
    public struct Block: Codable, Hashable, Sendable {
        /// The block's name, for example `group0.block0`: also that of the sum that ends it.
        public let name: String
        /// The kernels of its residual branch in the paper's notation, for example `B(3,3)`.
        public let kind: String
        /// The shape of the result for one image, `CxHxW`.
        public let output: String
        /// The number of trainable parameters.
        public let parameters: Int
        /// The multiply-adds for one image.
        public let multiplyAdds: Int
    }
}

extension NetworkSummary.Block {
    /// The blocks of a network: a layer belongs to the sum whose name begins its own.
    static func blocks(of layers: [NetworkSummary.Layer]) -> [Self] {
        let members = Dictionary(grouping: layers) { $0.block }
        return layers.filter { $0.kind == .add }.map { sum in
            let layers = members[sum.name] ?? []
            return Self(
                name: sum.name, kind: kind(layers), output: sum.output,
                parameters: layers.map(\.parameters).reduce(0, +),
                multiplyAdds: layers.map(\.multiplyAdds).reduce(0, +))
        }
    }

    private static func kind(_ layers: [NetworkSummary.Layer]) -> String {
        let sizes = layers.filter {
            $0.kind == .convolution && !$0.isShortcut
        }.compactMap { $0.kernel?.split(separator: "x").first }
        return "B(\(sizes.joined(separator: ",")))"
    }
}

extension NetworkSummary.Layer {
    /// Whether the layer is on a block's shortcut: it stands beside the branch, and only the branch has a chain of numbers.
    package var isShortcut: Bool {
        [".shortcut", ".downsample", ".downsample.0", ".downsample.1"].contains {
            name.hasSuffix($0)
        }
    }
}
