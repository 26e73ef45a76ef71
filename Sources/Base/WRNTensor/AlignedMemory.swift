// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A block of zeroed memory that begins on a 64-byte boundary and is freed with its owner.
///
/// Sixty-four bytes are one cache line and one AVX-512 vector of 16 floats, the unit in which the
/// engine stores channels. A large block begins on a huge page and requests such pages from the
/// system; its pages are zeroed when they are first touched, so memory that is never used costs
/// nothing. The owner decides who writes when: the class itself does not synchronise.
package final class AlignedMemory: @unchecked Sendable {
    /// The alignment of `baseAddress` in bytes.
    package static let alignment = 64

    private static let hugePage = 2 << 20

    /// The first byte.
    package let baseAddress: UnsafeMutableRawPointer

    /// The size in bytes.
    package let byteCount: Int

    /// The pages mapped from the system; `nil` for a block from the heap.
    private let mapping: (start: UnsafeMutableRawPointer, byteCount: Int)?

    /// Allocates `byteCount` zeroed bytes.
    package init(byteCount: Int) {
        precondition(byteCount >= 0, "a block of memory has no negative size: \(byteCount)")
        self.byteCount = byteCount
        if byteCount >= Self.hugePage, let mapping = Self.map(byteCount) {
            self.mapping = (mapping.start, mapping.byteCount)
            baseAddress = mapping.aligned
        } else {
            mapping = nil
            baseAddress = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
            baseAddress.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        }
    }

    /// Allocates `floatCount` zeroed floats.
    package convenience init(floatCount: Int) {
        self.init(byteCount: floatCount * MemoryLayout<Float>.stride)
    }

    deinit {
        if let mapping {
            munmap(mapping.start, mapping.byteCount)
        } else {
            baseAddress.deallocate()
        }
    }

    /// The block as floats.
    package var floats: UnsafeMutablePointer<Float> {
        baseAddress.assumingMemoryBound(to: Float.self)
    }

    /// Fresh zeroed pages that hold `byteCount` bytes from a huge page's boundary on; `nil` when
    /// the system has none.
    private static func map(
        _ byteCount: Int
    ) -> (start: UnsafeMutableRawPointer, byteCount: Int, aligned: UnsafeMutableRawPointer)? {
        let mapped = byteCount + hugePage
        #if canImport(Darwin)
            let flags = MAP_PRIVATE | MAP_ANON
        #else
            let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #endif
        let start = mmap(nil, mapped, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let start, start != MAP_FAILED else { return nil }
        let aligned = start.alignedUp(toMultipleOf: hugePage)
        #if canImport(Glibc)
            // The system may ignore this advice, so that its result does not matter.
            _ = madvise(aligned, byteCount, MADV_HUGEPAGE)
        #endif
        return (start, mapped, aligned)
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func alignedUp(toMultipleOf alignment: Int) -> UnsafeMutableRawPointer {
        let address = Int(bitPattern: self)
        return self + ((address + alignment - 1) / alignment * alignment - address)
    }
}
