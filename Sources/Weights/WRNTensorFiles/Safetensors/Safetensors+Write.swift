// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensor

extension Safetensors {
    /// Writes tensors to the file at `path`, and atomically replaces an older one (see
    /// ``AtomicFile``).
    ///
    /// The bytes depend on nothing but the arguments. Tensors are written in the given order;
    /// ``sorted(_:)`` gives the order of the format's own writer. Metadata keys are sorted, and
    /// spaces fill the header to a multiple of eight bytes.
    ///
    /// - Throws: A ``CheckpointError``: `invalidContent` for two tensors of one name, one named
    ///   `__metadata__`, more tensors or extents than the reader accepts; `cannotWrite` or
    ///   `diskFull` when the system refuses.
    public static func write(
        _ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String
    ) throws(CheckpointError) {
        try write(tensors, metadata: metadata, to: path, observing: { _ in }, beforeReplacing: {})
    }

    /// Does the same for a caller that wants to see the bytes, in their order, and to act before
    /// they become the file at `path`.
    ///
    /// When `prepare` throws, nothing changes.
    package static func write(
        _ tensors: [NamedTensor], metadata: [String: String], to path: String,
        observing observe: (UnsafeRawBufferPointer) -> Void,
        beforeReplacing prepare: () throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        let header = try HeaderWriter(file: path).header(
            of: tensors.map(\.heading), metadata: metadata)
        try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
            header.withUnsafeBytes(observe)
            try file.write(header)
            for tensor in tensors {
                try tensor.withBytes { (bytes) throws(CheckpointError) in
                    observe(bytes)
                    try file.write(bytes)
                }
            }
            try prepare()
        }
    }

    /// The bytes that ``write(_:metadata:to:)`` would write; `name` is their name in messages.
    ///
    /// - Throws: A ``CheckpointError`` with the code `invalidContent`.
    public static func bytes(
        of tensors: [NamedTensor], metadata: [String: String] = [:], named name: String
    ) throws(CheckpointError) -> [UInt8] {
        var result = try HeaderWriter(file: name).header(
            of: tensors.map(\.heading), metadata: metadata)
        result.reserveCapacity(tensors.reduce(result.count) { $0 + $1.byteCount })
        for tensor in tensors {
            try tensor.withBytes { (bytes) throws(CheckpointError) in result += bytes }
        }
        return result
    }

    /// The tensors by falling size of an element, then by name: the order of the format's own
    /// writer, which aligns every tensor.
    public static func sorted(_ tensors: [NamedTensor]) -> [NamedTensor] {
        tensors.sorted { first, second in
            let sizes = (first.elementType.byteCount, second.elementType.byteCount)
            guard sizes.0 == sizes.1 else { return sizes.0 > sizes.1 }
            // By bytes: the order of String depends on the Unicode version.
            return first.name.utf8.lexicographicallyPrecedes(second.name.utf8)
        }
    }
}
