// SPDX-License-Identifier: Apache-2.0

/// A float32 tensor in row-major order that owns its elements, in which modules pass weights.
///
/// It is a value: copies are independent.
public struct Tensor: Hashable, Sendable {
    /// The extents, outermost first.
    public let shape: TensorShape

    /// The elements in row-major order; always `shape.elementCount` of them.
    public private(set) var elements: [Float]

    /// Creates a tensor from its elements in row-major order.
    ///
    /// - Precondition: `elements.count == shape.elementCount`.
    public init(shape: TensorShape, elements: [Float]) {
        precondition(
            elements.count == shape.elementCount,
            "\(elements.count) elements do not fill the shape \(shape)")
        self.shape = shape
        self.elements = elements
    }

    /// Creates a tensor whose elements are all the same.
    public init(shape: TensorShape, repeating value: Float) {
        self.shape = shape
        self.elements = Array(repeating: value, count: shape.elementCount)
    }

    /// Calls `body` with the elements in place, without a copy.
    public mutating func withUnsafeMutableElements<Result>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try elements.withUnsafeMutableBufferPointer { try body($0) }
    }
}
