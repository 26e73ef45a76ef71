// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
import WRNGraph
import WRNModel

/// The directory of a run, locked for this process.
///
///     config.json                       what the run follows from (TrainingConfiguration)
///     metrics.jsonl                     one line of JSON for each epoch (EpochRecord)
///     model.safetensors                 the weights that others load, of the last save
///     checkpoints/latest.safetensors    weights, velocities and the place where the run stands
///
/// Every file is replaced in one step, so that a process that is killed leaves either the old or the new one; lines are added to
/// `metrics.jsonl` and forced to the disk. At the end of an epoch the line comes first, then the checkpoint, then the model; who
/// opens the run drops lines behind the checkpoint.
public final class RunDirectory {
    /// The directory.
    public let path: String
    /// What the run follows from.
    public private(set) var configuration: TrainingConfiguration

    private let lock: DirectoryLock
    /// What was made for the run, in the process in which it begins; nil in one that goes on with it.
    let made: [NewDirectories]?

    init(
        path: String, configuration: TrainingConfiguration, lock: DirectoryLock,
        made: [NewDirectories]?
    ) {
        self.path = path
        self.configuration = configuration
        self.lock = lock
        self.made = made
    }

    /// The names of a run's files.
    enum Name {
        static let configuration = "config.json"
        static let metrics = "metrics.jsonl"
        static let model = "model.safetensors"
        static let checkpoints = "checkpoints"
        static let latest = "checkpoints/latest.safetensors"
        static let all = [configuration, metrics, model, checkpoints]
    }

    /// The path of one of the run's files.
    func path(of name: String) -> String { Self.join(path, name) }

    /// The path of a file in a directory.
    static func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    /// The model's file: the weights of the last save.
    public var modelFile: String { path(of: Name.model) }

    /// The checkpoint's file.
    public var checkpointFile: String { path(of: Name.latest) }

    /// The lines of `metrics.jsonl`.
    var metrics: MetricsLog { MetricsLog(path: path(of: Name.metrics)) }

    /// The records of the epochs so far.
    ///
    /// - Throws: A ``TrainingError`` with the code `damagedRun` when a line is no record.
    public func records() throws -> [EpochRecord] { try metrics.records() }

    /// Lengthens or shortens the run; a cosine schedule stretches with it, milestones stay.
    ///
    /// - Throws: A ``TrainingError`` for a number out of range, a `CheckpointError` when the file cannot be written.
    public func setEpochs(_ epochs: Int) throws {
        var changed = configuration
        changed.epochs = epochs
        try changed.validate()
        if Self.exists(checkpointFile) {
            let archive = try Safetensors.read(contentsOf: checkpointFile)
            let position = try Checkpoint.facts(in: archive).position
            let begun = position.epoch + (position.batch > 0 ? 1 : 0)
            guard epochs >= begun else {
                throw TrainingError(
                    .invalidConfiguration,
                    "\(path): the run is in epoch \(begun) already and cannot end after \(epochs); "
                        + "choose \(begun) epochs or more")
            }
        }
        try Self.write(changed, in: path)
        configuration = changed
    }

    static func write(_ configuration: TrainingConfiguration, in directory: String) throws {
        try AtomicFile.write(
            RunJSON.text(configuration, isPretty: true) + "\n",
            to: join(directory, Name.configuration))
    }

    /// Replaces the checkpoint.
    func save(_ checkpoint: Checkpoint) throws {
        try checkpoint.write(of: configuration.model, to: checkpointFile)
    }

    /// Replaces the model.
    func saveModel(_ checkpoint: Checkpoint) throws {
        try Model(description: configuration.model, tensors: checkpoint.modelTensors)
            .write(to: modelFile)
    }
}
