// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNDatasets
import WRNFetch
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
package import WRNRuns
import WRNTensor
package import WRNWorkers

// What the trainers of several workers exchange besides the sums of each step.

extension RunDirectory {
    /// The run of the first worker, for all of a group: its own there, and its configuration and
    /// name on the others, which need no access to its files.
    ///
    /// - Parameter run: The run on the first worker; not used on the others.
    /// - Throws: A `WorkerError` when the group has failed, or what was sent is no run, as another
    ///   version's would be.
    /// - Precondition: The first worker has a run.
    package static func shared(
        _ run: RunDirectory?, in group: any WorkerGroup
    ) throws -> RunDirectory {
        var bytes: [UInt8] = []
        if group.isFirst {
            guard let run else { preconditionFailure("the first worker has no run to share") }
            bytes = try run.sharedBytes()
            try group.broadcast(&bytes)
            return run
        }
        try group.broadcast(&bytes)
        do throws(TrainingError) {
            return try RunDirectory(sharedBytes: bytes)
        } catch {
            throw WorkerError(
                .mismatch,
                "\(group.name(of: group.rank)): expected a run of this version from "
                    + "\(group.name(of: 0)), found another (\(error.message)); run the same program "
                    + "on all workers")
        }
    }
}

extension TrainingConfiguration {
    /// Refuses a number of workers that cannot divide the shards of a batch evenly.
    package func checkSuits(_ group: any WorkerGroup) throws(WorkerError) {
        let shards = stepRules.shards
        guard !shards.isMultiple(of: group.size) else { return }
        let possible = (0...shards.trailingZeroBitCount).map { "\(1 << $0)" }
            .joined(separator: ", ")
        throw WorkerError(
            .invalidCount,
            "the run has \(shards) shards, which \(group.size) workers cannot divide: train it with "
                + "\(shards == 1 ? "1 worker" : "\(possible) workers"), or begin a run with more "
                + "shards")
    }

    /// The shards of a batch, of which each worker of a group prepares as many.
    func sharding(in group: any WorkerGroup) -> BatchSharding {
        BatchSharding(
            count: stepRules.shards, prepared: group.share(of: stepRules.shards))
    }
}

extension Trainer {
    /// The state that all workers begin with: the checkpoint that the first one found, or the
    /// weights that it drew, or read where the run begins from other weights.
    ///
    /// - Parameter found: The checkpoint of the first worker; nil for a run that begins, and on the
    ///   other workers.
    /// - Returns: The checkpoint; nil for a run that begins, on one worker. The weights, and which
    ///   of them were taken from others.
    static func start(
        of configuration: TrainingConfiguration, _ graph: Graph, _ train: any ImageSet,
        from found: Checkpoint?, settings: String, in group: any WorkerGroup
    ) throws -> (checkpoint: Checkpoint?, tensors: [String: Tensor], transfer: WeightTransfer?) {
        let name = "the state of \(group.name(of: 0))"
        guard group.isFirst else {
            var bytes: [UInt8] = []
            try group.broadcast(&bytes)
            let checkpoint = try Checkpoint(bytes, named: name, for: configuration, graph: graph)
            return (checkpoint, checkpoint.state.tensors, nil)
        }
        let (tensors, transfer) =
            try found.map { ($0.state.tensors, nil) }
            ?? configuration.firstTensors(of: graph, train: train)
        if group.size > 1 {
            let start =
                found
                ?? Checkpoint(
                    facts: Checkpoint.Facts(
                        position: TrainingPosition(), seed: configuration.seed,
                        settings: settings),
                    state: TrainingState(tensors: tensors))
            var bytes = try start.bytes(of: configuration.model, named: name)
            try group.broadcast(&bytes)
        }
        return (found, tensors, transfer)
    }
}

extension WorkerGroup {
    /// The records that the first worker has, on all of them.
    func shared(_ records: () throws -> [EpochRecord]) throws -> [EpochRecord] {
        guard isFirst else {
            var bytes: [UInt8] = []
            try broadcast(&bytes)
            return try [EpochRecord](sharedBytes: bytes)
        }
        let records = try records()
        if size > 1 {
            var bytes = try records.sharedBytes()
            try broadcast(&bytes)
        }
        return records
    }

    /// Whether a statement is true on any worker.
    func isTrueAnywhere(_ statement: Bool) throws(WorkerError) -> Bool {
        guard size > 1 else { return statement }
        var count = [statement ? 1.0 : 0]
        try sum(&count)
        return count[0] > 0
    }

    /// The errors of all workers, in the order of their numbers.
    func joined(_ errors: [DataError]) throws(WorkerError) -> [DataError] {
        guard size > 1 else { return errors }
        // A code and a sentence each, which have no zeros.
        let own = errors.flatMap { Array("\($0.code.rawValue)\0\($0.message)\0".utf8) }
        return try gather(own).flatMap { bytes in
            let texts = bytes.split(separator: 0, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            return stride(from: 0, to: texts.count - 1, by: 2).map { index in
                DataError(
                    DataError.Code(rawValue: texts[index]) ?? .malformed, texts[index + 1])
            }
        }
    }
}

extension Classifier {
    /// What a worker found on its part of the images.
    private enum PartOutcome: UInt8 {
        case complete
        case cancelled
        case notFinite
    }

    /// Evaluates images, of which each worker of a group classifies a contiguous part.
    ///
    /// The answers are joined in the order of the images, so that the result has the same bits for
    /// any number of workers.
    ///
    /// - Parameter progress: Called with the number of images that are done, as far as this worker
    ///   can tell.
    /// - Throws: As `evaluate`, on all workers where one is cancelled or finds an answer that is
    ///   not finite; a `WorkerError` when the group has failed.
    func evaluate(
        _ images: any ImageSet, in group: any WorkerGroup, workers: Int, skipsBroken: Bool,
        progress: (_ done: Int) -> Void, isCancelled: () -> Bool
    ) throws -> Evaluation {
        guard group.size > 1 else {
            return try evaluate(
                images, workers: workers, skipsBroken: skipsBroken, progress: progress,
                isCancelled: isCancelled)
        }
        var part = EvaluationPart()
        var outcome = PartOutcome.complete
        var failure: InferenceError?
        do {
            part = try evaluatePart(
                of: images, batches: { group.share(of: $0) }, workers: workers,
                skipsBroken: skipsBroken,
                progress: { progress(min($0 * group.size, images.count)) },
                isCancelled: isCancelled)
        } catch is CancellationError {
            outcome = .cancelled
        } catch let error as InferenceError {
            guard case .notFinite = error else { throw error }
            (outcome, failure) = (.notFinite, error)
        }
        let all = try group.gather([outcome.rawValue] + part.bytes)
        let outcomes = all.map { $0.first.flatMap(PartOutcome.init(rawValue:)) }
        if let failure { throw failure }
        if outcomes.contains(.notFinite) {
            throw InferenceError.notFinite(dataset: images.name, index: 0)
        }
        if outcomes.contains(.cancelled) { throw CancellationError() }
        let parts = all.map { EvaluationPart(bytes: Array($0.dropFirst())) }
        guard !parts.contains(nil) else {
            throw WorkerError(
                .mismatch,
                "expected the answers of a worker to the validation images, found other bytes; "
                    + "run the same program on all workers")
        }
        return try evaluation(of: images, joining: parts.compactMap(\.self))
    }
}
