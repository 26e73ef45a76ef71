// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor

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
    init(_ block: ResidualBlock) {
        name = block.name
        kind = block.kind
        output = block.output.shape.description
        parameters = block.nodes.lazy.flatMap(\.parameters).filter(\.isTrainable)
            .map(\.shape.elementCount).reduce(0, +)
        multiplyAdds = block.nodes.lazy.map(\.multiplyAdds).reduce(0, +)
    }
}
