// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// How a step reads a buffer: through a normalisation, an activation and dropout that are computed at the load and never stored.
struct BufferView: Hashable {
    enum Affine: Hashable {
        /// A normalisation's affine map.
        case normalization(Int)
        /// The affine map of a normalisation's gradient, over the buffer and `second`.
        case normalizationGradient(Int)
        /// A constant factor.
        case factor(Int)
    }

    /// The buffer.
    let source: BufferID
    var second: BufferID?
    var affine: Affine?
    /// What is applied to each value behind the affine map.
    var activation: Activation?
    /// The dropout whose keep bits apply.
    var dropout: Int?

    init(_ source: BufferID) {
        self.source = source
    }

    /// Whether it is the buffer itself.
    var isBare: Bool { self == BufferView(source) }

    /// The normalisation that it applies.
    var normalization: Int? {
        if case .normalization(let index) = affine { index } else { nil }
    }
}

extension Activation? {
    /// As the kernels apply it.
    var function: PointwiseFunction {
        switch self {
        case nil: .identity
        case .relu: .relu
        case .leakyReLU(let slope): .leakyReLU(slope: Float(slope))
        }
    }

    /// Whether `next` behind it computes what `next` alone does.
    func isAbsorbed(by next: Activation) -> Bool {
        self == nil || (self == .relu && next == .relu)
    }
}
