// SPDX-License-Identifier: Apache-2.0

import WRNRuns

/// The lines of JSON that `wrn tune --json` writes, one for each event.
enum TuningLine {
    /// The tuning begins or goes on.
    struct Start: Encodable {
        let event = "start"
        let directory: String
        let plan: TuningPlan
        let warnings: [String]
    }

    /// An epoch of a trial is complete: the fields of its line in `metrics.jsonl`, and the trial.
    struct Epoch: Encodable {
        let trial: Int
        let record: EpochRecord

        private enum CodingKeys: String, CodingKey {
            case event, trial
        }

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("epoch", forKey: .event)
            try container.encode(trial, forKey: .trial)
        }
    }

    /// A trial has reached a rung, or its loss has exploded.
    struct Trial: Encodable {
        let event: String
        let trial: Int
        let rung: Int
        let run: String
        /// The value of the metric: of the loss negative, so that more is better.
        let score: Double?

        init(_ trial: TuningPlan.Trial, rung: Int, run: String, score: TrialScore?) {
            event = score == nil ? "diverged" : "trial"
            self.trial = trial.number
            self.rung = rung + 1
            self.run = run
            self.score = score?.value
        }
    }

    /// The tuning was stopped by a signal.
    struct Stopped: Encodable {
        let event = "stopped"
        let directory: String
    }

    /// The table.
    struct Result: Encodable {
        let event = "result"
        let report: TuningReport

        private enum CodingKeys: String, CodingKey {
            case event
        }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(event, forKey: .event)
        }
    }
}
