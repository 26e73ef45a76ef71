// SPDX-License-Identifier: Apache-2.0

/// The file with one line of JSON for each epoch.
struct MetricsLog {
    let path: String

    private var lines: JSONLines<EpochRecord> { JSONLines(path: path) }

    /// Adds the line of an epoch and forces it to the disk; when that fails, the file is what it was.
    func append(_ record: EpochRecord) throws { try lines.append(record) }

    /// The records of all whole lines.
    func records() throws -> [EpochRecord] { try lines.records() }

    /// Drops the lines behind the first `epochs` epochs, and half a line of a process that was killed.
    func truncate(toEpochs epochs: Int) throws {
        try lines.truncate { $0.epoch <= epochs }
    }
}
