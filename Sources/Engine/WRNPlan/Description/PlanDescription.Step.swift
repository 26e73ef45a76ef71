// SPDX-License-Identifier: Apache-2.0

extension PlanDescription {
    /// One piece of work, with what is fused into it.
    public struct Step: Codable, Hashable, Sendable {
        /// What is done.
        public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
            /// The images are copied into the arena.
            case input
            /// A convolution; in training its weights, which the last step changed, are packed first, as those of an input's gradient are.
            case convolution
            /// A fully connected layer.
            case linear
            /// The moments of a buffer that no convolution took on its way out.
            case moments
            /// A normalisation's map is made from moments; its running statistics move.
            case normalization
            /// A dropout's keep bits are drawn.
            case dropoutMask = "dropout_mask"
            /// A view, or the sum of two buffers, is written.
            case map
            /// A shortcut without parameters: every few pixels, and channels of zeros.
            case subsampling
            /// The gradient of what such a shortcut read.
            case subsamplingGradient = "subsampling_gradient"
            /// The largest value of each window.
            case maxPooling = "max_pooling"
            /// The gradient of what max pooling read.
            case maxPoolingGradient = "max_pooling_gradient"
            /// The mean over all pixels.
            case mean
            /// The loss, and the gradient of the logits.
            case loss
            /// The gradient of a weight.
            case weightGradient = "weight_gradient"
            /// The gradient of a bias.
            case biasGradient = "bias_gradient"
            /// The gradient of a convolution's input.
            case inputGradient = "input_gradient"
            /// A gradient is taken back through normalisation, activation and dropout.
            case viewGradient = "view_gradient"
            /// The gradients of γ and β, and the map of a normalisation's gradient.
            case normalizationGradient = "normalization_gradient"
            /// The gradient of the mean.
            case spread
            /// Every parameter is updated.
            case update
        }

        /// The step's place, from 1.
        public let number: Int
        /// What is done.
        public let kind: Kind
        /// The name of the node that it is done for; empty when it is for all.
        public let node: String
        /// The algorithm that the written rule chose; nil where there is only one.
        public let algorithm: Algorithm?
        /// How the work is cut into tasks, in words.
        public let cut: String
        /// A convolution's kernel, `3x3`, with the stride behind a slash where it is not 1: `3x3/2`.
        public let kernel: String?
        /// What is computed at the load and never stored, in its order.
        public let readsThrough: [Fusion]
        /// What is done while the result is still in the cache, in its order.
        public let finishesWith: [Fusion]
        /// The extents of what it writes, joined by `x`: `CxHxW` for one image's features, `OxCxKxK` for a weight.
        public let shape: String
        /// The name of what it writes.
        public let writes: String
        /// Where that lies in the arena; nil for what lies elsewhere, such as the gradients of weights.
        public let arenaOffset: Int?
        /// The bytes of what it writes.
        public let byteCount: Int
        /// The multiply-adds of the whole batch, had every convolution been a direct one.
        public let multiplyAdds: Int
        /// The bytes of all that it touches, each counted once.
        public let touchedByteCount: Int
        /// The time that ``PlanDescription/costModel`` gives it.
        public let predictedSeconds: Double
        /// The median of the measured times.
        public internal(set) var measuredSeconds: Double?

        /// 2 x multiply-adds / measured seconds / 10⁹; nil where nothing is multiplied or nothing was measured.
        public var effectiveGigaflops: Double? {
            guard multiplyAdds > 0, let measuredSeconds, measuredSeconds > 0 else { return nil }
            return 2e-9 * Double(multiplyAdds) / measuredSeconds
        }
    }

    /// How a convolution or one of its gradients is computed.
    public enum Algorithm: String, Codable, Hashable, Sendable, CaseIterable {
        /// Every product of an input and a weight.
        case direct
        /// The same, of numbers rounded to bfloat16, with sums in float32.
        case directBFloat16 = "direct_bfloat16"
        /// Winograd's F(2x2, 3x3): 16 products for 4 outputs.
        case winograd2 = "winograd_2x2"
        /// Winograd's F(4x4, 3x3): 36 products for 16 outputs.
        case winograd4 = "winograd_4x4"
    }

    /// What a step does beside its own work, so that no other step has to.
    public struct Fusion: Codable, Hashable, Sendable {
        /// What that is.
        public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
            /// A normalisation's affine map.
            case normalization
            /// The affine map of a normalisation's gradient.
            case normalizationGradient = "normalization_gradient"
            /// Dropout's constant factor, where there is no normalisation to take it along.
            case factor
            /// A rectifier.
            case relu
            /// A rectifier that lets a share of values below zero through.
            case leakyReLU = "leaky_relu"
            /// Dropout.
            case dropout
            /// A bias.
            case bias
            /// A normalisation folded into weights and bias.
            case foldedNormalization = "folded_normalization"
            /// The other branch of a residual sum.
            case residual
            /// What is there already is added.
            case accumulation
            /// The moments for the normalisation that follows.
            case moments
            /// The way of the gradient back through normalisation, activation and dropout.
            case viewGradient = "view_gradient"
        }

        /// What is done.
        public let kind: Kind
        /// The node that it stems from, where that is known.
        public let node: String?
    }
}
