// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNData
import WRNInference
import WRNText
import WRNRuns
import WRNTraining

/// The lines of JSON that `wrn train --json` writes, one for each event, with keys as in `metrics.jsonl`.
enum TrainingLine {
    /// Training begins or goes on.
    struct Start: Encodable {
        let event = "start"
        let run: String
        let network: String
        let parameters: Int
        let epochs: Int
        let stepsPerEpoch: Int
        let step: Int
        let threads: Int
        /// The split whose images are evaluated after each epoch and choose the best one.
        let validationSplit: Split
        /// Of a run that is fine-tuned, and the lists only where it begins.
        var trainedParameters: Int?
        var takenTensors: Int?
        var newTensors: [String]?
        var droppedTensors: [String]?
        /// What was taken and assumed of another program's weights.
        var weights: WeightsReading?
        /// The training images of each class, in the order of their numbers.
        let classCounts: [Int]
        /// Entries of a folder or an archive that are no images of the data set; nil for arrays.
        let leftOut: Int?
        /// What a person should know before training on these classes.
        let warnings: [String]
    }

    /// An epoch is complete: the fields of its line in `metrics.jsonl`, and the event.
    struct Epoch: Encodable {
        let record: EpochRecord

        private enum CodingKeys: String, CodingKey {
            case event
        }

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("epoch", forKey: .event)
        }
    }

    /// The run is saved in the middle of an epoch.
    struct Saved: Encodable {
        let event = "saved"
        let step: Int
    }

    /// Something that may not be meant.
    struct Warning: Encodable {
        let event = "warning"
        let message: String
    }

    /// A file is no image and is left out.
    struct LeftOut: Encodable {
        let event = "left_out"
        let file: String?
        let message: String
    }

    /// A checkpoint could not be used.
    struct UnusableCheckpoint: Encodable {
        let event = "unusable_checkpoint"
        let file: String
        let message: String
    }

    /// Something else of the run was wrong or could not be checked.
    struct Repair: Encodable {
        let event = "repair"
        let message: String
    }

    /// Training has ended: `finished`, or `stopped` on request.
    struct End: Encodable {
        let event: String
        let step: Int
        let model: String
    }

    /// Whether a few images were learnt by heart.
    struct Overfit: Encodable {
        let event = "overfit"
        let result: OverfitCheck.Result
    }

    /// What several seeds have in common.
    struct Seeds: Encodable {
        let event = "seeds"
        let report: SeedReport
    }

    /// What the model of a demo says about a test image.
    struct Answer: Encodable {
        let event = "answer"
        let index: Int
        let label: String
        let className: String
        let probability: Double
    }

    /// A value in one line.
    static func text(_ value: some Encodable) throws -> DisplayText {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(value), as: UTF8.self)
        return DisplayText(document: jsonEscaped(json) + "\n")
    }
}
