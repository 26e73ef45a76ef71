// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles
import WRNTensorFiles

/// The content of a line of one of the run's files.
protocol JSONLine: Codable {
    /// The first field with an invalid value: its name in the file, what was expected and what was
    /// found; nil when all are valid.
    var problem: FieldProblem? { get }
}

/// An invalid value in a file.
struct FieldProblem: Equatable {
    let field: String
    let expected: String
    let found: String

    /// Nil when a number is in a range, and so no infinity either.
    init?<Number: Comparable>(
        _ field: String, _ value: Number?, in range: ClosedRange<Number>, _ expected: String? = nil
    ) {
        guard let value, !range.contains(value) else { return nil }
        self.field = field
        self.expected = expected ?? "in \(range.lowerBound)...\(range.upperBound)"
        found = "\(value)"
    }

    init(_ field: String, expected: String, found: String) {
        self.field = field
        self.expected = expected
        self.found = found
    }
}

/// A file of JSON lines, to which lines are added; a partial line at its end is ignored.
struct JSONLines<Record: JSONLine> {
    /// The largest file that is read, in bytes.
    static var maximumByteCount: Int { 1 << 30 }

    let path: String

    /// Adds a line and forces it to the disk; a line that did not fit on the disk is removed again.
    func append(_ record: Record) throws {
        let line = Array((try RunJSON.text(record) + "\n").utf8)
        var status = stat()
        let byteCount = stat(path, &status) == 0 ? Int(status.st_size) : 0
        do {
            try AppendOnlyFile<TrainingError>.append(line, to: path)
        } catch {
            try? shorten(to: byteCount)
            throw error
        }
    }

    /// The records of all whole lines.
    func records() throws -> [Record] { try lines().map(\.record) }

    /// Drops all lines from the first that is not kept on, and a partial line of a killed process,
    /// in place: that needs no space, as there may be none left.
    func truncate(keeping isKept: (Record) -> Bool) throws {
        guard RunDirectory.exists(path) else { return }
        let kept = try lines().prefix { isKept($0.record) }
        try shorten(to: kept.reduce(0) { $0 + $1.byteCount })
    }

    /// Drops all lines but the first `count`, whatever their content, and a partial line of a
    /// killed process, in place.
    func truncate(toCount count: Int) throws {
        guard RunDirectory.exists(path) else { return }
        try shorten(to: try wholeLines().prefix(count).reduce(0) { $0 + $1.count + 1 })
    }

    /// Drops a partial line of a killed process, whatever the content of the whole ones.
    func dropHalfLine() throws {
        guard RunDirectory.exists(path) else { return }
        let bytes = try RunDirectory.readFile(path, limit: Self.maximumByteCount)
        let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        try shorten(to: end)
    }

    private func lines() throws -> [(byteCount: Int, record: Record)] {
        try wholeLines().enumerated().map { number, line in
            (line.count + 1, try record(of: line, number: number + 1))
        }
    }

    /// The records of all whole lines; nil for a line that is no record.
    func readableRecords() throws -> [Record?] {
        try wholeLines().enumerated().map { number, line in
            try? record(of: line, number: number + 1)
        }
    }

    private func wholeLines() throws -> [ArraySlice<UInt8>] {
        guard RunDirectory.exists(path) else { return [] }
        let bytes = try RunDirectory.readFile(path, limit: Self.maximumByteCount)
        var parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // The bytes after the last line's end are a partial line, or none.
        parts.removeLast()
        return parts
    }

    private func record(
        of line: ArraySlice<UInt8>, number: Int
    ) throws(TrainingError) -> Record {
        let part = "line \(number): "
        let record = try RunJSON.value(Record.self, from: line, file: path, part: part)
        guard let problem = record.problem else { return record }
        throw RunJSON.damage(
            path, part + "expected \(problem.field) \(problem.expected), found \(problem.found)")
    }

    private func shorten(to byteCount: Int) throws {
        let descriptor = retryingInterrupts { open(path, O_RDWR | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard lseek(descriptor, 0, SEEK_END) > off_t(byteCount) else { return }
        guard retryingInterrupts({ ftruncate(descriptor, off_t(byteCount)) }) == 0,
            retryingInterrupts({ fsync(descriptor) }) == 0
        else { throw failure() }
    }

    private func failure() -> TrainingError {
        let error = SystemError.last
        return TrainingError(
            .unwritable,
            "\(path): cannot write to the file: \(error.sentence); \(error.writingAdvice)")
    }
}

/// The file with one line of JSON for each epoch.
package struct MetricsLog {
    let path: String

    private var lines: JSONLines<EpochRecord> { JSONLines(path: path) }

    /// Adds the line of an epoch and forces it to the disk; when that fails, the file is what it
    /// was.
    func append(_ record: EpochRecord) throws { try lines.append(record) }

    /// The records of all whole lines, which are those of the epochs from 1 on.
    ///
    /// - Throws: A ``TrainingError`` with the code `damagedRun` when a line is no record, or lines
    ///   are missing.
    func records() throws -> [EpochRecord] {
        let records = try lines.records()
        for (index, record) in records.enumerated() where record.epoch != index + 1 {
            throw RunJSON.damage(
                path,
                "line \(index + 1): expected epoch \(index + 1), found \(record.epoch): lines are "
                    + "missing or twice there (going on with the run puts that right)")
        }
        return records
    }

    /// The records of all whole lines, whatever their epochs; nil for a line that is no record.
    func readableRecords() throws -> [EpochRecord?] { try lines.readableRecords() }

    /// Drops the lines after the first `epochs` epochs, and a partial line of a killed process.
    package func truncate(toEpochs epochs: Int) throws {
        try lines.truncate { $0.epoch <= epochs }
    }

    /// Drops all lines but the first `count`, and a partial line of a killed process.
    func truncate(toCount count: Int) throws { try lines.truncate(toCount: count) }

    /// Replaces all lines, atomically.
    func replace(with records: [EpochRecord]) throws {
        try AtomicFile<FileError>.write(
            records.map { try RunJSON.text($0) + "\n" }.joined(), to: path)
    }
}
