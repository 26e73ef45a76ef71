// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNEngine
import WRNGraph
import WRNModel
package import WRNPlan
package import WRNRuns
import WRNText

/// The time that a run is expected to take on this machine.
package enum RunTime: Hashable, Sendable {
    /// Well below a minute, by the predicted times of the plan's steps; nothing was measured.
    case short
    /// So many seconds, as a few steps and a part of the evaluation show.
    case measured(seconds: Double)

    /// The predicted seconds of a run from which its time is measured: a tenth of a minute, so that
    /// a machine ten times as slow as the prediction assumes ends within one.
    private static let leastPredictedSeconds = 6.0
    /// The image files that a run decodes from which its time is measured; the prediction does not
    /// count decoding.
    private static let leastDecodedImages = 300
    /// The seconds of either measurement, of the steps and of the evaluation.
    private static let measuredSeconds = 0.3

    /// Finds out how long a run takes; a long one takes three steps of it at the learning rate 0,
    /// and writes nothing.
    ///
    /// - Parameters:
    ///   - configuration: The run's.
    ///   - done: The epochs that are complete.
    ///   - isCancelled: Called between steps; true cancels.
    /// - Throws: As ``EpochTime/measure(_:train:validation:device:seconds:isCancelled:)``.
    package static func expected(
        _ configuration: TrainingConfiguration, after done: Int, train: any ImageSet,
        validation: any ImageSet, device: Device, isCancelled: () -> Bool = { false }
    ) throws -> RunTime {
        guard done < configuration.epochs,
            try isWorthMeasuring(
                configuration, epochs: configuration.epochs - done, train, threads: device.threads)
        else { return .short }
        let time = try EpochTime.measure(
            configuration, train: train, validation: validation, device: device,
            seconds: measuredSeconds, effort: .brief, isCancelled: isCancelled)
        return .measured(seconds: time.seconds(ofEpochs: configuration.epochs, after: done))
    }

    /// Whether a run may take so long that three of its steps are a small part of it.
    static func isWorthMeasuring(
        _ configuration: TrainingConfiguration, epochs: Int, _ train: any ImageSet, threads: Int
    ) throws -> Bool {
        let images = Double(epochs) * Double(configuration.imagesPerEpoch)
        if train is ImageFiles, images >= Double(leastDecodedImages) { return true }
        var options = ExecutionOptions(threads: threads)
        options.precision = configuration.precision
        let plan = try PlanDescription(
            graph: try configuration.model.graph(), batch: configuration.shardBatch,
            mode: .training, options: options)
        return plan.predictedSeconds * images / Double(configuration.shardBatch)
            >= leastPredictedSeconds
    }

    /// The time in words: `about 6 minutes`.
    package var text: String {
        switch self {
        case .short: Numbers.approximateDuration(0)
        case .measured(let seconds): Numbers.approximateDuration(seconds)
        }
    }

    /// The measured seconds; nil where nothing was measured.
    package var seconds: Double? {
        guard case .measured(let seconds) = self else { return nil }
        return seconds
    }
}
