// SPDX-License-Identifier: Apache-2.0

/// How a step reads a buffer: through a normalisation, a ReLU and dropout that are computed at the load and never stored.
struct View: Hashable {
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
    var relu = false
    /// The dropout whose keep bits apply.
    var dropout: Int?

    init(_ source: BufferID) {
        self.source = source
    }

    /// Whether it is the buffer itself.
    var isBare: Bool { self == View(source) }

    /// The normalisation that it applies.
    var normalization: Int? {
        if case .normalization(let index) = affine { index } else { nil }
    }
}
