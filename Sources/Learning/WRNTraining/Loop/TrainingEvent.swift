// SPDX-License-Identifier: Apache-2.0

public import WRNFetch
public import WRNRuns

/// Events of a training, in the order in which they happen.
public enum TrainingEvent: Sendable {
    /// A step is done.
    case step(StepProgress)
    /// A part of the validation images is classified.
    case evaluation(epoch: Int, done: Int, of: Int)
    /// An epoch is complete, on disk and all.
    case epoch(EpochRecord)
    /// Files are no images and were left out; the run goes on without them.
    case leftOut([DataError])
    /// The run is saved in the middle of an epoch, at this step.
    case saved(step: Int)
}

/// How far an epoch has come.
public struct StepProgress: Hashable, Sendable {
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
    /// Training images a second in this epoch, since this process works on it.
    public let imagesPerSecond: Double
    /// The seconds that the rest of the run will take at this speed, with evaluations as long as
    /// the last one.
    public let secondsLeft: Double
}

/// How a trainer's work ended.
public enum TrainingOutcome: Hashable, Sendable {
    /// All epochs are complete.
    case finished
    /// It was asked to stop, and saved everything up to this step.
    case stopped(step: Int)
}
