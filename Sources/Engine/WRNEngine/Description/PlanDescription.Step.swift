// SPDX-License-Identifier: Apache-2.0

package import WRNPlan

extension PlanDescription {
    /// One piece of work, with what is fused into it.
    package struct Step: Codable, Hashable, Sendable {
        /// The step's place, from 1.
        package let number: Int
        /// The kind of the operation.
        package let kind: StepOutline.Kind
        /// The name of the node that it belongs to; empty for steps of all nodes.
        package let node: String
        /// The algorithm that the written rule chose; nil where there is only one.
        package let algorithm: Algorithm?
        /// The division of the work into tasks, in words.
        package let cut: String
        /// A convolution's kernel, `3x3`, with the stride behind a slash where it is not 1:
        /// `3x3/2`.
        package let kernel: String?
        /// The operations that are computed as values are loaded and never stored, in their order.
        package let readsThrough: [StepOutline.Fusion]
        /// The operations on the result while it is still in the cache, in their order.
        package let finishesWith: [StepOutline.Fusion]
        /// The extents of what it writes, joined by `x`: `CxHxW` for one image's features,
        /// `OxCxKxK` for a weight.
        package let shape: String
        /// The name of what it writes.
        package let writes: String
        /// Its place in the arena; nil for what lies elsewhere, such as the gradients of weights.
        package let arenaOffset: Int?
        /// The bytes of what it writes.
        package let byteCount: Int
        /// The multiply-adds of the whole batch, had every convolution been a direct one.
        package let multiplyAdds: Int
        /// The bytes of all that it touches, each counted once.
        package let touchedByteCount: Int
        /// The time that ``PlanDescription/costModel`` gives it.
        package let predictedSeconds: Double
        /// The median of the measured times.
        package internal(set) var measuredSeconds: Double?

        /// 2 x multiply-adds / measured seconds / 10⁹; nil where nothing is multiplied or nothing
        /// was measured.
        package var effectiveGigaflops: Double? {
            guard multiplyAdds > 0, let measuredSeconds, measuredSeconds > 0 else { return nil }
            return 2e-9 * Double(multiplyAdds) / measuredSeconds
        }
    }

    /// The algorithm of a convolution or one of its gradients.
    package enum Algorithm: String, Codable, Hashable, Sendable, CaseIterable {
        /// Every product of an input and a weight.
        case direct
        /// The same, of numbers rounded to bfloat16, with sums in float32.
        case directBFloat16 = "direct_bfloat16"
        /// The same on a tile unit.
        case tiles
        /// Winograd's F(2x2, 3x3): 16 products for 4 outputs.
        case winograd2 = "winograd_2x2"
        /// Winograd's F(4x4, 3x3): 36 products for 16 outputs.
        case winograd4 = "winograd_4x4"
    }
}
