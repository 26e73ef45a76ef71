// SPDX-License-Identifier: Apache-2.0

// A run whose batches several workers compute has one record, which the first of them writes. The
// others know of it what is sent to them.

extension RunDirectory {
    /// What the first worker sends of its run.
    private struct Message: Codable {
        let path: String
        let configuration: TrainingConfiguration
    }

    /// The run for the other workers: its configuration and the name of its directory.
    package func sharedBytes() throws -> [UInt8] {
        Array(try RunJSON.text(Message(path: path, configuration: configuration)).utf8)
    }

    /// The run of the first worker on another one: its configuration, and its directory's name for
    /// messages.
    ///
    /// No file of it is read or written, so that the directory needs to be on the first worker's
    /// machine alone.
    ///
    /// - Throws: A ``TrainingError`` when the bytes are no run.
    package convenience init(sharedBytes: [UInt8]) throws(TrainingError) {
        let message = try RunJSON.value(
            Message.self, from: sharedBytes, file: "the run of the first worker")
        self.init(
            path: message.path, configuration: message.configuration, lock: nil, made: nil)
    }
}

extension [EpochRecord] {
    /// The records for another worker.
    package func sharedBytes() throws -> [UInt8] { Array<UInt8>(try RunJSON.text(self).utf8) }

    /// Reads the records that the first worker has sent.
    ///
    /// - Throws: A ``TrainingError`` when the bytes are no records.
    package init(sharedBytes: [UInt8]) throws(TrainingError) {
        self = try RunJSON.value(
            [EpochRecord].self, from: sharedBytes, file: "the record of the first worker")
    }
}
