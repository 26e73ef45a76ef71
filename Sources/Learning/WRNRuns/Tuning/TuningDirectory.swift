// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles
import WRNTensorBoard
import WRNText

/// The directory of a tuning, locked for this process: `tuning.json`, `tuning.txt`, and the run of
/// each trial in a directory of its own.
package final class TuningDirectory {
    /// The directory.
    package let path: String
    /// The plan.
    package private(set) var plan: TuningPlan
    /// The trials that the process before was training when it was killed: their records have more
    /// epochs than the results that were saved when a trial's training was complete.
    ///
    /// The model of such a run may be that of an earlier epoch than its record's last, until a
    /// trainer opens it.
    package let interruptedTrials: [TuningPlan.Trial]
    private let lock: DirectoryLock

    /// The name of the file with the plan and the results.
    package static let planName = "tuning.json"
    /// The name of the file with the table of results.
    package static let tableName = "tuning.txt"
    /// The largest plan that is read, in bytes.
    private static let maximumByteCount = 1 << 24

    private init(
        path: String, plan: TuningPlan, savedEpochs: [Int: Int] = [:], lock: DirectoryLock
    ) {
        self.path = path
        self.plan = plan
        self.lock = lock
        interruptedTrials = plan.trials.filter { trial in
            let record = try? RunRecord(readingFrom: RunDirectory.join(path, trial.directory))
            return (record?.records.count ?? 0) > savedEpochs[trial.number] ?? 0
        }
    }

    /// Goes on with the tuning in a directory; nil where none has begun there.
    ///
    /// - Throws: A ``TrainingError`` for the tuning of another request, a directory that holds
    ///   something else or that another process uses, and a damaged plan.
    package static func open(
        at path: String, _ request: TuningPlan.Request
    ) throws -> TuningDirectory? {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw TrainingError(
                .unwritable, "\"\": expected the path of a directory for the tuning")
        }
        guard RunDirectory.exists(path) else { return nil }
        guard RunDirectory.isDirectory(path) else {
            throw TrainingError(
                .unwritable, "\(path): expected a directory for the tuning, found a file")
        }
        let file = RunDirectory.join(path, planName)
        guard RunDirectory.exists(file) else {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            guard let other = names.filter({ !$0.hasPrefix(".wrn-") }).min() else { return nil }
            throw TrainingError(
                .directoryTaken,
                "\(path): expected a new or empty directory, or that of a tuning, found one with "
                    + "\(other) and no \(planName); name another directory")
        }
        let lock = try DirectoryLock(path)
        AtomicFile<FileError>.removeAbandonedFiles(in: path)
        let bytes = try RunDirectory.readFile(file, limit: maximumByteCount)
        let plan = try RunJSON.value(TuningPlan.self, from: bytes, file: file)
        if let problem = plan.problem { throw RunJSON.damage(file, problem) }
        if let difference = request.difference(from: plan.request) {
            throw TrainingError(
                .directoryTaken,
                "\(path): the directory holds a tuning of another command (its \(difference.what): "
                    + "\(difference.there); here: \(difference.here)); give that command again to "
                    + "go on with it, or name another directory")
        }
        let saved = try RunJSON.value(SavedResults.self, from: bytes, file: file)
        return TuningDirectory(path: path, plan: plan, savedEpochs: saved.epochs, lock: lock)
    }

    /// The part of the file's results that a later process needs.
    private struct SavedResults: Decodable {
        private struct Result: Decodable {
            let trial: Int
            let epochs: Int
        }

        private let results: [Result]

        /// The epochs that were complete, by the trial's number.
        var epochs: [Int: Int] {
            Dictionary(results.map { ($0.trial, $0.epochs) }, uniquingKeysWith: { $1 })
        }
    }

    /// Begins a tuning in a new or an empty directory; missing directories above it are created
    /// too.
    ///
    /// - Throws: A ``TrainingError`` when the directory cannot be created or another process uses
    ///   it; then nothing is left behind.
    package static func create(at path: String, _ plan: TuningPlan) throws -> TuningDirectory {
        let made = try NewDirectories(path)
        do {
            let tuning = TuningDirectory(path: path, plan: plan, lock: try DirectoryLock(path))
            try tuning.save(results: [TuningResult]())
            do {
                let now = Date().timeIntervalSince1970
                _ = try EventFile(
                    replacingIn: path, points: [HyperparameterPoint(plan.experiment, time: now)])
            } catch {
                // The plan is this process's own, as it has the lock.
                unlink(RunDirectory.join(path, planName))
                throw error
            }
            return tuning
        } catch {
            made.remove()
            throw error
        }
    }

    /// The directory of a trial's run.
    package func run(of trial: TuningPlan.Trial) -> String {
        RunDirectory.join(path, trial.directory)
    }

    /// Marks a trial whose loss exploded.
    package func fail(_ trial: TuningPlan.Trial, _ sentence: String) throws {
        plan.fail(trial.number, sentence)
        try save(results: results())
    }

    /// Writes the plan and the results so far.
    package func save() throws { try save(results: results()) }

    private func save(results: [TuningResult]) throws {
        try AtomicFile<FileError>.write(
            RunJSON.text(Content(plan: plan, results: results), isPretty: true) + "\n",
            to: RunDirectory.join(path, Self.planName))
    }

    /// Writes the table of results.
    package func write(table: String) throws {
        try AtomicFile<FileError>.write(
            table, to: RunDirectory.join(path, Self.tableName))
    }

    /// The plan, with the results that follow from it and the runs beside it.
    private struct Content: Encodable {
        let plan: TuningPlan
        let results: [TuningResult]

        private enum CodingKeys: String, CodingKey {
            case results
        }

        func encode(to encoder: any Encoder) throws {
            try plan.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(results, forKey: .results)
        }
    }
}

/// The standing of a trial.
package struct TuningResult: Encodable, Sendable {
    /// How a trial ended, or will.
    package enum State: String, Codable, Sendable {
        /// It has the full length.
        case finished
        /// It was not among those that went on to the next rung.
        case stopped
        /// It goes on, or has not begun.
        case open
        /// Its loss exploded.
        case diverged
    }

    /// The place among all trials, from 1.
    package fileprivate(set) var rank: Int
    /// The trial's number.
    package let trial: Int
    /// The directory of its run, in that of the tuning.
    package let run: String
    /// The values that were tried.
    package let settings: [TriedSetting]
    /// The epochs that are complete.
    package let epochs: Int
    /// The highest rung that it has reached, from 1; 0 for none.
    package let rung: Int
    /// The accuracy on the validation images at that rung; nil for none.
    package let accuracy: Double?
    /// The mean of the classes' recalls on them.
    package let balancedAccuracy: Double?
    /// The mean cross-entropy on them.
    package let loss: Double?
    /// The seconds of all its epochs.
    package let seconds: Double
    /// The state.
    package let state: State
    /// The score at the highest rung; nil for none.
    let score: TrialScore?

    private enum CodingKeys: String, CodingKey {
        case rank, trial, run, settings, epochs, rung, accuracy, balancedAccuracy, loss, seconds
        case state
    }

    /// Writes the fields; settings are an object with a field for each.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rank, forKey: .rank)
        try container.encode(trial, forKey: .trial)
        try container.encode(run, forKey: .run)
        try container.encode(
            Dictionary(settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            forKey: .settings)
        try container.encode(epochs, forKey: .epochs)
        try container.encode(rung, forKey: .rung)
        try container.encode(accuracy, forKey: .accuracy)
        try container.encode(balancedAccuracy, forKey: .balancedAccuracy)
        try container.encode(loss, forKey: .loss)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(state, forKey: .state)
    }
}

extension TuningDirectory {
    /// The standings of all trials, the best first: those that were trained longer before others,
    /// and of equally long ones the one with the better score.
    package func results() -> [TuningResult] {
        let rungs = plan.halving.rungs
        let records = plan.trials.map { try? RunRecord(readingFrom: run(of: $0)) }
        let reached = records.map { record in
            record.map { record in
                rungs.count { $0.epochs <= record.records.count || record.state == .finished }
            } ?? 0
        }
        let open = openTrials(records)
        let ranked = zip(plan.trials, zip(records, reached)).map { trial, rest in
            result(of: trial, rest.0, rung: rest.1, isOpen: open.contains(trial.number))
        }.sorted { one, other in
            if one.state == .diverged || other.state == .diverged, one.state != other.state {
                return other.state == .diverged
            }
            if one.rung != other.rung { return one.rung > other.rung }
            guard let first = one.score, let second = other.score, first != second else {
                return one.trial < other.trial
            }
            return first.isBetter(than: second)
        }
        return ranked.enumerated().map { place, result in
            var result = result
            result.rank = place + 1
            return result
        }
    }

    /// The numbers of the trials that have still something to do, or may have.
    private func openTrials(_ records: [RunRecord?]) -> Set<Int> {
        var left = plan.trials
        for (number, rung) in plan.halving.rungs.enumerated() {
            let scored = left.prefix(rung.trials).filter { $0.failure == nil }.map { trial in
                (
                    trial: trial,
                    score: records[trial.number - 1]?.record(after: rung.epochs)
                        .map { TrialScore($0, plan.request.metric) }
                )
            }
            let missing = scored.filter { $0.score == nil }
            if !missing.isEmpty {
                let isLast = number == plan.halving.rungs.count - 1
                return Set((isLast ? missing : scored).map(\.trial.number))
            }
            left = SuccessiveHalving.ranked(scored)
        }
        return []
    }

    private func result(
        of trial: TuningPlan.Trial, _ record: RunRecord?, rung: Int, isOpen: Bool
    ) -> TuningResult {
        let rungs = plan.halving.rungs
        let epoch = rung > 0 ? record?.record(after: rungs[rung - 1].epochs) : nil
        let state: TuningResult.State =
            if trial.failure != nil {
                .diverged
            } else if rung == rungs.count {
                .finished
            } else {
                isOpen ? .open : .stopped
            }
        return TuningResult(
            rank: 0, trial: trial.number, run: trial.directory, settings: trial.settings,
            epochs: record?.records.count ?? 0, rung: rung, accuracy: epoch?.validationAccuracy,
            balancedAccuracy: epoch?.validationBalancedAccuracy, loss: epoch?.validationLoss,
            seconds: record?.seconds ?? 0, state: state,
            score: epoch.map { TrialScore($0, plan.request.metric) })
    }

    /// The score of a trial at a rung, counted from 0; nil where its run has not come so far.
    package func score(of trial: TuningPlan.Trial, atRung rung: Int) throws -> TrialScore? {
        let path = run(of: trial)
        guard RunDirectory.holdsRun(path) else { return nil }
        return try RunRecord(readingFrom: path).record(after: plan.halving.rungs[rung].epochs)
            .map { TrialScore($0, plan.request.metric) }
    }
}

extension RunRecord {
    /// The record by which a run is judged after so many epochs: that epoch's, or of a run that
    /// early stopping has ended by then that of its best epoch, whose weights are the model; nil
    /// where it has not come so far.
    fileprivate func record(after epochs: Int) -> EpochRecord? {
        if state == .finished, earlyStopping != nil, records.count <= epochs { return final }
        return records.first { $0.epoch == epochs } ?? (state == .finished ? final : nil)
    }
}
