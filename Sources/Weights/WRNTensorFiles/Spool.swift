// SPDX-License-Identifier: Apache-2.0

import WRNFiles
package import WRNTensor

/// Bytes that are kept on the disk until the bytes before them, such as a number of rows, are
/// known.
///
/// They are in a file without a name in the target's directory, which needs space for them anyway;
/// it vanishes with the spool, and with the process.
package final class Spool {
    /// The number of bytes.
    package private(set) var byteCount = 0
    private let file: TemporaryFile
    /// The bytes that are not in the file yet.
    private var tail: [UInt8] = []

    private static let chunkByteCount = 1 << 20

    /// Begins without bytes.
    ///
    /// - Throws: A ``CheckpointError`` when no file can be written at `target`.
    package init(for target: String) throws(CheckpointError) {
        file = try TemporaryFile(beside: target)
        file.removeName()
    }

    deinit {
        file.remove()
    }

    /// Appends bytes.
    package func append(_ bytes: some Collection<UInt8>) throws(CheckpointError) {
        tail += bytes
        byteCount += bytes.count
        if tail.count >= Self.chunkByteCount { try flush() }
    }

    /// Appends numbers as they are in files: float32, little-endian.
    package func append(_ numbers: [Float]) throws(CheckpointError) {
        for number in numbers {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { tail += $0 }
        }
        byteCount += numbers.count * MemoryLayout<Float>.stride
        if tail.count >= Self.chunkByteCount { try flush() }
    }

    /// Appends all bytes to the file that they were waiting for.
    package func copy(to target: TemporaryFile) throws(CheckpointError) {
        try flush()
        var offset = 0
        while offset < byteCount {
            var failure: CheckpointError?
            let count = min(Self.chunkByteCount, byteCount - offset)
            let chunk = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                do throws(CheckpointError) {
                    try file.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
                    initialized = count
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            try target.write(chunk)
            offset += count
        }
    }

    private func flush() throws(CheckpointError) {
        try file.write(tail)
        tail.removeAll(keepingCapacity: true)
    }
}

/// A float32 tensor to be written whose elements wait in a spool.
package struct SpooledTensor {
    let name: String
    let shape: TensorShape
    let elements: Spool

    /// Names a tensor.
    ///
    /// - Precondition: The spool holds as many elements as the shape has.
    package init(name: String, shape: TensorShape, elements: Spool) {
        precondition(
            elements.byteCount == shape.elementCount * MemoryLayout<Float>.stride,
            "\(elements.byteCount) bytes do not fill the shape \(shape)")
        self.name = name
        self.shape = shape
        self.elements = elements
    }
}

extension Safetensors {
    /// Writes tensors to the file at `path`, and atomically replaces an older one (see
    /// ``AtomicFile``).
    ///
    /// - Throws: What the writing of tensors in memory throws.
    package static func write(
        _ tensors: [SpooledTensor], metadata: [String: String], to path: String
    ) throws(CheckpointError) {
        let header = try HeaderWriter(file: path).header(
            of: tensors.map {
                TensorHeading(name: $0.name, shape: $0.shape, elementType: .float32)
            }, metadata: metadata)
        try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
            try file.write(header)
            for tensor in tensors { try tensor.elements.copy(to: file) }
        }
    }
}

extension NumPyFile {
    /// Writes one array to the file at `path`, and atomically replaces an older one (see
    /// ``AtomicFile``); it has no name there.
    ///
    /// - Throws: A ``CheckpointError`` with the code `cannotWrite` or `diskFull`.
    package static func write(_ tensor: SpooledTensor, to path: String) throws(CheckpointError) {
        try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
            try file.write(NumPyHeader.bytes(of: tensor.shape))
            try tensor.elements.copy(to: file)
        }
    }
}
