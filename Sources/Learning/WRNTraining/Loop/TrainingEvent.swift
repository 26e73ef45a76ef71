// SPDX-License-Identifier: Apache-2.0

public import WRNFetch
public import WRNRuns

extension Trainer {
    /// An event that a trainer reports while it trains.
    public enum Event: Sendable {
        /// A step is done.
        case step(Progress)
        /// A part of the validation images is classified.
        case evaluation(epoch: Int, done: Int, of: Int)
        /// An epoch is complete, and its record and checkpoint are on disk.
        case epoch(EpochRecord)
        /// Image files that could not be read were left out of a batch.
        case leftOut([DataError])
        /// A checkpoint was saved in the middle of an epoch, at this step.
        case saved(step: Int)
    }
}

extension Trainer {
    /// The progress of an epoch after one of its steps.
    public struct Progress: Hashable, Sendable {
        /// The epoch, counted from 1.
        public let epoch: Int
        /// The epochs of the run.
        public let epochs: Int
        /// The batches of the epoch that are done.
        public let batch: Int
        /// The batches of an epoch.
        public let batchesPerEpoch: Int
        /// The steps of the run that are done.
        public let step: Int
        /// The learning rate of this step.
        public let learningRate: Double
        /// The loss of this step's batch.
        public let loss: Double
        /// The mean loss of the epoch so far.
        public let meanLoss: Double
        /// The share of the epoch's images so far that were right.
        public let accuracy: Double
        /// Training images per second in this epoch, since this process began or resumed it.
        public let imagesPerSecond: Double
        /// The seconds that the rest of the run will take at this speed, with evaluations as long
        /// as the last one.
        public let secondsLeft: Double
    }
}

extension Trainer {
    /// How a trainer's work ended.
    public enum Outcome: Hashable, Sendable {
        /// All epochs are complete.
        case finished
        /// The rule for early stopping ended the run after this epoch, and the run's model is that
        /// of the best one, both counted from 1.
        case finishedEarly(epoch: Int, best: Int)
        /// `shouldStop` returned true, and the run was saved at this step.
        case stopped(step: Int)
    }
}
