// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNData
import WRNModel
import WRNPlan

extension TrainingConfiguration {
    /// Refuses images that the run did not begin with.
    func check(train: any ImageSet, validation: any ImageSet) throws(TrainingError) {
        let files = data.files
        for (images, split, count, fingerprint) in [
            (train, "training", data.trainImages, files?.trainFingerprint),
            (
                validation, data.evaluatedSplit.adjective, data.validationImages,
                files?.validationFingerprint
            ),
        ] {
            let expected = Self.text(
                count, model.inputChannels, model.inputHeight, model.inputWidth, model.classes)
            let found = Self.text(
                images.count, images.channels, images.height, images.width,
                images.classNames.count)
            guard expected == found else {
                throw TrainingError(
                    .dataMismatch,
                    "\(data.source): expected \(expected) as \(split) images, found \(found); "
                        + "give the data that the run began with, or begin a new run")
            }
            guard (images as? ImageFiles)?.fingerprint == fingerprint else {
                throw TrainingError(
                    .dataMismatch,
                    "\(data.source): the \(split) images are as many as when the run began, but other files; "
                        + "put back the files that the run began with, or begin a new run")
            }
        }
    }

    /// Refuses a record that lacks epochs of which the rest of the run follows: the losses that a plateau looks at.
    func check(
        _ records: [EpochRecord], at position: TrainingPosition, run: RunDirectory
    ) throws(TrainingError) {
        guard case .plateau = schedule.shape, records.count != position.epoch else { return }
        throw TrainingError(
            .damagedRun,
            "\(run.path)/\(RunDirectory.Name.metrics): expected the lines of \(position.epoch) epochs, from whose validation losses "
                + "the learning rate follows, found \(records.count): restore the file, or begin a new run in another directory"
        )
    }

    private static func text(
        _ count: Int, _ channels: Int, _ height: Int, _ width: Int, _ classes: Int
    ) -> String {
        "\(count) of \(channels)x\(height)x\(width) in \(classes) classes"
    }
}
