// SPDX-License-Identifier: Apache-2.0

/// The interpolation of an image that changes its size.
public enum Interpolation: String, Codable, CaseIterable, Hashable, Sendable {
    /// A triangle over one source pixel each way, wider when the image shrinks (antialiased).
    case bilinear
    /// Keys' cubic with a = -1/2 over two source pixels each way, wider when the image shrinks
    /// (antialiased).
    ///
    /// - Reference: Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing".
    case bicubic
}
