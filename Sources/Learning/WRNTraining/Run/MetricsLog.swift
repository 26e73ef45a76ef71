// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles

/// The file with one line of JSON for each epoch.
struct MetricsLog {
    let path: String

    private var lines: JSONLines<EpochRecord> { JSONLines(path: path) }

    /// Adds the line of an epoch and forces it to the disk; when that fails, the file is what it was.
    func append(_ record: EpochRecord) throws { try lines.append(record) }

    /// The records of all whole lines, which are those of the epochs from 1 on.
    ///
    /// - Throws: A ``TrainingError`` with the code `damagedRun` when a line is no record, or lines are missing.
    func records() throws -> [EpochRecord] {
        let records = try lines.records()
        for (index, record) in records.enumerated() where record.epoch != index + 1 {
            throw RunJSON.damage(
                path,
                "line \(index + 1): expected epoch \(index + 1), found \(record.epoch): lines are missing or "
                    + "twice there (going on with the run puts that right)")
        }
        return records
    }

    /// The records of all whole lines, whatever their epochs; nil for a line that is no record.
    func readableRecords() throws -> [EpochRecord?] { try lines.readableRecords() }

    /// Drops the lines behind the first `epochs` epochs, and half a line of a process that was killed.
    func truncate(toEpochs epochs: Int) throws {
        try lines.truncate { $0.epoch <= epochs }
    }

    /// Drops all lines but the first `count`, and half a line of a process that was killed.
    func truncate(toCount count: Int) throws { try lines.truncate(toCount: count) }

    /// Writes all lines anew, in one step.
    func replace(with records: [EpochRecord]) throws {
        try AtomicFile.write(records.map { try RunJSON.text($0) + "\n" }.joined(), to: path)
    }
}
