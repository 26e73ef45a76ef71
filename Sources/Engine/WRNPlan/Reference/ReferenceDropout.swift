// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNRandom

/// Dropout's mask, drawn value by value from the random stream that the engine's bits come from too.
struct ReferenceDropout {
    private let dropout: Dropout
    private let shape: FeatureShape
    private let stream: RandomStream

    init(_ dropout: Dropout, _ node: Node, seed: UInt64, step: Int) {
        self.dropout = dropout
        shape = node.shape
        stream = RandomStream(
            seed: seed, purpose: .dropout, step: step, item: node.id.index)
    }

    /// 0 for a dropped value, 1 / (1 - p) for a kept one, in NHWC order.
    func mask(images: Int) -> [Double] {
        let blocks = (shape.channels + 15) / 16
        let threshold = UInt32(dropout.probability * 0x1p32)
        return (0..<images * shape.elementCount).map { index in
            let (pixel, c) = index.quotientAndRemainder(dividingBy: shape.channels)
            // Sixteen channels of a pixel share four blocks of four random words.
            let (block, lane) = c.quotientAndRemainder(dividingBy: 16)
            let word = stream.words(at: (pixel * blocks + block) * 4 + lane / 4)[lane % 4]
            return word >= threshold ? 1 / (1 - dropout.probability) : 0
        }
    }
}
