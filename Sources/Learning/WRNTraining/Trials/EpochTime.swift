// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNEngine
import WRNGraph
import WRNInference
import WRNModel
package import WRNPlan
package import WRNRuns
import WRNText

/// The time that an epoch of a run takes on this machine, as a few of its steps and a part of its
/// evaluation show.
///
/// A run for which a time is given, and no number of epochs, gets the number that fits in it
/// (``epochs(inMinutes:)``), before it begins: its configuration holds the number, so that its
/// result depends on no clock.
package struct EpochTime: Hashable, Sendable {
    /// The seconds of an epoch's steps.
    package let trainingSeconds: Double
    /// The seconds of an evaluation on the validation images.
    package let evaluationSeconds: Double
    /// The number of epochs, from 1, after which an evaluation comes; the last has one, too.
    package let validationInterval: Int
    /// The seconds in which its checkpoint and its models are saved; assumed, not measured.
    package let savingSeconds: Double

    /// The mean seconds of an epoch with its share of an evaluation and its files.
    package var seconds: Double {
        trainingSeconds + evaluationSeconds / Double(validationInterval) + savingSeconds
    }

    /// The steps of a measurement.
    enum Effort {
        /// As many as a number of epochs may follow from.
        case thorough
        /// As few as an approximate time needs.
        case brief

        /// The steps before the measured ones, in which memory is touched for the first time.
        var firstSteps: Int { self == .thorough ? 2 : 1 }
        /// The least number of measured steps.
        var leastSteps: Int { self == .thorough ? 3 : 2 }
    }

    /// The share of the time that is kept for what else the machine does.
    private static let reserve = 0.05
    /// The seconds in which the files of an epoch are forced to the disk, however small they are.
    private static let leastSavingSeconds = 0.1
    /// The bytes that a disk takes in a second.
    private static let savedBytesPerSecond = 2e8

    package init(
        trainingSeconds: Double, evaluationSeconds: Double, validationInterval: Int = 1,
        savingSeconds: Double = 0
    ) {
        self.trainingSeconds = trainingSeconds
        self.evaluationSeconds = evaluationSeconds
        self.validationInterval = validationInterval
        self.savingSeconds = savingSeconds
    }

    /// The seconds in which a checkpoint and two models are saved: four numbers of 4 bytes for each
    /// parameter.
    static func savingSeconds(parameters: Int) -> Double {
        leastSavingSeconds + 16 * Double(parameters) / savedBytesPerSecond
    }

    /// Takes steps of a configuration at the learning rate 0, and classifies validation images, for
    /// about so many seconds each, and writes nothing.
    ///
    /// - Parameters:
    ///   - seconds: The time of either measurement; one batch is the least.
    ///   - isCancelled: Called between steps; true cancels.
    /// - Throws: `CancellationError`; a ``TrainingError`` when the configuration is invalid or no
    ///   image can be read; the errors of the data and the engine.
    package static func measure(
        _ configuration: TrainingConfiguration, train: any ImageSet, validation: any ImageSet,
        device: Device = .cpu(), seconds: Double = 2, isCancelled: () -> Bool = { false }
    ) throws -> EpochTime {
        try measure(
            configuration, train: train, validation: validation, device: device, seconds: seconds,
            effort: .thorough, isCancelled: isCancelled)
    }

    /// The same with a number of steps.
    static func measure(
        _ configuration: TrainingConfiguration, train: any ImageSet, validation: any ImageSet,
        device: Device, seconds: Double, effort: Effort, isCancelled: () -> Bool
    ) throws -> EpochTime {
        let perImage = try meanTrainingTime(
            configuration, train, device: device, seconds: seconds, effort, isCancelled)
        let perValidationImage = try evaluationTime(
            configuration, validation, device: device, seconds: seconds, isCancelled)
        return EpochTime(
            trainingSeconds: perImage * Double(configuration.imagesPerEpoch),
            evaluationSeconds: perValidationImage * Double(validation.count),
            validationInterval: configuration.validationInterval ?? 1,
            savingSeconds: savingSeconds(
                parameters: try configuration.model.graph().parameterCount))
    }

    /// The seconds of a step, for each of its images: the mean over the sizes that the images of
    /// the run have, weighted by their epochs.
    private static func meanTrainingTime(
        _ configuration: TrainingConfiguration, _ images: any ImageSet, device: Device,
        seconds: Double, _ effort: Effort, _ isCancelled: () -> Bool
    ) throws -> Double {
        // The first epoch of each size, and where the last one ends.
        let starts = (0..<configuration.epochs).filter { epoch in
            epoch == 0
                || configuration.imageSize(epoch: epoch)
                    != configuration.imageSize(epoch: epoch - 1)
        }
        let ends = starts.dropFirst() + [configuration.epochs]
        var sum = 0.0
        for (start, end) in zip(starts, ends) {
            let time = try trainingTime(
                configuration, images, device: device, sizeOfEpoch: start,
                seconds: seconds / Double(starts.count), effort, isCancelled)
            sum += time * Double(end - start)
        }
        return sum / Double(configuration.epochs)
    }

    /// The seconds of a step on images of the size that they have in an epoch, for each of them.
    private static func trainingTime(
        _ configuration: TrainingConfiguration, _ images: any ImageSet, device: Device,
        sizeOfEpoch epoch: Int, seconds: Double, _ effort: Effort, _ isCancelled: () -> Bool
    ) throws -> Double {
        let trial = try Trial(
            configuration, train: images, device: device, sizeOfEpoch: epoch, whitens: false)
        var (start, steps, count, elapsed) = (ContinuousClock.now, 0, 0, 0.0)
        try trial.run(learningRate: { _ in 0 }) { step in
            if isCancelled() { throw CancellationError() }
            guard step.number >= effort.firstSteps else {
                start = .now
                return true
            }
            steps += 1
            count += step.images
            elapsed = (ContinuousClock.now - start) / .seconds(1)
            return elapsed < seconds || steps < effort.leastSteps
        }
        return elapsed / Double(max(count, 1))
    }

    /// The seconds of an evaluation, for each of its images.
    private static func evaluationTime(
        _ configuration: TrainingConfiguration, _ images: any ImageSet, device: Device,
        seconds: Double, _ isCancelled: () -> Bool
    ) throws -> Double {
        let device = device.computing(in: configuration.precision)
        let graph = try configuration.model.graph()
        let batch = min(configuration.batch, 128)
        let classifier = try Classifier(
            description: configuration.model,
            tensors: configuration.firstTensors(of: graph).tensors,
            plan: device.inference(graph, batch: batch))
        func time(_ count: Int) throws -> Double {
            let start = ContinuousClock.now
            _ = try classifier.evaluate(
                images.prefix(count), workers: device.loadingThreads,
                skipsBroken: configuration.data.files?.skipsBroken ?? false,
                isCancelled: isCancelled)
            return (ContinuousClock.now - start) / .seconds(1)
        }
        let first = min(batch, images.count)
        let firstSeconds = max(try time(first), 1e-6)
        if firstSeconds >= seconds { return firstSeconds / Double(first) }
        let fitting = Double(first) * seconds / firstSeconds
        let count = fitting < Double(images.count) ? max(Int(fitting), first) : images.count
        return try time(count) / Double(count)
    }
}

extension EpochTime {
    /// The number of evaluations in so many epochs.
    package func evaluationCount(epochs: Int) -> Int {
        (epochs + validationInterval - 1) / validationInterval
    }

    /// The seconds of a run of so many epochs, with the evaluation for its report.
    ///
    ///     seconds = epochs · (training + saving) + (⌈epochs / interval⌉ + 1) · evaluation
    package func seconds(ofEpochs epochs: Int) -> Double {
        Double(epochs) * (trainingSeconds + savingSeconds)
            + Double(evaluationCount(epochs: epochs) + 1) * evaluationSeconds
    }

    /// The largest number of epochs whose run takes at most 0.95 of a time.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidConfiguration` when not one fits.
    package func epochs(inMinutes minutes: Double) throws(TrainingError) -> Int {
        let available = 60 * minutes * (1 - Self.reserve)
        // With the mean seconds of an epoch never too small: the last evaluation may come early.
        let bound = ((available - evaluationSeconds) / max(seconds, 1e-9)).rounded(.down)
        var epochs = Int(min(max(bound, 0), Double(TrainingConfiguration.maximumEpochCount)))
        while epochs > 0, self.seconds(ofEpochs: epochs) > available { epochs -= 1 }
        guard epochs >= 1 else {
            let needed = self.seconds(ofEpochs: 1) / (1 - Self.reserve)
            let epoch = trainingSeconds + evaluationSeconds + savingSeconds
            throw TrainingError(
                .invalidConfiguration,
                "an epoch takes about \(Self.text(epoch)) on this machine, with its evaluation, "
                    + "and a run of one about \(Self.text(needed)), which is more than the "
                    + "time of \(Self.text(60 * minutes)): allow more time, use fewer images, or "
                    + "choose a smaller network")
        }
        return epochs
    }

    /// The longest successive halving of some trials that fits in a time, together with the
    /// evaluation for the best run's report.
    ///
    /// - Parameter times: The times of an epoch of some of the trials, of which the mean counts.
    /// - Throws: A ``TrainingError`` with the code `invalidConfiguration` when not one epoch of
    ///   each trial fits.
    package static func halving(
        of trials: Int, factor: Int, inMinutes minutes: Double, times: [EpochTime]
    ) throws(TrainingError) -> SuccessiveHalving {
        let count = Double(max(times.count, 1))
        let mean = times.map(\.seconds).reduce(0, +) / count
        let evaluation = times.map(\.evaluationSeconds).reduce(0, +) / count
        let available = 60 * minutes * (1 - reserve) - evaluation
        let total = min((available / max(mean, 1e-9)).rounded(.down), 1e15)
        guard total >= 1,
            let halving = SuccessiveHalving(
                trials: trials, factor: factor, totalEpochs: Int(total))
        else {
            let needed = (Double(trials) * mean + evaluation) / (1 - reserve)
            throw TrainingError(
                .invalidConfiguration,
                "an epoch takes about \(shortText(mean)) on this machine, with its evaluation, and one "
                    + "of each of the \(trials) trials about \(shortText(needed)), which is more than "
                    + "the time of \(shortText(60 * minutes)): allow more time, try fewer values, or "
                    + "use fewer images")
        }
        return halving
    }

    private static func shortText(_ seconds: Double) -> String {
        Numbers.duration(seconds, decimals: 1)
    }

    private static func text(_ seconds: Double) -> String { Numbers.duration(seconds) }
}
