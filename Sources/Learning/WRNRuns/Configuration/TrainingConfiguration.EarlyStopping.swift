// SPDX-License-Identifier: Apache-2.0

extension TrainingConfiguration {
    /// The rule by which a run ends before its last epoch: when a metric of the validation images
    /// has not improved for some epochs.
    ///
    ///     improved   loss < reference - minimumChange, or accuracy > reference + minimumChange,
    ///                where the reference is the value of the last epoch that improved
    ///     end        after `patience` epochs in a row that did not improve
    ///
    /// The counting is that of Keras's `EarlyStopping(restore_best_weights=True)` and Lightning's
    /// `EarlyStopping`: with a patience of 1 the first epoch without improvement is the last. (The
    /// patience of a ``LearningRateSchedule/Plateau`` is PyTorch's, which permits that epoch.) A
    /// run with such a rule ends with the model of its best epoch by the same metric, also when it
    /// reaches its last epoch.
    public struct EarlyStopping: Codable, Hashable, Sendable {
        /// A metric of the validation images.
        public enum Metric: String, Codable, CaseIterable, Hashable, Sendable {
            /// The mean cross-entropy, the lower the better.
            case loss
            /// The share of correctly classified images.
            case accuracy
            /// The mean of the classes' recalls.
            case balancedAccuracy = "balanced-accuracy"
        }

        /// The metric that has to improve.
        public var metric: Metric
        /// The number of epochs in a row without improvement after which the run ends, 1 or more.
        public var patience: Int
        /// The least change of the metric that is an improvement, 0 or more: of an accuracy in
        /// `0 ... 1`, so that 0.001 is a tenth of a percentage point.
        public var minimumChange: Double

        /// The usual patience, in epochs.
        public static let usualPatience = 10

        /// Creates a rule.
        public init(
            _ metric: Metric, patience: Int = usualPatience, minimumChange: Double = 0
        ) {
            self.metric = metric
            self.patience = patience
            self.minimumChange = minimumChange
        }

        /// The sentence about the first invalid number; nil when all are valid.
        var problem: String? {
            TrainingSetting.stopPatience.problem(patience, called: "the patience of early stopping")
                ?? TrainingSetting.stopMinimumChange.problem(
                    minimumChange, called: "the minimum change of early stopping")
        }

        /// Whether a run with these complete epochs, in their order, is over.
        package func isOver(after records: some Sequence<EpochRecord>) -> Bool {
            var (reference, count) = (-Double.infinity, 0)
            for (index, record) in records.enumerated() {
                let value = metric.score(of: record)
                if index == 0 || value > reference + minimumChange {
                    (reference, count) = (value, 0)
                } else {
                    count += 1
                }
            }
            return count >= patience
        }
    }

    /// The metric by which the best epoch is chosen: that of early stopping, else the accuracy.
    package var bestMetric: EarlyStopping.Metric { earlyStopping?.metric ?? .accuracy }
}

extension TrainingConfiguration.EarlyStopping.Metric {
    /// The value of an epoch, the higher the better; -∞ where the record lacks it.
    package func score(of record: EpochRecord) -> Double {
        switch self {
        case .loss: record.validationLoss.map { -$0 } ?? -.infinity
        case .accuracy: record.validationAccuracy ?? -.infinity
        case .balancedAccuracy: record.validationBalancedAccuracy ?? -.infinity
        }
    }

    /// The metric's name in a sentence.
    package var text: String {
        switch self {
        case .loss: "loss"
        case .accuracy: "accuracy"
        case .balancedAccuracy: "balanced accuracy"
        }
    }
}

extension EpochRecord {
    /// Whether the model was evaluated after the epoch.
    package var isValidated: Bool { validationAccuracy != nil }

    /// The record of the epoch that is best by a metric; of equal ones, the first; nil where none
    /// was validated.
    package static func best(
        of records: [EpochRecord], by metric: TrainingConfiguration.EarlyStopping.Metric
    ) -> EpochRecord? {
        records.reduce(nil) { best, record in
            guard record.isValidated else { return best }
            guard let best, metric.score(of: best) >= metric.score(of: record) else {
                return record
            }
            return best
        }
    }
}
