// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNCheckpoint

/// The file with one line of JSON for each epoch.
struct MetricsLog {
    /// The largest file that is read, in bytes.
    static let maximumByteCount = 1 << 30

    let path: String

    /// Adds the line of an epoch and forces it to the disk.
    func append(_ record: EpochRecord) throws {
        let line = Array((try RunJSON.text(record) + "\n").utf8)
        let descriptor = retryingInterrupts {
            open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var written = 0
        while written < line.count {
            let count = line[written...].withUnsafeBytes { rest in
                retryingInterrupts { write(descriptor, rest.baseAddress, rest.count) }
            }
            guard count > 0 else { throw failure() }
            written += count
        }
        guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw failure() }
    }

    /// The records of all whole lines.
    func records() throws -> [EpochRecord] { try lines().map(\.record) }

    /// Drops the lines behind the first `epochs` epochs, and half a line of a process that was killed.
    func truncate(toEpochs epochs: Int) throws {
        guard RunDirectory.exists(path) else { return }
        let kept = try lines().filter { $0.record.epoch <= epochs }
        let bytes = kept.flatMap { $0.bytes + [UInt8(ascii: "\n")] }
        guard bytes != Array(try RunDirectory.readFile(path, limit: Self.maximumByteCount)) else {
            return
        }
        try AtomicFile.write(bytes, to: path)
    }

    private func lines() throws -> [(bytes: [UInt8], record: EpochRecord)] {
        guard RunDirectory.exists(path) else { return [] }
        let bytes = [UInt8](try RunDirectory.readFile(path, limit: Self.maximumByteCount))
        var parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What follows the last line's end is half a line, or nothing.
        parts.removeLast()
        return try parts.enumerated().map { number, line in
            let record = try RunJSON.value(
                EpochRecord.self, from: line, file: path, part: "line \(number + 1): ")
            return (Array(line), record)
        }
    }

    private func failure() -> TrainingError {
        let error = SystemError.last
        return TrainingError(
            .unwritable,
            "\(path): cannot write to the file: \(error.sentence); \(error.writingAdvice)")
    }
}
