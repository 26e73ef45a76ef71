// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// The record of a step: one line of `steps.jsonl`, of every Nth step of a run that logs them.
package struct StepRecord: Codable, Hashable, Sendable {
    /// The steps of the run so far, this one included.
    package let step: Int
    /// The mean cross-entropy of the step's batch, before its weights moved.
    package let loss: Double
    /// The step's learning rate.
    package let learningRate: Double
    /// When the step was done, in seconds since 1970.
    package let time: Double

    /// Creates the record of a step.
    package init(step: Int, loss: Double, learningRate: Double, time: Double) {
        self.step = step
        self.loss = loss
        self.learningRate = learningRate
        self.time = time
    }
}

extension StepRecord: JSONLine {
    var problem: FieldProblem? {
        FieldProblem("step", step, in: 1...Int(UInt32.max), "a step from 1 on")
            ?? FieldProblem("loss", loss, in: 0...Double.greatestFiniteMagnitude, "a number")
    }
}

/// The file with one line of JSON for each logged step.
///
/// It follows from the run and decides nothing: lines that are damaged are left out.
package struct StepLog {
    let path: String

    private var lines: JSONLines<StepRecord> { JSONLines(path: path) }

    /// Adds the lines of some steps and forces them to the disk.
    package func append(_ records: [StepRecord]) throws {
        guard !records.isEmpty else { return }
        let text = try records.map { try RunJSON.text($0) + "\n" }.joined()
        try AppendOnlyFile<TrainingError>.append(Array(text.utf8), to: path)
    }

    /// The records of the steps up to a checkpoint's; all others are dropped from the file.
    package func settle(atStep step: Int) throws -> [StepRecord] {
        guard RunDirectory.exists(path) else { return [] }
        let found = (try? lines.readableRecords()) ?? []
        var kept: [StepRecord] = []
        for record in found.compactMap(\.self)
        where record.step <= step && record.step > kept.last?.step ?? 0 {
            kept.append(record)
        }
        if kept.isEmpty {
            try AtomicFile<FileError>.write("", to: path)
        } else if kept.count < found.count {
            try AtomicFile<FileError>.write(
                kept.map { try RunJSON.text($0) + "\n" }.joined(), to: path)
        } else {
            try lines.dropHalfLine()
        }
        return kept
    }
}
