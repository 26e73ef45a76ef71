// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNRuns
import WRNTestSupport
import WRNTraining

extension TinyRun {
    func trainer(
        _ run: RunDirectory, threads: Int = 1, checkpoints: CheckpointPolicy = CheckpointPolicy()
    ) throws -> Trainer {
        try Trainer(
            run, train: train, validation: test, device: tested.device(threads: threads),
            checkpoints: checkpoints)
    }

    /// Trains without interruption in a new directory.
    @discardableResult
    func finish(at path: String, threads: Int = 1) throws -> [EpochRecord] {
        let run = try RunDirectory.create(at: path, configuration())
        try trainer(run, threads: threads).train()
        return try run.records()
    }

    /// Goes on with a run to its end.
    func resume(at path: String, threads: Int = 1) throws {
        try trainer(RunDirectory.open(at: path), threads: threads).train()
    }
}

extension TrainingConfiguration {
    /// The same configuration in the precision of the runs on a device.
    func computing(on device: TestedDevice) -> TrainingConfiguration {
        TrainingConfiguration(
            model: model, data: data, epochs: epochs, batch: batch, seed: seed, recipe: recipe,
            optimizer: optimizer, schedule: schedule, augmentation: augmentation,
            stepRules: stepRules, precision: device.precision,
            earlyStopping: earlyStopping, validationInterval: validationInterval,
            fineTuning: fineTuning)
    }
}

extension TemporaryDirectory {
    /// Everything in it, sorted; files of events without the time and the host in their names.
    var stableContents: [String] {
        contents.map { name in
            name.firstRange(of: "events.out.tfevents").map { String(name[..<$0.upperBound]) }
                ?? name
        }.sorted()
    }
}
