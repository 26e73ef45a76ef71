// SPDX-License-Identifier: Apache-2.0

public import WRNDatasets
import WRNFiles
package import WRNGraph
import WRNInference
import WRNTensorFiles

/// The directory of a run, locked for this process.
///
///     config.json                     the configuration (TrainingConfiguration)
///     metrics.jsonl                   a line of JSON for each epoch (EpochRecord)
///     processes.jsonl                 a line of JSON for each process that trained
///     steps.jsonl                     a line of JSON for each logged step (StepRecord)
///     model.safetensors               the model, of the last save; of the best epoch, when a run
///                                     with early stopping is over
///     best.safetensors                the model of the best epoch so far
///     *.safetensors.sha256            the digest of the file of that name, as sha256sum writes it
///     checkpoints/step-*.safetensors  the states to resume from (CheckpointFiles)
///
/// Every file is replaced in one step, so that a process that is killed leaves either the old or
/// the new one; lines are added to `metrics.jsonl` and forced to the disk. At the end of an epoch
/// the line comes first, then the checkpoint, then the models; opening the run drops lines after
/// the checkpoint.
///
/// The directory is locked until the last reference to this object is gone, also that of a
/// `Trainer`. Until then no other process can open it, and this one not a second time, where the
/// file system has locks.
public final class RunDirectory {
    /// The directory.
    public let path: String
    /// The configuration of the run.
    public private(set) var configuration: TrainingConfiguration
    /// The number of epochs when the run was created or opened.
    private let openedEpochs: Int

    /// Nil where the run is another worker's.
    private let lock: DirectoryLock?
    /// The directories that were created for the run, in the process that began it; nil in one that
    /// resumes it.
    let made: [NewDirectories]?
    /// Whether the run has taken the place of one that had no saved step.
    public internal(set) var hasReplacedRun = false
    /// The problems besides those of checkpoints that a ``Trainer`` found when it opened the run,
    /// with how they were repaired or why they could not be checked: one sentence each.
    public package(set) var repairs: [String] = []
    /// The checkpoints that the run can resume from.
    private let checkpoints: CheckpointStore

    init(
        path: String, configuration: TrainingConfiguration, lock: DirectoryLock?,
        made: [NewDirectories]?
    ) {
        self.path = path
        self.configuration = configuration
        openedEpochs = configuration.epochs
        self.lock = lock
        self.made = made
        checkpoints = CheckpointStore(directory: Self.join(path, Name.checkpoints))
    }

    /// The names of a run's files.
    enum Name {
        static let configuration = "config.json"
        static let metrics = "metrics.jsonl"
        static let model = "model.safetensors"
        static let best = "best.safetensors"
        static let processes = "processes.jsonl"
        static let steps = "steps.jsonl"
        static let checkpoints = "checkpoints"
        static let all = [
            configuration, metrics, processes, steps, model, model + ChecksummedFile.suffix, best,
            best + ChecksummedFile.suffix, checkpoints,
        ]
    }

    /// The path of one of the run's files.
    func path(of name: String) -> String { Self.join(path, name) }

    /// The path of a file in a directory.
    static func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    /// The model's file: the weights of the last save.
    public var modelFile: String { path(of: Name.model) }

    /// The lines of `metrics.jsonl`.
    package var metrics: MetricsLog { MetricsLog(path: path(of: Name.metrics)) }

    /// The lines of `steps.jsonl`.
    package var steps: StepLog { StepLog(path: path(of: Name.steps)) }

    /// The records of the epochs so far.
    ///
    /// - Throws: A ``TrainingError`` with the code `damagedRun` when a line is no record.
    public func records() throws -> [EpochRecord] { try metrics.records() }

    /// Changes the number of epochs; a cosine schedule is stretched with it, milestones stay.
    ///
    /// Steps that are done keep what they followed from: under a cosine, the run then ends with
    /// other weights than one of so many epochs from its beginning.
    ///
    /// - Throws: A ``TrainingError`` for a number out of range, a `FileError` when the file cannot
    ///   be written.
    public func setEpochs(_ epochs: Int) throws {
        var changed = configuration
        changed.epochs = epochs
        try changed.validate()
        if let position = try checkpoints.position() {
            let begun = position.epoch + (position.batch > 0 ? 1 : 0)
            guard epochs >= begun else {
                throw TrainingError(
                    .invalidConfiguration,
                    "\(path): the run is in epoch \(begun) already and cannot end after \(epochs); "
                        + "choose \(begun) epochs or more")
            }
            // No step is left after which the last epoch would be validated.
            let last = (try? records())?.first { $0.epoch == epochs }
            guard epochs > position.epoch || last?.isValidated != false else {
                throw TrainingError(
                    .invalidConfiguration,
                    "\(path): epoch \(epochs) is complete already, and the last epoch of a run is "
                        + "validated, which this one was not (validate_every); choose "
                        + "\(epochs + 1) epochs or more")
            }
        }
        // Without a change nothing is written, so that a full disk is no problem.
        guard changed != configuration else { return }
        try Self.write(changed, in: path)
        configuration = changed
    }

    /// Changes the source of the images, after they were moved.
    ///
    /// - Parameters:
    ///   - source: Their place now, as `DataSource` takes it.
    ///   - classMap: The path of the class map now; nil when it has not moved.
    ///   - exclusion: The path of the list of images that are left out now; nil when it has not
    ///     moved.
    ///   - train: The training images that were read there; they must be those that the run began
    ///     with.
    ///   - validation: The validation images, likewise.
    /// - Throws: A ``TrainingError`` with the code `dataMismatch` for other images, a `FileError`
    ///   when `config.json` cannot be written.
    public func moveData(
        to source: String, classMap: String? = nil, exclusion: String? = nil,
        train: any ImageSet, validation: any ImageSet
    ) throws {
        var changed = configuration
        changed.data.source = source
        changed.data.name = train.name
        if let classMap { changed.data.files?.classMap = classMap }
        if let exclusion { changed.data.exclusion?.list = exclusion }
        try changed.check(train: train, validation: validation)
        if configuration.data.content != nil {
            _ = try checkContent(train: train, validation: validation, isBegun: false)
        }
        guard changed != configuration else { return }
        try Self.write(changed, in: path)
        configuration = changed
    }

    /// Leaves out image files that cannot be read, from now on.
    ///
    /// The steps so far had none, so the run ends with the weights of one that has left them out
    /// from its beginning.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidConfiguration` for a run on images that
    ///   are no files, a `FileError` when `config.json` cannot be written.
    public func leaveOutBrokenFiles() throws {
        guard let files = configuration.data.files else {
            throw TrainingError(
                .invalidConfiguration,
                "\(path): the run is on \(configuration.data.source), whose images are not files "
                    + "of their own, so none can be left out")
        }
        guard !files.skipsBroken else { return }
        var changed = configuration
        changed.data.files?.skipsBroken = true
        try Self.write(changed, in: path)
        configuration = changed
    }

    /// Records the environment of the run's beginning in the configuration; later processes are
    /// only recorded in `processes.jsonl`.
    ///
    /// - Parameter content: The digests of the images, where the run is at its beginning; nil to
    ///   keep the recorded ones.
    package func noteBeginning(
        on environment: RunEnvironment, content: TrainingConfiguration.Data.Content?
    ) throws {
        var changed = configuration
        if changed.environment == nil { changed.environment = environment }
        if changed.data.content == nil { changed.data.content = content }
        guard changed != configuration else { return }
        try Self.write(changed, in: path)
        configuration = changed
    }

    static func write(_ configuration: TrainingConfiguration, in directory: String) throws {
        try AtomicFile<FileError>.write(
            RunJSON.text(configuration, isPretty: true) + "\n",
            to: join(directory, Name.configuration))
    }

    /// Adds the line of an epoch to `metrics.jsonl`.
    package func append(_ record: EpochRecord) throws {
        try writing { try metrics.append(record) }
    }

    /// Writes a file of the run; the error reports a directory that is no longer there.
    func writing(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            let directories = [path, checkpoints.files.directory]
            guard let directory = directories.first(where: { !Self.isDirectory($0) }) else {
                throw error
            }
            throw TrainingError(
                .unwritable,
                "\(directory): expected the run's directory, found nothing; it was removed or "
                    + "renamed while the run was trained: put it back and resume, or begin a new "
                    + "run")
        }
    }
}

extension RunDirectory {
    /// The checkpoints, newer ones first, that could not be used when a trainer opened the run;
    /// empty before that.
    package var unusableCheckpoints: [UnusableCheckpoint] {
        checkpoints.unusable(modelFile: modelFile)
    }

    /// Whether the run has a checkpoint, whole or not.
    package var hasCheckpoint: Bool { checkpoints.hasCheckpoint }

    /// The checkpoint to resume from; nil when the run begins at the beginning.
    package func checkpoint(for graph: Graph) throws -> Checkpoint? {
        try checkpoints.newest(
            for: configuration, graph: graph, hasModel: Self.exists(modelFile)
        ) {
            // How many steps were done is unknown without a checkpoint.
            var lengths = Set(configuration.earlierLengths(in: path, before: .max))
            if configuration.stepsFollowFromLength, openedEpochs != configuration.epochs {
                lengths.insert(openedEpochs)
            }
            return lengths.sorted()
        }
    }

    /// Sets checkpoints aside that cannot be used, before lines of the record are dropped.
    package func settleCheckpoints() throws { try checkpoints.settle() }

    /// Adds a checkpoint, and then removes those that are no longer kept.
    package func save(_ checkpoint: Checkpoint, keeping count: Int) throws {
        try writing {
            try checkpoints.save(checkpoint, of: configuration.model, keeping: count)
        }
    }

    /// Refuses images that are not those that the run began with, although they have the same
    /// names, sizes and classes.
    ///
    /// - Parameter isBegun: Whether the run has taken steps.
    /// - Returns: The digests of the images.
    package func checkContent(
        train: any ImageSet, validation: any ImageSet, isBegun: Bool
    ) throws(TrainingError) -> TrainingConfiguration.Data.Content {
        let found = TrainingConfiguration.Data.Content(
            train: ImageContent.sha256(of: train), validation: ImageContent.sha256(of: validation))
        let data = configuration.data
        guard let expected = data.content else {
            if isBegun {
                repairs.append(
                    "\(path): an earlier version began the run, without a digest of the images: "
                        + "whether the pixels of \(data.source) are still the same could not be "
                        + "checked")
            }
            return found
        }
        for (split, expected, found) in [
            ("training", expected.train, found.train),
            (data.evaluatedSplit.adjective, expected.validation, found.validation),
        ] where expected != found {
            throw TrainingError(
                .dataMismatch,
                "\(data.source): the \(split) images are as many as when the run began, but their "
                    + "content is another (expected the SHA-256 \(expected), found \(found)); put "
                    + "back the images that the run began with, or begin a new run")
        }
        return found
    }
}
