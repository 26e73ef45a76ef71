// SPDX-License-Identifier: Apache-2.0

/// The extents of a tensor, outermost first.
///
/// A convolution's weight has the usual shape `[O, I, kH, kW]`; an empty list is a scalar.
public struct TensorShape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The extents, outermost first; each is zero or more.
    public let extents: [Int]

    /// Creates a shape from its extents, outermost first.
    ///
    /// - Precondition: No extent is negative.
    public init(_ extents: [Int]) {
        precondition(extents.allSatisfy { $0 >= 0 }, "a shape has no negative extents: \(extents)")
        self.extents = extents
    }

    /// Creates a shape from its extents, outermost first.
    ///
    /// - Precondition: No extent is negative.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The number of extents.
    public var rank: Int { extents.count }

    /// The number of elements: the product of the extents, 1 for a scalar.
    ///
    /// - Precondition: The product fits an `Int`.
    public var elementCount: Int { extents.reduce(1, *) }

    /// The extents in brackets, for example `[64, 32, 3, 3]`.
    public var description: String {
        "[" + extents.map(String.init).joined(separator: ", ") + "]"
    }
}
