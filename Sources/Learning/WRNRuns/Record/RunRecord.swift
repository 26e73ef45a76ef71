// SPDX-License-Identifier: Apache-2.0

import Foundation
public import WRNDatasets
import WRNFiles
import WRNInference
import WRNTensorFiles
import WRNText

/// A run as its directory records it, read without locking or changing anything, also while it is
/// trained.
///
///     let run = try RunRecord(readingFrom: "runs/first")
///     print(run.network, run.best?.validationAccuracy ?? 0)
public struct RunRecord: Sendable {
    /// The state of a run.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// All epochs are complete, and the last one is saved.
        case finished
        /// Epochs are missing or not saved, and no process trains it: it can be resumed.
        case stopped
        /// A process trains in the directory now.
        case training
    }

    /// The directory.
    public let path: String
    /// The content of `config.json`.
    package let configuration: RunSetting.Value
    /// The network's name.
    public let network: String
    /// The source of the images: a known data set's name or a path.
    public let source: String
    /// The epochs that the run has when it is finished.
    public let epochs: Int
    /// The seed of all random numbers of the run.
    public let seed: String
    /// The epochs that are complete.
    public let records: [EpochRecord]
    /// The rule by which the run ends before its last epoch; nil for none.
    public let earlyStopping: TrainingConfiguration.EarlyStopping?
    /// The state of the run.
    public let state: State

    /// Reads `config.json` and `metrics.jsonl`.
    ///
    /// - Throws: A ``TrainingError`` with the code `noRun` or `damagedRun`.
    public init(readingFrom path: String) throws {
        guard RunDirectory.isDirectory(path) else {
            throw TrainingError(
                .noRun,
                "\(path): expected the directory of a run, found "
                    + (RunDirectory.exists(path)
                        ? "a file; check the path" : "nothing; " + NearestPath.advice(path)))
        }
        let file = RunDirectory.join(path, RunDirectory.Name.configuration)
        guard RunDirectory.exists(file) else {
            throw TrainingError(
                .noRun,
                "\(path): expected the file \(RunDirectory.Name.configuration) of a run, found "
                    + "none; check the path")
        }
        let configuration = try Self.json(file)
        network = try Self.text("model.architecture", in: configuration, file: file)
        source = try Self.text("data.source", in: configuration, file: file)
        seed = try Self.field("seed", "a number", in: configuration, file: file) { value in
            value.number.map { _ in value.text }
        }
        epochs = try Self.field("epochs", "a whole number", in: configuration, file: file) {
            $0.number.flatMap { Int(exactly: $0) }
        }
        let counts = 1...TrainingConfiguration.maximumEpochCount
        guard counts.contains(epochs) else {
            throw Self.damage(
                file, "epochs in \(counts.lowerBound)...\(counts.upperBound), found \(epochs)")
        }
        records = try MetricsLog(path: RunDirectory.join(path, RunDirectory.Name.metrics))
            .records()
        earlyStopping = try Self.earlyStopping(in: configuration, file: file)
        try Self.checkValidations(of: records, configuration, epochs: epochs, path: path)
        let isOver =
            (records.count >= epochs || earlyStopping?.isOver(after: records) == true)
            && Self.isSaved(records, in: path)
        // The process that trained the last epoch may still hold the lock, to write the report.
        state = isOver ? .finished : DirectoryLock.isHeld(path) ? .training : .stopped
        self.path = path
        self.configuration = configuration
    }

    /// The split that was evaluated after each epoch, by which the best epoch was chosen.
    public var evaluatedSplit: Split {
        TrainingConfiguration.Data.evaluatedSplit(
            recorded: (configuration["data.validation_split"]?.string).flatMap(
                Split.init(rawValue:)), source: source)
    }

    /// All values of `config.json`, under their names in recipes, options and the documentation:
    /// the network first, then the data, then as recipes list them.
    package var settings: [RunSetting] { RunSetting.settings(of: configuration) }

    /// The configuration as this version reads it.
    ///
    /// - Throws: A ``TrainingError`` with the code `damagedRun` for one of another version, and
    ///   what ``TrainingConfiguration/validate()`` throws.
    public func trainingConfiguration() throws -> TrainingConfiguration {
        try RunDirectory.readConfiguration(
            RunDirectory.join(path, RunDirectory.Name.configuration))
    }

    /// The last complete epoch.
    public var last: EpochRecord? { records.last }

    /// The last complete epoch after which the model was evaluated.
    public var lastValidated: EpochRecord? { records.last(where: \.isValidated) }

    /// The epoch with the highest accuracy on the validation images, or that is best by the metric
    /// of early stopping; of equal ones, the first; nil where none was validated yet.
    public var best: EpochRecord? {
        EpochRecord.best(of: records, by: earlyStopping?.metric ?? .accuracy)
    }

    /// The epoch whose model `model.safetensors` holds in a finished run: the last one, or with
    /// early stopping the best.
    public var final: EpochRecord? { earlyStopping == nil ? last : best }

    /// Whether the run is finished before its last epoch.
    public var isStoppedEarly: Bool { state == .finished && records.count < epochs }

    /// The seconds that the complete epochs took, by their records.
    public var seconds: Double { records.map(\.seconds).reduce(0, +) }

    /// The file of the model; it is there once the run has saved one.
    public var modelFile: String { RunDirectory.join(path, RunDirectory.Name.model) }

    /// Whether the run has saved a model.
    public var hasModel: Bool { RunDirectory.exists(modelFile) }

    /// Refuses a model of the run that has no digest beside it, as in runs of earlier versions, and
    /// differs from the record.
    ///
    /// - Parameters:
    ///   - file: The model's file.
    ///   - record: The record of the epoch after which it was saved; nil where that is not known,
    ///     and nothing is checked.
    /// - Throws: A ``TrainingError`` with the code `damagedRun`.
    public func check(modelAt file: String, of record: EpochRecord?) throws(TrainingError) {
        guard let record, let expected = record.weightsSHA256,
            !RunDirectory.exists(file + ChecksummedFile.suffix),
            let found = RunDirectory.weightsSHA256(of: file), found != expected
        else { return }
        throw TrainingError(
            .damagedRun,
            "\(file): expected weights with the SHA-256 \(expected), as "
                + "\(RunDirectory.Name.metrics) has it of epoch \(record.epoch), found \(found): "
                + "the file is damaged or another one; take a copy that is whole, or resume the "
                + "run, which writes it again")
    }

    /// The moment at which a model of a run was saved.
    package enum Moment {
        /// After this epoch.
        case epoch(EpochRecord)
        /// In the middle of an epoch; of this one, where that is known.
        case middle(ofEpoch: Int?)
        /// Not known: before the first epoch is complete, or because the file cannot be read or the
        /// record is an earlier version's, without digests of the weights.
        case unknown
    }

    /// The moment at which a model of the run was saved, by the digest of its weights.
    ///
    /// - Parameter file: The model's file.
    package func moment(ofModelAt file: String) -> Moment {
        guard let last, records.allSatisfy({ $0.weightsSHA256 != nil }),
            let digest = RunDirectory.weightsSHA256(of: file)
        else { return .unknown }
        // Equal weights may be of several epochs.
        let candidates: [EpochRecord] = [self.final ?? last] + records.reversed()
        if let found = candidates.first(where: { $0.weightsSHA256 == digest }) {
            return .epoch(found)
        }
        guard let saved = Self.lastSavedStep(in: path) else { return .middle(ofEpoch: nil) }
        // The checkpoint comes before the model: without a later one, the model is older than the
        // last epoch's end.
        let epoch = saved > last.step ? last.epoch + 1 : last.epoch
        return .middle(ofEpoch: min(epoch, epochs))
    }

    /// Whether the last epoch of a record was saved: its line is written before its checkpoint,
    /// which a full disk or the end of the process may prevent.
    private static func isSaved(_ records: [EpochRecord], in path: String) -> Bool {
        guard let last = records.last else { return true }
        if let step = lastSavedStep(in: path) { return step >= last.step }
        // A run whose checkpoints were removed is judged by its record. One that has never saved
        // anything has their directory, and no model.
        let names = [RunDirectory.Name.model, RunDirectory.Name.best]
        return !RunDirectory.exists(RunDirectory.join(path, RunDirectory.Name.checkpoints))
            || names.contains { RunDirectory.exists(RunDirectory.join(path, $0)) }
    }

    /// The step of the newest checkpoint; nil where there is none, or none that may be listed.
    static func lastSavedStep(in path: String) -> Int? {
        let directory = RunDirectory.join(path, RunDirectory.Name.checkpoints)
        return (try? CheckpointFiles(directory: directory).steps())?.first
    }

    private static func json(_ file: String) throws(TrainingError) -> RunSetting.Value {
        let bytes = try RunDirectory.readFile(
            file, limit: RunDirectory.maximumConfigurationByteCount)
        // Keys as they stand in the file.
        guard let value = try? JSONDecoder().decode(RunSetting.Value.self, from: Data(bytes)) else {
            throw damage(file, "JSON with the fields of a run, found something else")
        }
        return value
    }

    /// The rule for early stopping in a configuration; nil for none.
    private static func earlyStopping(
        in configuration: RunSetting.Value, file: String
    ) throws(TrainingError) -> TrainingConfiguration.EarlyStopping? {
        typealias Rule = TrainingConfiguration.EarlyStopping
        guard configuration["early_stopping"] != nil else { return nil }
        let metrics = Rule.Metric.allCases.map(\.rawValue).joined(separator: ", ")
        let rule = Rule(
            try field(
                "early_stopping.metric", "one of \(metrics)", in: configuration, file: file
            ) {
                $0.string.flatMap(Rule.Metric.init(rawValue:))
            },
            patience: try field(
                "early_stopping.patience", "a whole number", in: configuration, file: file
            ) {
                $0.number.flatMap { Int(exactly: $0) }
            },
            minimumChange: try field(
                "early_stopping.minimum_change", "a number", in: configuration, file: file,
                \.number))
        if let problem = rule.problem {
            throw damage(file, "a rule for early stopping within its ranges, found that \(problem)")
        }
        return rule
    }

    /// Refuses records that lack the validation after an epoch that has one.
    private static func checkValidations(
        of records: [EpochRecord], _ configuration: RunSetting.Value, epochs: Int, path: String
    ) throws(TrainingError) {
        let interval = configuration["validate_every"]?.number.flatMap { Int(exactly: $0) } ?? 1
        let lacking = records.first {
            !$0.isValidated && ($0.epoch == epochs || $0.epoch.isMultiple(of: max(interval, 1)))
        }
        guard let lacking else { return }
        throw damage(
            RunDirectory.join(path, RunDirectory.Name.metrics),
            "validation_loss and validation_accuracy of epoch \(lacking.epoch), found none")
    }

    private static func text(
        _ path: String, in value: RunSetting.Value, file: String
    ) throws(TrainingError) -> String {
        try field(path, "text", in: value, file: file, \.string)
    }

    /// Reads a field.
    ///
    /// - Parameter kind: The kind of value that is expected: `a number`.
    private static func field<Value>(
        _ path: String, _ kind: String, in configuration: RunSetting.Value, file: String,
        _ read: (RunSetting.Value) -> Value?
    ) throws(TrainingError) -> Value {
        guard let value = configuration[path] else {
            throw damage(file, "the field \(path), found none")
        }
        guard let result = read(value) else {
            let found = value.string.map { quoted($0) } ?? value.text
            throw damage(file, "\(kind) as \(path), found \(found)")
        }
        return result
    }

    private static func damage(_ file: String, _ expectation: String) -> TrainingError {
        TrainingError(
            .damagedRun,
            "\(file): expected \(expectation); the file was changed or damaged: restore it, "
                + "or begin a new run in another directory")
    }
}
