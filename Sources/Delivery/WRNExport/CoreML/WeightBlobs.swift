// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensorFiles

/// The file of weights of a Core ML package: blocks of numbers, each behind its description.
///
///     header       count u32, version u32 = 2, 56 bytes of zeros
///     description  0xDEADBEEF u32, type u32, byte count u64, place of the numbers u64, zeros
///     numbers      in the order of the tensor's extents
///     ...
///
/// All integers have their lowest byte first; the header and each description have 64 bytes, and
/// each description and each block of numbers begins at a multiple of 64.
struct WeightBlobs: Sendable {
    /// The alignment, and the size of the header and of a description.
    static let alignment = 64
    fileprivate static let version: UInt32 = 2
    fileprivate static let sentinel: UInt32 = 0xDEAD_BEEF

    /// The type of a block's numbers in its description.
    fileprivate enum Code: UInt32 {
        case float16 = 1
        case float32 = 2

        var element: MILType.Element { self == .float16 ? .float16 : .float32 }
        var byteCount: Int { self == .float16 ? 2 : 4 }
    }

    private struct Blob: Sendable {
        let numbers: [Float]
        let code: Code
        let offset: Int
    }

    private var blobs: [Blob] = []
    private var end = Self.alignment

    /// A file without numbers.
    init() {}

    /// The bytes of the file.
    var byteCount: Int { end }

    /// Adds a block of numbers, and returns where its description begins.
    mutating func append(_ numbers: [Float], as precision: ExportOptions.Precision) -> UInt64 {
        let code: Code = precision == .float16 ? .float16 : .float32
        let offset = Self.aligned(end)
        blobs.append(Blob(numbers: numbers, code: code, offset: offset))
        end = offset + Self.alignment + numbers.count * code.byteCount
        return UInt64(offset)
    }

    fileprivate static func aligned(_ offset: Int) -> Int {
        (offset + alignment - 1) / alignment * alignment
    }
}

// MARK: Writing

extension WeightBlobs {
    /// Writes the file block by block, and returns the SHA-256 of its bytes.
    func write(to path: String) throws(ExportError) -> String {
        var digest = FileDigest.Computation(like: .sha256(""))
        try AtomicFile<ExportError>.write(to: path) { (file) throws(ExportError) in
            var written = 0
            func append(_ bytes: [UInt8]) throws(ExportError) {
                digest.update(bytes)
                try file.write(bytes)
                written += bytes.count
            }
            try append(Self.head([UInt64(blobs.count) | UInt64(Self.version) << 32]))
            for blob in blobs {
                try append([UInt8](repeating: 0, count: blob.offset - written))
                try append(
                    Self.head([
                        UInt64(Self.sentinel) | UInt64(blob.code.rawValue) << 32,
                        UInt64(blob.numbers.count * blob.code.byteCount),
                        UInt64(blob.offset + Self.alignment),
                    ]))
                try append(Self.bytes(of: blob))
            }
        }
        return digest.digest.digits
    }

    /// The words, and zeros up to 64 bytes.
    private static func head(_ words: [UInt64]) -> [UInt8] {
        let bytes = words.flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
        return bytes + [UInt8](repeating: 0, count: alignment - bytes.count)
    }

    private static func bytes(of blob: Blob) -> [UInt8] {
        switch blob.code {
        case .float16: bytes(blob.numbers.map { $0.float16BitPattern.littleEndian })
        case .float32: bytes(blob.numbers.map { $0.bitPattern.littleEndian })
        }
    }

    private static func bytes(_ words: [some BitwiseCopyable]) -> [UInt8] {
        words.withUnsafeBytes { Array($0) }
    }
}

// MARK: Reading

/// A file of weights from an untrusted source, whose blocks are read one at a time.
struct WeightBlobFile: Sendable {
    private let file: OpenFile<ExportError>

    /// Opens the file and checks its header.
    init(_ path: String) throws(ExportError) {
        file = try OpenFile(path)
        let head = try Self.words(
            file.bytes(at: 0, WeightBlobs.alignment, "the header of the weights"))
        guard head[0] >> 32 == WeightBlobs.version, head[1...].allSatisfy({ $0 == 0 }) else {
            throw file.error(
                .unsupported, at: 4,
                "expected a file of weights of version \(WeightBlobs.version), found version "
                    + "\(head[0] >> 32) or fields of a later one")
        }
    }

    /// The numbers of the block whose description begins at `offset`.
    ///
    /// - Parameters:
    ///   - element: The type that the program gives them.
    ///   - count: How many the program expects.
    func numbers(
        at offset: UInt64, _ element: MILType.Element, count: Int
    ) throws(ExportError) -> [Float] {
        let size = WeightBlobs.alignment
        guard let offset = Int(exactly: offset), offset % size == 0 else {
            throw file.error(.malformed, "expected weights at a multiple of \(size), found others")
        }
        let head = try Self.words(file.bytes(at: offset, size, "the description of weights"))
        guard UInt32(truncatingIfNeeded: head[0]) == WeightBlobs.sentinel else {
            throw file.error(
                .malformed, at: offset, "expected the description of weights, found other bytes")
        }
        guard let code = WeightBlobs.Code(rawValue: UInt32(head[0] >> 32)), code.element == element
        else {
            throw file.error(
                .inconsistent, at: offset,
                "expected numbers of the program's type \(element), found type \(head[0] >> 32)")
        }
        guard let byteCount = Int(exactly: head[1]), let start = Int(exactly: head[2]),
            count <= file.count, byteCount == count * code.byteCount, start % size == 0
        else {
            throw file.error(
                .inconsistent, at: offset,
                "expected \(count) numbers at a multiple of \(size), found \(head[1]) bytes at "
                    + "\(head[2])")
        }
        // The check of the range comes before the memory for the numbers.
        let bytes = try file.bytes(at: start, byteCount, "a block of weights")
        return bytes.withUnsafeBytes { bytes in
            switch code {
            case .float16:
                (0..<count).map {
                    Float(
                        float16BitPattern: UInt16(
                            littleEndian: bytes.loadUnaligned(
                                fromByteOffset: 2 * $0, as: UInt16.self)))
                }
            case .float32:
                (0..<count).map {
                    Float(
                        bitPattern: UInt32(
                            littleEndian: bytes.loadUnaligned(
                                fromByteOffset: 4 * $0, as: UInt32.self)))
                }
            }
        }
    }

    private static func words(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
    }
}
