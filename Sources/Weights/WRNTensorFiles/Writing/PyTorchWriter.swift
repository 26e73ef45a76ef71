// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensor

/// Writes files that `torch.load(path, weights_only=True)` opens: an ordered dictionary of tensors.
///
/// The bytes depend on the tensors alone. Tensors stand in the given order, each with a storage of
/// its own.
public enum PyTorchWriter {
    /// Writes tensors to the file at `path`, and atomically replaces an older one (see
    /// ``AtomicFile``).
    ///
    /// - Throws: A ``CheckpointError``: `invalidContent` for two tensors of one name, or more than
    ///   4 GiB; `cannotWrite` or `diskFull` when the system refuses.
    public static func write(
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
