// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles
import WRNTensor

/// Writes files that `torch.load(path, weights_only=True)` opens: an ordered dictionary of tensors.
///
/// The bytes depend on the tensors alone. Tensors stand in the given order, each with a storage of
/// its own.
package enum PyTorchWriter {
    /// Writes tensors to the file at `path`, and atomically replaces an older one (see
    /// ``AtomicFile``).
    ///
    /// - Throws: A ``CheckpointError``: `invalidContent` for two tensors of one name, or more than
    ///   4 GiB; `cannotWrite` or `diskFull` when the system refuses.
    package static func write(
        _ tensors: [NamedTensor], to path: String
    ) throws(CheckpointError) {
        try HeaderWriter(file: path).check(tensors.map(\.heading))
        let root = "archive/"
        let entries =
            [
                StoredZip.Entry(root + "data.pkl", pickle(of: tensors)),
                StoredZip.Entry(root + "byteorder", Array("little".utf8)),
            ]
            + tensors.enumerated().map { StoredZip.Entry(root + "data/\($0)", $1) }
            + [StoredZip.Entry(root + "version", Array("3\n".utf8))]
        try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
            try StoredZip.write(entries, to: file, path: path)
        }
    }

    /// A pickle of protocol 2; the comments are the instructions' names in `pickletools`.
    private static func pickle(of tensors: [NamedTensor]) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 2]  // PROTO
        bytes += emptyOrderedDictionary
        bytes += ascii("(")  // MARK
        for (index, tensor) in tensors.enumerated() {
            bytes += text(tensor.name)
            bytes += ascii("ctorch._utils\n_rebuild_tensor_v2\n")  // GLOBAL
            bytes += ascii("((") + text("storage")  // MARK MARK
            bytes += ascii("ctorch\n\(storageName(of: tensor.elementType))\n")
            bytes += text("\(index)") + text("cpu") + integer(tensor.shape.elementCount)
            bytes += ascii("tQ")  // TUPLE BINPERSID
            bytes += integer(0) + tuple(tensor.shape.extents)
            bytes += tuple(Placement.rowMajorStrides(of: tensor.shape))
            bytes += [0x89] + emptyOrderedDictionary + ascii("tR")  // NEWFALSE ... TUPLE REDUCE
        }
        return bytes + ascii("u.")  // SETITEMS STOP
    }

    private static let emptyOrderedDictionary = ascii("ccollections\nOrderedDict\n)R")

    private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A text: BINUNICODE.
    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return ascii("X") + little(bytes.count, 4) + bytes
    }

    /// A number: BININT, or LONG1 of eight bytes.
    private static func integer(_ number: Int) -> [UInt8] {
        Int32(exactly: number) == nil
            ? [0x8A, 8] + little(number, 8) : ascii("J") + little(number, 4)
    }

    /// A tuple of numbers: MARK, the numbers, TUPLE.
    private static func tuple(_ numbers: [Int]) -> [UInt8] {
        ascii("(") + numbers.flatMap(integer) + ascii("t")
    }

    private static func little(_ number: Int, _ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func storageName(of type: ElementType) -> String {
        switch type {
        case .float16: "HalfStorage"
        case .bfloat16: "BFloat16Storage"
        case .float64: "DoubleStorage"
        case .int64: "LongStorage"
        default: "FloatStorage"
        }
    }
}

/// Writes a zip archive of stored entries, each of which begins on a 64-byte boundary so that its
/// elements are aligned.
///
/// The bytes depend on the entries alone, not on the time. Archives of 4 GiB and more are refused.
struct StoredZip {
    /// An entry: its name, and a closure that appends its bytes.
    struct Entry {
        let name: String
        let byteCount: Int
        let write:
            ((UnsafeRawBufferPointer) throws(CheckpointError) -> Void) throws(CheckpointError)
                -> Void

        /// An entry of bytes in memory.
        init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            byteCount = bytes.count
            write = { (append) throws(CheckpointError) in
                var failure: CheckpointError?
                bytes.withUnsafeBytes { buffer in
                    do throws(CheckpointError) { try append(buffer) } catch { failure = error }
                }
                if let failure { throw failure }
            }
        }

        /// An entry of a tensor's elements.
        init(_ name: String, _ tensor: NamedTensor) {
            self.name = name
            byteCount = tensor.byteCount
            write = { (append) throws(CheckpointError) in try tensor.withBytes(append) }
        }
    }

    private static let alignment = 64
    private static let headerByteCount = 30
    /// 1 January 1980, the first day of the format's calendar.
    private static let date: [UInt8] = [0, 0, 0x21, 0]

    /// Appends the archive to `file`; `path` is its name in messages.
    static func write(
        _ entries: [Entry], to file: TemporaryFile, path: String
    ) throws(CheckpointError) {
        var offset = 0
        var directory: [UInt8] = []
        for entry in entries {
            let name = Array(entry.name.utf8)
            let padding = padding(at: offset + headerByteCount + name.count)
            let end = offset + headerByteCount + name.count + padding + entry.byteCount
            guard end < 0xFFFF_FFFF, entries.count < 0xFFFF, name.count <= 0xFFFF else {
                throw CheckpointError(
                    .invalidContent, file: path,
                    "expected an archive below 4 GiB with fewer than 65535 entries, found more",
                    advice: "write a safetensors file instead")
            }
            var sum = CRC32()
            try entry.write { (bytes) throws(CheckpointError) in sum.add(bytes) }
            let common = common(sum.value, entry.byteCount, name.count)
            try file.write([0x50, 0x4B, 3, 4, 0, 0] + common + little(padding, 2) + name)
            // An extra field of a kind that readers pass over, as PyTorch writes it.
            try file.write(
                [0x46, 0x42] + little(padding - 4, 2)
                    + [UInt8](repeating: 0x5A, count: padding - 4))
            try entry.write { (bytes) throws(CheckpointError) in try file.write(bytes) }
            directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0] + common + [UInt8](repeating: 0, count: 12)
            directory += little(offset, 4) + name
            offset = end
        }
        let count = little(entries.count, 2)
        try file.write(directory)
        try file.write(
            [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + little(directory.count, 4)
                + little(offset, 4) + [0, 0])
    }

    /// The common part of the local and the central header: flags, method, date, checksum, sizes
    /// and the name's length.
    private static func common(_ sum: UInt32, _ byteCount: Int, _ nameLength: Int) -> [UInt8] {
        [0, 8, 0, 0] + date + little(Int(sum), 4) + little(byteCount, 4) + little(byteCount, 4)
            + little(nameLength, 2)
    }

    /// The size of an extra field behind which an entry is aligned; at least its own header of four
    /// bytes.
    private static func padding(at place: Int) -> Int {
        let rest = (alignment - (place + 4) % alignment) % alignment
        return rest + 4
    }

    private static func little(_ number: Int, _ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
