// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles
import WRNTestSupport

/// A zip archive made by hand: any entries, any lies.
struct HandmadeArchive {
    struct Entry {
        var name: String
        var bytes: [UInt8]
        var method = 0
        /// What the directory claims instead of the truth.
        var claimedByteCount: Int?
        var claimedPackedByteCount: Int?
        var checksum: UInt32?
        /// The offset in the directory; nil for the true one.
        var offset: Int?

        init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    var entries: [Entry]
    /// Whether sizes and offsets stand in zip64's extra fields.
    var isZip64 = false

    /// An archive of PyTorch's: a pickle and storages under `0`, `1`, ...
    init(pickle: [UInt8], storages: [[UInt8]] = []) {
        entries =
            [Entry("a/data.pkl", pickle)]
            + storages.enumerated().map { Entry("a/data/\($0)", $1) }
    }

    var bytes: [UInt8] {
        var builder = ZipBuilder()
        for entry in entries {
            builder.add(
                entry.name, entry.bytes,
                .init(
                    method: entry.method, byteCount: entry.claimedByteCount,
                    packedByteCount: entry.claimedPackedByteCount, offset: entry.offset,
                    checksum: entry.checksum, usesZip64: isZip64))
        }
        return builder.finished(usesZip64: isZip64)
    }

    func read() throws(CheckpointError) -> TensorArchive {
        try TensorFile.read(bytes, named: "made.pth")
    }
}

/// A number in `count` bytes, the least significant first.
func little(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// The parts of pickles of PyTorch's, as its protocol 2 writes them.
enum Pickled {
    static func text(_ text: String) -> [UInt8] {
        [UInt8(ascii: "X")] + little(text.utf8.count, 4) + Array(text.utf8)
    }

    static func integer(_ number: Int) -> [UInt8] { [0x8A, 8] + little(number, 8) }

    static func tuple(_ items: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "(")] + items.flatMap(\.self) + [UInt8(ascii: "t")]
    }

    static func global(_ module: String, _ name: String) -> [UInt8] {
        Array("c\(module)\n\(name)\n".utf8)
    }

    static func storage(
        _ key: String, count: Int, type: String = "FloatStorage"
    ) -> [UInt8] {
        tuple([
            text("storage"), global("torch", type), text(key), text("cpu"), integer(count),
        ]) + [UInt8(ascii: "Q")]
    }

    static func tensor(
        _ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]
    ) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor_v2")
            + tuple([
                storage, integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)),
                [0x89], global("collections", "OrderedDict") + Array(")R".utf8),
            ]) + [UInt8(ascii: "R")]
    }

    /// A whole pickle of a dictionary.
    static func dictionary(_ pairs: [(String, [UInt8])]) -> [UInt8] {
        [0x80, 2] + Array("}(".utf8) + pairs.flatMap { text($0.0) + $0.1 } + Array("u.".utf8)
    }

    /// A whole pickle of one tensor `w`.
    static func one(
        count: Int = 4, offset: Int = 0, shape: [Int] = [4], strides: [Int] = [1],
        type: String = "FloatStorage"
    ) -> [UInt8] {
        dictionary([
            (
                "w",
                tensor(
                    storage("0", count: count, type: type), offset: offset, shape: shape,
                    strides: strides)
            )
        ])
    }
}
