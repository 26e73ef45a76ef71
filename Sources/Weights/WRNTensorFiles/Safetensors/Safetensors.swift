// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensor

/// Reads and writes safetensors files: named tensors that cannot carry code.
///
/// A file is eight bytes with the header's length, little-endian, then the header, then the
/// tensors' bytes:
///
///     {"__metadata__": {"format": "pt"},
///      "fc.bias": {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}, ...}
///
/// Offsets count from the end of the header. The header's grammar is checked to the last byte, and
/// the tensors must cover the rest of the file exactly, without holes and overlaps, so that every
/// byte is checked.
package enum Safetensors {
    /// The longest header that is read: 100 MB, the limit of the format's own reader.
    package static let maximumHeaderByteCount = 100_000_000
    /// The largest number of tensors that is read.
    package static let maximumTensorCount = 262_144
    /// The largest number of extents of a tensor that is read.
    package static let maximumRank = 16

    /// The key of the header's metadata.
    static let metadataKey = "__metadata__"
    /// The size in bytes of the header's length at the start of a file.
    static let prefixByteCount = 8

    /// Opens a file and checks its header; tensors are read on request.
    ///
    /// - Throws: A ``CheckpointError`` with the code of the fault.
    package static func read(contentsOf path: String) throws(CheckpointError) -> TensorArchive {
        try read(ReadableFile(path))
    }

    /// Checks the header of a file in memory; `name` is its name in messages.
    ///
    /// - Throws: A ``CheckpointError`` with the code of the fault.
    package static func read(
        _ bytes: [UInt8], named name: String
    ) throws(CheckpointError) -> TensorArchive {
        try read(ReadableFile(NamedBytes(name: name, bytes)))
    }

    /// Checks the header of a file in memory with another limit, so that a test of the limit needs
    /// no large file.
    package static func read(
        _ bytes: [UInt8], named name: String, maximumTensorCount: Int
    ) throws(CheckpointError) -> TensorArchive {
        try read(
            ReadableFile(NamedBytes(name: name, bytes)), maximumTensorCount: maximumTensorCount)
    }

    static func read(
        _ source: ReadableFile, maximumTensorCount: Int = maximumTensorCount
    ) throws(CheckpointError) -> TensorArchive {
        let headerByteCount = try headerByteCount(of: source)
        let dataStart = prefixByteCount + headerByteCount
        var reader = HeaderReader(
            bytes: try source.elements(of: UInt8.self, in: prefixByteCount..<dataStart),
            file: source.name, maximumTensorCount: maximumTensorCount)
        let header = try reader.readHeader()
        let layout = TensorLayout(
            file: source.name, dataStart: dataStart, dataByteCount: source.count - dataStart)
        return TensorArchive(
            format: .safetensors, source: source, entries: try layout.entries(for: header.tensors),
            metadata: header.metadata)
    }

    private static func headerByteCount(of source: ReadableFile) throws(CheckpointError) -> Int {
        let file = source.name
        guard source.count >= prefixByteCount else {
            throw CheckpointError(
                .headerTooShort, file: file,
                "expected 8 bytes with the header's length, found \(source.count)",
                advice: "the file is no safetensors file or was cut off: get it again",
                byteOffset: 0)
        }
        let prefix = try source.elements(of: UInt8.self, in: 0..<prefixByteCount)
        let length = prefix.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(maximumHeaderByteCount) else {
            throw CheckpointError(
                .headerTooLong, file: file,
                "expected a header of at most \(maximumHeaderByteCount) bytes, found the length "
                    + "\(length)",
                advice: "the file is damaged or no safetensors file: check what it is",
                byteOffset: 0)
        }
        let available = source.count - prefixByteCount
        guard length <= UInt64(available) else {
            throw CheckpointError(
                .headerPastEnd, file: file,
                "expected a header of \(length) bytes, found only \(available) bytes behind its "
                    + "length",
                advice: "the file was cut off or is no safetensors file: get it again",
                byteOffset: 0)
        }
        return Int(length)
    }
}

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
    package static func write(
        _ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String
    ) throws(CheckpointError) {
        try write(tensors, metadata: metadata, to: path, observing: { _ in }, beforeReplacing: {})
    }

    /// Does the same, and calls `observe` with the bytes in their order and `prepare` before they
    /// become the file at `path`.
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

    /// Writes the file of an archive again with other metadata: its tensors keep their bytes, their
    /// element types and their order.
    ///
    /// - Throws: A ``CheckpointError``: what the reading throws when the file became shorter;
    ///   `cannotWrite` or `diskFull` when the system refuses.
    /// - Precondition: The archive is one safetensors file.
    package static func write(
        _ archive: TensorArchive, metadata: [String: String], to path: String,
        observing observe: (UnsafeRawBufferPointer) -> Void = { _ in },
        beforeReplacing prepare: () throws(CheckpointError) -> Void = {}
    ) throws(CheckpointError) {
        precondition(archive.format == .safetensors, "\(archive.format) has no such metadata")
        let source = archive.shards[0].source
        let header = try HeaderWriter(file: path).header(
            of: archive.entries.map {
                TensorHeading(name: $0.name, shape: $0.shape, elementType: $0.elementType)
            }, metadata: metadata)
        // Tensors lie side by side up to the end of the file.
        let size = archive.entries.reduce(0) { $0 + $1.byteRange.count }
        try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
            header.withUnsafeBytes(observe)
            try file.write(header)
            for start in stride(from: source.count - size, to: source.count, by: 1 << 20) {
                let chunk = try source.elements(
                    of: UInt8.self, in: start..<min(start + (1 << 20), source.count))
                chunk.withUnsafeBytes(observe)
                try file.write(chunk)
            }
            try prepare()
        }
    }

    /// The bytes that ``write(_:metadata:to:)`` would write; `name` is their name in messages.
    ///
    /// - Throws: A ``CheckpointError`` with the code `invalidContent`.
    package static func bytes(
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
    package static func sorted(_ tensors: [NamedTensor]) -> [NamedTensor] {
        tensors.sorted { first, second in
            let sizes = (first.elementType.byteCount, second.elementType.byteCount)
            guard sizes.0 == sizes.1 else { return sizes.0 > sizes.1 }
            // By bytes: the order of String depends on the Unicode version.
            return first.name.utf8.lexicographicallyPrecedes(second.name.utf8)
        }
    }
}
