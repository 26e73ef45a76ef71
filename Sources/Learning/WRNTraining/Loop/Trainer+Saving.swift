// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNModel
import WRNPlan
import WRNRuns

extension Trainer {
    /// The model that others load: the averaged weights where an average is kept, else the weights.
    func model(of state: TrainingState) -> Model {
        Model(
            description: configuration.model,
            tensors: state.averages.isEmpty ? state.tensors : state.averages)
    }

    /// Saves in the middle of an epoch where the policy wants it.
    ///
    /// A step count that ends an epoch is left to the epoch's own save; a time is not, as an
    /// evaluation may take long.
    func saveIfDue(_ report: (TrainingEvent) -> Void) throws {
        if case .steps = checkpoints.interval, position.batch == configuration.stepsPerEpoch {
            return
        }
        guard checkpoints.isDue(step: position.step, elapsed: .now - lastSave) else { return }
        try save(checkpoint(executor.state()))
        report(.saved(step: position.step))
    }

    /// Saves everything at this step, because the run was asked to stop.
    func saveAll(_ report: (TrainingEvent) -> Void) throws {
        let state = executor.state()
        try save(checkpoint(state))
        try run.save(model(of: state))
        report(.saved(step: position.step))
    }

    /// Moves on to the next epoch, on disk first, and returns the record with what is known only
    /// now.
    ///
    /// The line comes first, then the checkpoint, then the models; who opens the run makes good
    /// what was cut off in between. When the disk refuses the line or the checkpoint, the trainer
    /// stands where it stood, and the line stays: whether the checkpoint is there is not known, and
    /// a line too many does no harm.
    func finishEpoch(_ record: EpochRecord) throws -> EpochRecord {
        let (before, past) = (position, results)
        position.finishEpoch()
        var record = record
        let state = executor.state()
        let model = model(of: state)
        record.weightsSHA256 = model.weightsSHA256
        record.time = Date().timeIntervalSince1970
        results?.append(record.result)
        do {
            try run.append(record)
            try save(checkpoint(state))
        } catch {
            (position, results) = (before, past)
            throw error
        }
        validationLosses.append(record.validationLoss)
        try run.save(model)
        if bestAccuracy.map({ record.validationAccuracy > $0 }) ?? true {
            try run.saveBest(model)
            bestAccuracy = record.validationAccuracy
        }
        try events.append(record)
        return record
    }

    private func save(_ checkpoint: Checkpoint) throws {
        try run.save(checkpoint, keeping: checkpoints.count)
        lastSave = .now
    }
}
