// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// Bytes that are kept on the disk until the bytes before them, such as a number of rows, are
/// known.
///
/// They are in a file without a name in the target's directory, which needs space for them anyway;
/// it vanishes with the spool, and with the process.
package final class Spool {
    /// The number of bytes.
    package private(set) var byteCount = 0
    private let file: TemporaryFile
    /// What is not in the file yet.
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
