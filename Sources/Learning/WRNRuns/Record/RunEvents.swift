// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNTensorBoard

/// A run's curves for TensorBoard: a copy of `metrics.jsonl`, rewritten when the run is opened and
/// appended to after it.
///
/// So no curve has points that a resumed run has discarded, or the same ones twice. There is no
/// file before the first epoch.
package struct RunEvents {
    private let directory: String
    private var file: EventFile?

    /// Writes the file of these records, and no others.
    package init(_ directory: String, records: [EpochRecord]) throws {
        self.directory = directory
        if records.isEmpty {
            EventFile.remove(from: directory)
        } else {
            file = try EventFile(
                replacingIn: directory,
                points: Self.points(records, end: Date().timeIntervalSince1970))
        }
    }

    /// Adds an epoch, after its line in `metrics.jsonl`.
    package mutating func append(_ record: EpochRecord) throws {
        let points = Self.points([record], end: Date().timeIntervalSince1970)
        if let file {
            for point in points { try file.append(point) }
        } else {
            file = try EventFile(replacingIn: directory, points: points)
        }
    }

    /// The points of some epochs.
    ///
    /// Records of earlier versions have no time: their epochs are placed one after another before
    /// the next that has one, or before `end`.
    static func points(_ records: [EpochRecord], end: Double) -> [ScalarPoint] {
        var next = end
        let reversed = records.reversed().map { record in
            let time = record.time ?? next
            next = time - record.seconds
            return ScalarPoint(step: record.step, time: time, values: values(of: record))
        }
        return reversed.reversed()
    }

    private static func values(of record: EpochRecord) -> [String: Double] {
        [
            "loss/train": record.trainLoss, "loss/validation": record.validationLoss,
            "accuracy/train": record.trainAccuracy,
            "accuracy/validation": record.validationAccuracy,
            "learning_rate": record.learningRate, "images_per_second": record.imagesPerSecond,
        ]
    }
}
