// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNInference
import WRNModel
import WRNTensorFiles
import WRNText

/// A checkpoint that cannot be resumed from, in place of which an older one is used or the run
/// begins again.
package struct UnusableCheckpoint: Hashable, Sendable {
    /// The checkpoint's file; where all are gone, the directory that should hold one.
    package let file: String
    /// One sentence: which file, what is wrong, which one is used instead.
    package let message: String
}

/// The checkpoints of a run: the one that it resumes from, and those that cannot be used.
///
/// The newest that is whole is used. A damaged one is recorded and set aside; one that is whole but
/// of another run is an error, and so is one that the system refuses to read, which may be whole.
final class CheckpointStore {
    let files: CheckpointFiles
    /// The problems of the checkpoints that cannot be used, the newest first.
    private var problems: [(step: Int, text: String)] = []
    /// The step of a checkpoint whose digest has been checked.
    private var wholeStep: Int?
    /// The step of the checkpoint that the run resumes from.
    private var usedStep: Int?
    /// Whether there is a model but no checkpoint any more.
    private var isLost = false
    /// What follows where the run begins again, as a part of a sentence.
    private var newBeginning = "which leads to the same weights"

    init(directory: String) {
        files = CheckpointFiles(directory: directory)
    }

    /// Whether there is a checkpoint, whole or not.
    var hasCheckpoint: Bool { (try? files.steps().isEmpty) == false }

    /// The checkpoint to resume from; nil when the run begins at the beginning.
    ///
    /// - Parameters:
    ///   - hasModel: Whether the run has saved a model, which is written after the checkpoint:
    ///     without one, the checkpoint was removed.
    ///   - earlierLengths: The other numbers of epochs that the run had, where steps follow from
    ///     that number.
    func newest(
        for configuration: TrainingConfiguration, graph: Graph, hasModel: Bool,
        earlierLengths: () -> [Int]
    ) throws -> Checkpoint? {
        while let step = try newestWholeStep() {
            do {
                let checkpoint = try Checkpoint(
                    readingFrom: files.path(step: step), for: configuration, graph: graph)
                usedStep = step
                return checkpoint
            } catch let error as CheckpointError {
                try add(error, at: step)
            }
        }
        isLost = hasModel
        let numbers = earlierLengths().map { Numbers.grouped($0) }
        if !numbers.isEmpty {
            newBeginning =
                "as one of \(Numbers.counted(configuration.epochs, "epoch")) and not of "
                + "\(numbers.joined(separator: " and ")) as before, which need not lead to the "
                + "same weights"
        }
        return nil
    }

    /// The position of the run in its newest whole checkpoint; nil without one.
    func position() throws -> TrainingPosition? {
        while let step = try newestWholeStep() {
            do {
                let archive = try Safetensors.read(contentsOf: files.path(step: step))
                return try Checkpoint.facts(in: archive).position
            } catch let error as CheckpointError {
                try add(error, at: step)
            }
        }
        return nil
    }

    /// Sets the checkpoints aside that cannot be used, and removes the remains of others that a
    /// killed process has left.
    ///
    /// This comes before lines of the record are dropped, so that no checkpoint is ever found with
    /// fewer lines than it has epochs.
    func settle() throws {
        for problem in problems { try files.setAside(step: problem.step) }
        if let usedStep {
            try ChecksummedFile.settle(files.path(step: usedStep))
            files.removeOthers(than: usedStep, keeping: .max)
        }
    }

    /// Adds a checkpoint, and then removes those that are no longer kept.
    func save(_ checkpoint: Checkpoint, of model: ModelDescription, keeping count: Int) throws {
        let step = checkpoint.facts.position.step
        try checkpoint.write(of: model, to: files.path(step: step))
        files.removeOthers(than: step, keeping: count)
    }

    /// The checkpoints that cannot be used, newer ones first.
    ///
    /// - Parameter modelFile: The model that was saved after them.
    func unusable(modelFile: String) -> [UnusableCheckpoint] {
        let used =
            usedStep.map { "the run goes on from \(CheckpointFiles.name(step: $0))" }
            ?? "the run begins again at step 0, \(newBeginning)"
        if problems.isEmpty, usedStep == nil, isLost {
            return [
                UnusableCheckpoint(
                    file: files.directory,
                    message:
                        "\(files.directory): expected the checkpoint of the model in \(modelFile), "
                        + "found none; \(used)")
            ]
        }
        return problems.map { problem in
            let file = files.path(step: problem.step)
            return UnusableCheckpoint(file: file, message: "\(file) \(problem.text); \(used)")
        }
    }

    private func newestWholeStep() throws -> Int? {
        for step in try files.steps() where !problems.contains(where: { $0.step == step }) {
            if step == wholeStep { return step }
            guard let problem = try fault(of: files.path(step: step)) else {
                wholeStep = step
                return step
            }
            problems.append((step, problem))
        }
        return nil
    }

    /// Records a checkpoint that has its digest and cannot be read.
    private func add(_ error: CheckpointError, at step: Int) throws(TrainingError) {
        // Its bytes have been read before: the system refuses only now.
        _ = try fault(of: files.path(step: step))
        guard error.code != .cannotOpen, error.code != .cannotRead else {
            throw TrainingError(.damagedRun, error.message)
        }
        problems.append((step, "cannot be read (\(error))"))
    }

    /// The fault of a file, in the words that follow its name; nil when it is whole.
    ///
    /// - Throws: A ``TrainingError`` for one that the system refuses to read: a run must not begin
    ///   again because of that.
    private func fault(of file: String) throws(TrainingError) -> String? {
        do throws(ChecksummedFile.Refusal) {
            return try ChecksummedFile.inspect(file)
        } catch {
            throw TrainingError(
                .damagedRun,
                "\(error.file): cannot be read (\(error.sentence)); make it readable, or move the "
                    + "checkpoint away to do without it")
        }
    }
}
