// SPDX-License-Identifier: Apache-2.0

import CZlib
package import WRNFiles

/// Reads gzip files (RFC 1952), with one member or several.
package enum Gzip {
    /// The most bytes that one file may unpack to: six times the largest known data set.
    package static var maximumOutputByteCount: Int { 1 << 30 }

    private static var chunkByteCount: Int { 256 << 10 }

    /// Whether the bytes begin like a gzip file.
    package static func isGzip(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.starts(with: [0x1F, 0x8B])
    }

    /// The unpacked bytes, under a name that marks offsets as those of unpacked bytes.
    ///
    /// The checksum and the length at the end of each member are verified. Zero bytes after the
    /// last member, which tape archives leave, are passed over.
    ///
    /// - Throws: `Failure` for bytes that are cut off, damaged, followed by others, or unpack to
    ///   more than `limit`.
    package static func unpack<Failure: FileFailure>(
        _ source: NamedBytes<Failure>, limit: Int = maximumOutputByteCount
    ) throws(Failure) -> NamedBytes<Failure> {
        var output: [UInt8] = []
        output.reserveCapacity(plausibleOutputByteCount(source.bytes, limit: limit))
        let outcome = source.bytes.withUnsafeBufferPointer { input in
            inflateAll(input, into: &output, limit: limit)
        }
        switch outcome {
        case .done: return NamedBytes(name: source.name + " (unpacked)", output)
        case .cutOff(let offset):
            throw source.error(
                .truncated, at: offset,
                "the gzip data end in the middle of a stream, after \(output.count) unpacked "
                    + "bytes; the file was cut off, so get it again")
        case .damaged(let offset, let reason):
            throw source.error(
                .malformed, at: offset, "the gzip data are damaged (\(reason)); get the file again")
        case .tooLarge(let offset):
            throw source.error(
                .tooLarge, at: offset, "the gzip data unpack to more than \(limit) bytes")
        case .trailing(let offset):
            throw source.error(
                .malformed, at: offset,
                "\(source.count - offset) bytes that are not gzip data follow the end of the stream"
            )
        }
    }

    private enum Outcome {
        case done
        case cutOff(Int)
        case damaged(Int, String)
        case tooLarge(Int)
        case trailing(Int)
    }

    /// A capacity to reserve: the trailer's claim, limited by the file's length.
    private static func plausibleOutputByteCount(_ bytes: ArraySlice<UInt8>, limit: Int) -> Int {
        let claimed = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return min(claimed, limit, bytes.count * Deflate.maximumExpansion)
    }

    private static func inflateAll(
        _ input: UnsafeBufferPointer<UInt8>, into output: inout [UInt8], limit: Int
    ) -> Outcome {
        var stream = z_stream()
        // 16 added to the window's size selects the gzip format.
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, size) == Z_OK else {
            return .damaged(0, "zlib cannot start")
        }
        defer { inflateEnd(&stream) }
        let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: chunkByteCount)
        defer { chunk.deallocate() }
        var consumed = 0
        while true {
            let slice = min(input.count - consumed, 1 << 30)
            stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
            stream.avail_in = UInt32(slice)
            stream.next_out = chunk.baseAddress
            stream.avail_out = UInt32(chunkByteCount)
            let status = inflate(&stream, Z_NO_FLUSH)
            consumed += slice - Int(stream.avail_in)
            let produced = chunkByteCount - Int(stream.avail_out)
            guard output.count + produced <= limit else { return .tooLarge(consumed) }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: chunk[..<produced]))
            switch status {
            case Z_OK:
                if produced == 0 && consumed == input.count { return .cutOff(consumed) }
            case Z_BUF_ERROR:
                return .cutOff(consumed)
            case Z_STREAM_END:
                let rest = input[consumed...]
                if rest.allSatisfy({ $0 == 0 }) { return .done }
                guard rest.starts(with: [0x1F, 0x8B]) else { return .trailing(consumed) }
                inflateReset(&stream)
            default:
                let reason = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                return .damaged(consumed, reason)
            }
        }
    }
}
