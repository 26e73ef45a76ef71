// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets

/// A search for good settings: what was asked for, the trials, and how training time is given to
/// the better ones of them; kept in `tuning.json`.
package struct TuningPlan: Codable, Hashable, Sendable {
    /// The version of the format that is written and read.
    package static let currentVersion = 1

    /// The values and options of a command.
    ///
    /// The same command again goes on with its tuning.
    package struct Request: Codable, Hashable, Sendable {
        /// The network's name.
        package var network: String
        /// The source of the images.
        package var data: String
        /// The weights that trials begin from; nil for random ones.
        package var weights: String?
        /// The values that are tried, as they were written.
        package var choices: [String]
        /// The number of trials; nil where it follows from the values.
        package var trials: Int?
        /// The full length, in epochs; nil where it follows from the time, or is the usual one.
        package var epochs: Int?
        /// The time for all trials, in minutes; nil for none.
        package var minutes: Double?
        /// By how much each rung has fewer trials and more epochs.
        package var factor: Int
        /// The metric of the validation images by which trials are compared.
        package var metric: TrainingConfiguration.EarlyStopping.Metric
        /// What values are drawn from, and the seed of all trials.
        package var seed: UInt64

        /// Collects what was asked for.
        package init(
            network: String, data: String, weights: String?, choices: [String], trials: Int?,
            epochs: Int?, minutes: Double?, factor: Int,
            metric: TrainingConfiguration.EarlyStopping.Metric, seed: UInt64
        ) {
            self.network = network
            self.data = data
            self.weights = weights
            self.choices = choices
            self.trials = trials
            self.epochs = epochs
            self.minutes = minutes
            self.factor = factor
            self.metric = metric
            self.seed = seed
        }

        /// The first part in which another request differs, with both values in words; nil where
        /// there is none.
        package func difference(
            from other: Request
        ) -> (what: String, here: String, there: String)? {
            func text(_ request: Request) -> [(String, String)] {
                [
                    ("network", request.network), ("data", request.data),
                    ("weights", request.weights ?? "none"),
                    ("values", request.choices.joined(separator: " ")),
                    ("number of trials", request.trials.map { "\($0)" } ?? "not given"),
                    ("number of epochs", request.epochs.map { "\($0)" } ?? "not given"),
                    ("time", request.minutes.map { "\($0) minutes" } ?? "not given"),
                    ("factor", "\(request.factor)"), ("metric", request.metric.rawValue),
                    ("seed", "\(request.seed)"),
                ]
            }
            return zip(text(self), text(other)).first { $0.0.1 != $0.1.1 }
                .map { ($0.0.0, $0.0.1, $0.1.1) }
        }
    }

    /// One of the settings' combinations: an ordinary run in a directory of its own.
    package struct Trial: Codable, Hashable, Sendable {
        /// The number, from 1.
        package let number: Int
        /// The name of the run's directory in that of the tuning.
        package let directory: String
        /// The values that are tried.
        package let settings: [TriedSetting]
        /// The sentence about a loss that exploded, by which the trial ended; nil for one that did
        /// not.
        package var failure: String?

        /// The values in a sentence: `learning_rate 0.1, momentum 0.9`.
        package var text: String {
            settings.map { "\($0.name) \($0.value.word)" }.joined(separator: ", ")
        }
    }

    /// The version of the format.
    package let version: Int
    /// What was asked for.
    package let request: Request
    /// How many trials are trained how long.
    package let halving: SuccessiveHalving
    /// The fold of the training images that judges the trials, where the data have no validation
    /// images; nil for the data's own.
    package let fold: ImageFold?
    /// The trials, in the order of their numbers.
    package private(set) var trials: [Trial]

    /// Makes the plan of trials with these settings.
    package init(
        _ request: Request, halving: SuccessiveHalving, fold: ImageFold?,
        settings: [[TriedSetting]]
    ) {
        version = Self.currentVersion
        self.request = request
        self.halving = halving
        self.fold = fold
        trials = settings.enumerated().map { index, tried in
            Trial(
                number: index + 1,
                directory: Self.directory(ofTrial: index + 1, of: settings.count), settings: tried)
        }
    }

    /// The name of a trial's directory: `trial-07`, with as many digits as the last one's number.
    private static func directory(ofTrial number: Int, of count: Int) -> String {
        let (digits, width) = (String(number), max(String(count).count, 2))
        return "trial-" + String(repeating: "0", count: width - digits.count) + digits
    }

    /// Marks a trial whose loss exploded.
    package mutating func fail(_ number: Int, _ sentence: String) {
        trials[number - 1].failure = sentence
    }

    /// The sentence about content that no plan has; nil for a possible one.
    var problem: String? {
        if version != Self.currentVersion {
            return "expected the format's version \(Self.currentVersion), found \(version)"
        }
        guard (1...SettingChoice.maximumTrialCount).contains(trials.count),
            (1...TrainingConfiguration.maximumEpochCount).contains(halving.epochs),
            SuccessiveHalving.factors.contains(request.factor),
            halving
                == SuccessiveHalving(
                    trials: trials.count, epochs: halving.epochs, factor: request.factor)
        else { return "expected the rungs that follow from its trials, found others" }
        guard
            trials.enumerated().allSatisfy({ offset, trial in
                trial.number == offset + 1
                    && trial.directory == Self.directory(ofTrial: offset + 1, of: trials.count)
            })
        else { return "expected trials numbered from 1, each in its directory, found others" }
        guard fold?.problem == nil else { return "expected a fold that can be, found another" }
        return nil
    }
}
