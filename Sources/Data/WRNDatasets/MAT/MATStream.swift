// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch
import WRNFiles

/// A stream of the bytes of one array of a MATLAB file, unpacked where it is compressed.
final class MATStream {
    private enum Bytes {
        case plain
        case packed(Inflater)
    }

    let file: OpenFile
    private let bytes: Bytes
    private let start: Int
    private let byteCount: Int
    private var position: Int
    /// The bytes of the array's content that are still ahead.
    private(set) var remaining: Int

    /// Begins with the content of an array whose tag was read.
    ///
    /// - Throws: ``DataError`` for what is no array, or is compressed twice.
    init(_ file: OpenFile, at offset: Int, _ tag: MATTag, isNested: Bool) throws(DataError) {
        self.file = file
        start = offset
        byteCount = tag.size
        position = offset
        remaining = tag.size
        guard tag.kind == MATTag.Kind.compressed else {
            bytes = .plain
            try check(tag)
            return
        }
        let inflater = try Inflater(file, at: offset, tag.size, as: .zlib)
        bytes = .packed(inflater)
        let inner = MATTag(try inflater.bytes(MATTag.byteCount, "the tag of a compressed array"))
        guard inner.kind != MATTag.Kind.compressed else {
            throw file.error(
                .malformed, at: offset, "an array is compressed twice, which no program does")
        }
        guard inner.size / Deflate.maximumExpansion <= tag.size else {
            throw file.error(
                .inconsistent, at: offset,
                "an array cannot unpack from \(tag.size) to \(inner.size) bytes; its tag lies")
        }
        remaining = inner.size
        try check(inner)
    }

    private func check(_ tag: MATTag) throws(DataError) {
        guard tag.kind == MATTag.Kind.matrix, !tag.isSmall else {
            throw file.error(
                .malformed, at: start,
                "a piece of kind \(tag.kind) stands where an array (\(MATTag.Kind.matrix)) should")
        }
    }

    /// An error at the array.
    func error(_ code: FileFault.Code, _ sentence: String) -> DataError {
        file.error(code, at: start, sentence)
    }

    /// Fills `output` with the next bytes; `what` names them in the message when they are not
    /// there.
    func fill(
        _ output: UnsafeMutableBufferPointer<UInt8>, _ what: String
    ) throws(DataError) {
        guard output.count <= remaining else {
            throw error(
                .truncated,
                "\(what) needs \(output.count) bytes, but the array has only \(remaining) left")
        }
        switch bytes {
        case .plain:
            let part = try file.bytes(at: position, output.count, what)
            _ = output.update(from: part)
        case .packed(let inflater):
            guard try inflater.fill(output) == output.count else {
                throw error(.truncated, "the packed data of \(what) end too early")
            }
        }
        position += output.count
        remaining -= output.count
    }

    /// The next `count` bytes.
    func take(_ count: Int, _ what: String) throws(DataError) -> [UInt8] {
        guard count <= remaining else {
            throw error(
                .truncated,
                "\(what) needs \(count) bytes, but the array has only \(remaining) left")
        }
        var result = [UInt8](repeating: 0, count: count)
        try result.withUnsafeMutableBufferPointer {
            (buffer) throws(DataError) in try fill(buffer, what)
        }
        return result
    }

    /// The next small piece whole: its kind and its data, of at most `limit` bytes.
    func piece(limit: Int, _ what: String) throws(DataError) -> (kind: Int, data: [UInt8]) {
        let head = try take(MATTag.byteCount, what)
        let tag = MATTag(head)
        if tag.isSmall {
            guard tag.size <= 4 else {
                throw error(.malformed, "\(what) has \(tag.size) bytes in a tag that holds 4")
            }
            return (tag.kind, Array(head[4..<4 + tag.size]))
        }
        guard tag.size <= limit else {
            throw error(.tooLarge, "\(what) has \(tag.size) bytes; at most \(limit) are read")
        }
        let data = try take(tag.size, what)
        _ = try take(min((8 - tag.size % 8) % 8, remaining), "the padding of \(what)")
        return (tag.kind, data)
    }

    /// Reads to the end, so that damage further on is found.
    func finish() throws(DataError) {
        guard case .packed(let inflater) = bytes else { return }
        var rest = [UInt8](repeating: 0, count: 64 << 10)
        while remaining > 0 {
            let size = min(remaining, rest.count)
            try rest.withUnsafeMutableBufferPointer { (buffer) throws(DataError) in
                try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<size]), "an array")
            }
        }
        let more = try rest.withUnsafeMutableBufferPointer {
            (buffer) throws(DataError) in try inflater.fill(buffer)
        }
        guard more == 0, inflater.leftoverByteCount == 0 else {
            throw error(.malformed, "bytes follow the end of a compressed array")
        }
    }
}
