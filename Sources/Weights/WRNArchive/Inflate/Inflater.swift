// SPDX-License-Identifier: Apache-2.0

import CZlib
package import WRNFiles

/// Bounds of DEFLATE (RFC 1951) that need no unpacking.
package enum Deflate {
    /// The most bytes from one byte of DEFLATE; a longer claim is false.
    package static let maximumExpansion = 1032

    /// The format around packed bytes.
    package enum Framing: Int32, Sendable {
        /// Bare DEFLATE, as in zip archives.
        case raw = -15
        /// With zlib's two bytes before it and an Adler-32 after it.
        case zlib = 15
    }
}

/// A decompressor of DEFLATE from parts of a file, which unpacks no more than requested.
///
/// Belongs to one thread.
package final class Inflater<Failure: FileFailure> {
    private static var chunkByteCount: Int { 256 << 10 }

    private let file: OpenFile<Failure>
    private let end: Int
    private var position: Int
    private var chunk: [UInt8] = []
    private var consumed = 0
    // zlib keeps pointers to its state, which must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    package private(set) var isAtEnd = false

    /// Begins to unpack `size` packed bytes at `offset`.
    ///
    /// - Throws: `Failure` when zlib has no memory to start.
    package init(
        _ file: OpenFile<Failure>, at offset: Int, _ size: Int, as framing: Deflate.Framing
    ) throws(Failure) {
        self.file = file
        position = offset
        end = offset + size
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let byteCount = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, framing.rawValue, ZLIB_VERSION, byteCount) == Z_OK else {
            throw file.error(.noMemory, at: offset, "zlib cannot start; there is no memory left")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Fills as much of `output` as there is; less than all of it means that the end is reached.
    ///
    /// - Throws: `Failure` for packed bytes that are damaged or cut off.
    package func fill(_ output: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
        var filled = 0
        while filled < output.count, !isAtEnd {
            if consumed == chunk.count { try readChunk() }
            let (used, made, status) = step(
                UnsafeMutableBufferPointer(rebasing: output[filled...]))
            consumed += used
            filled += made
            switch status {
            case Z_STREAM_END: isAtEnd = true
            case Z_OK, Z_BUF_ERROR:
                if used == 0, made == 0, consumed == chunk.count, position == end {
                    throw file.error(
                        .truncated, at: end, "the packed data end in the middle of a stream")
                }
            default:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
                throw file.error(
                    .malformed, at: position - chunk.count + consumed,
                    "the packed data are damaged (\(reason)); get the file again")
            }
        }
        return filled
    }

    /// The next `count` unpacked bytes; `what` names them in the message when there are fewer.
    package func bytes(_ count: Int, _ what: String) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try bytes.withUnsafeMutableBufferPointer {
            (buffer) throws(Failure) in try fill(buffer)
        }
        guard filled == count else {
            throw file.error(
                .truncated, at: end,
                "\(what) needs \(count) bytes, but the packed data have only \(filled) left")
        }
        return bytes
    }

    /// The number of packed bytes that were not needed.
    package var leftoverByteCount: Int { end - position + chunk.count - consumed }

    private func readChunk() throws(Failure) {
        let size = min(end - position, Self.chunkByteCount)
        chunk = try file.bytes(at: position, size, "the packed data")
        position += size
        consumed = 0
    }

    private func step(
        _ output: UnsafeMutableBufferPointer<UInt8>
    ) -> (used: Int, made: Int, status: Int32) {
        chunk.withUnsafeMutableBufferPointer { input in
            let rest = input.count - consumed
            let room = min(output.count, 1 << 30)
            stream.pointee.next_in = input.baseAddress.map { $0 + consumed }
            stream.pointee.avail_in = UInt32(rest)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(room)
            let status = inflate(stream, Z_NO_FLUSH)
            return (
                rest - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out), status
            )
        }
    }
}
