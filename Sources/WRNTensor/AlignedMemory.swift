// SPDX-License-Identifier: Apache-2.0

/// A block of zeroed memory that begins on a 64-byte boundary and is freed with its owner.
///
/// Sixty-four bytes are one cache line and one AVX-512 vector of 16 floats, the unit in which the engine stores channels.
/// The owner decides who writes when: the class itself does not synchronise.
public final class AlignedMemory: @unchecked Sendable {
    /// The alignment of `baseAddress` in bytes.
    public static let alignment = 64

    /// The first byte.
    public let baseAddress: UnsafeMutableRawPointer

    /// The size in bytes.
    public let byteCount: Int

    /// Allocates `byteCount` zeroed bytes.
    public init(byteCount: Int) {
        precondition(byteCount >= 0, "a block of memory has no negative size: \(byteCount)")
        self.byteCount = byteCount
        baseAddress = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
        baseAddress.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    /// Allocates `floatCount` zeroed floats.
    public convenience init(floatCount: Int) {
        self.init(byteCount: floatCount * MemoryLayout<Float>.stride)
    }

    deinit {
        baseAddress.deallocate()
    }

    /// The block as floats.
    public var floats: UnsafeMutablePointer<Float> {
        baseAddress.assumingMemoryBound(to: Float.self)
    }
}
