// SPDX-License-Identifier: Apache-2.0

/// Where an archive's bytes are: in memory, or in an open file that is read when asked.
enum ByteSource: Sendable {
    case memory([UInt8], name: String)
    case file(ReadableFile)

    /// What messages call it.
    var name: String {
        switch self {
        case .memory(_, let name): name
        case .file(let file): file.path
        }
    }

    var byteCount: Int {
        switch self {
        case .memory(let bytes, _): bytes.count
        case .file(let file): file.byteCount
        }
    }

    /// Fills `buffer` with the bytes from `offset`; the caller has checked that they lie within `byteCount`.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
        switch self {
        case .memory(let bytes, _):
            bytes.withUnsafeBytes { source in
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[offset...].prefix(buffer.count)))
            }
        case .file(let file):
            try file.read(at: offset, into: buffer)
        }
    }

    /// The elements that the bytes of `range` hold, as the machine's own byte order reads them.
    func elements<Element: BitwiseCopyable>(
        of type: Element.Type, in range: Range<Int>
    ) throws(CheckpointError) -> [Element] {
        let count = range.count / MemoryLayout<Element>.stride
        var failure: CheckpointError?
        let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(CheckpointError) {
                try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return elements
    }
}
