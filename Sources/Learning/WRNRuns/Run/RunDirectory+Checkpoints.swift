// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNInference
package import WRNModel
import WRNTensorFiles

extension RunDirectory {
    /// The checkpoints, newer ones first, that were passed over when the run was opened by a ``Trainer``; empty before that.
    public var unusableCheckpoints: [UnusableCheckpoint] {
        let used =
            usedStep.map { "the run goes on from \(CheckpointFiles.name(step: $0))" }
            ?? "the run begins again at step 0, which leads to the same weights"
        if problems.isEmpty, usedStep == nil, hasLostCheckpoints {
            return [
                UnusableCheckpoint(
                    file: checkpoints.directory,
                    message:
                        "\(checkpoints.directory): expected the checkpoint of the model in \(modelFile), "
                        + "found none; \(used)")
            ]
        }
        return problems.map { problem in
            let file = checkpoints.path(step: problem.step)
            return UnusableCheckpoint(file: file, message: "\(file) \(problem.text); \(used)")
        }
    }

    /// Whether the run has a checkpoint, whole or not.
    package var hasCheckpoint: Bool { (try? checkpoints.steps().isEmpty) == false }

    /// The checkpoint to go on from, or nil when the run begins at the beginning.
    ///
    /// The newest comes first; one that is not whole is passed over. One that is whole but of another run is an error.
    package func checkpoint(for graph: Graph) throws -> Checkpoint? {
        while let step = try newestWholeStep() {
            do {
                let checkpoint = try Checkpoint(
                    readingFrom: checkpoints.path(step: step), for: configuration, graph: graph)
                usedStep = step
                return checkpoint
            } catch let error as CheckpointError {
                problems.append((step, "cannot be read (\(error))"))
            }
        }
        // The model is written after the checkpoint: without one, someone has taken the checkpoint away.
        hasLostCheckpoints = Self.exists(modelFile)
        return nil
    }

    /// Where the run stands, as its newest whole checkpoint says; nil without one.
    func position() throws -> TrainingPosition? {
        while let step = try newestWholeStep() {
            do {
                let archive = try Safetensors.read(contentsOf: checkpoints.path(step: step))
                return try Checkpoint.facts(in: archive).position
            } catch let error as CheckpointError {
                problems.append((step, "cannot be read (\(error))"))
            }
        }
        return nil
    }

    /// Makes the directory of checkpoints say what the run goes on from.
    ///
    /// Newer checkpoints are set aside before lines of the record are dropped, so that none of them is ever found with fewer lines
    /// than it has epochs. What a killed process left of removed ones goes.
    package func settleCheckpoints() throws {
        for problem in problems { try checkpoints.setAside(step: problem.step) }
        if let usedStep {
            try ChecksummedFile.settle(checkpoints.path(step: usedStep))
            checkpoints.removeOthers(than: usedStep, keeping: .max)
        }
    }

    /// Adds a checkpoint, and then removes those that are no longer kept.
    package func save(_ checkpoint: Checkpoint, keeping count: Int) throws {
        let step = checkpoint.facts.position.step
        do {
            try checkpoint.write(of: configuration.model, to: checkpoints.path(step: step))
        } catch {
            throw lost ?? error
        }
        checkpoints.removeOthers(than: step, keeping: count)
    }

    /// Replaces the model.
    package func save(_ model: Model) throws { try save(model, to: modelFile) }

    func save(_ model: Model, to file: String) throws {
        do {
            let (tensors, metadata) = try model.contents(ofFile: file)
            try ChecksummedFile.write(tensors, metadata: metadata, to: file)
        } catch {
            throw lost ?? error
        }
    }

    /// What to say when a file cannot be written because its directory is no longer there; nil when it is.
    var lost: (any Error)? {
        let missing = [path, checkpoints.directory].first { !Self.isDirectory($0) }
        return missing.map { directory in
            TrainingError(
                .unwritable,
                "\(directory): expected the run's directory, found nothing; it was removed or renamed "
                    + "while the run was trained: put it back and resume, or begin a new run")
        }
    }

    private func newestWholeStep() throws -> Int? {
        for step in try checkpoints.steps() where !problems.contains(where: { $0.step == step }) {
            if step == wholeStep { return step }
            guard let problem = ChecksummedFile.problem(of: checkpoints.path(step: step)) else {
                wholeStep = step
                return step
            }
            problems.append((step, problem))
        }
        return nil
    }
}
