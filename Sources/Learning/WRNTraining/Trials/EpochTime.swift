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
    /// The seconds of an epoch's steps on whole images.
    package let trainingSeconds: Double
    /// The seconds of an epoch's steps on images of each size that they grow from.
    let smallTrainingSeconds: [Double]
    /// The sizes that images grow from; nil where all epochs see whole ones.
    private let growth: TrainingConfiguration.ImageGrowth?
    /// The seconds of an evaluation on the validation images.
    package let evaluationSeconds: Double
    /// The number of epochs, from 1, after which an evaluation comes; the last has one, too.
    package let validationInterval: Int
    /// The seconds in which its checkpoint and its models are saved; assumed, not measured.
    package let savingSeconds: Double

    /// The seconds of the steps of some epochs, counted from 0, of a run of so many.
    package func trainingSeconds(of range: Range<Int>, ofEpochs epochs: Int) -> Double {
        guard let growth else { return Double(range.count) * trainingSeconds }
        return zip(
            growth.epochCounts(in: range, of: epochs), smallTrainingSeconds + [trainingSeconds]
        )
        .map { Double($0) * $1 }.reduce(0, +)
    }

    /// The mean seconds of an epoch of a run of so many, with its share of an evaluation and its
    /// files.
    package func meanSeconds(ofEpochs epochs: Int) -> Double {
        trainingSeconds(of: 0..<epochs, ofEpochs: epochs) / Double(epochs)
            + evaluationSeconds / Double(validationInterval) + savingSeconds
    }

    /// The least seconds that any epoch can take, with its share of an evaluation and its files.
    private var leastSeconds: Double {
        (smallTrainingSeconds + [trainingSeconds]).reduce(.infinity, min)
            + evaluationSeconds / Double(validationInterval) + savingSeconds
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
        savingSeconds: Double = 0, growth: TrainingConfiguration.ImageGrowth? = nil,
        smallTrainingSeconds: [Double] = []
    ) {
        self.trainingSeconds = trainingSeconds
        self.smallTrainingSeconds = smallTrainingSeconds
        self.growth = growth
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
        let growth = configuration.stepRules.growth
        let sizes = growth?.sizes ?? []
        let training = try (sizes.map(Optional.some) + [nil]).map { size in
            Double(configuration.imagesPerEpoch)
                * (try trainingTime(
                    configuration, train, device: device, shorterSide: size,
                    seconds: seconds / Double(sizes.count + 1), effort, isCancelled))
        }
        let perValidationImage = try evaluationTime(
            configuration, validation, device: device, seconds: seconds, isCancelled)
        return EpochTime(
            trainingSeconds: training[sizes.count],
            evaluationSeconds: perValidationImage * Double(validation.count),
            validationInterval: configuration.validationInterval ?? 1,
            savingSeconds: savingSeconds(
                parameters: try configuration.model.graph().parameterCount),
            growth: growth, smallTrainingSeconds: Array(training.dropLast()))
    }

    /// The seconds of a step on images of a size, nil for whole ones, for each of them.
    private static func trainingTime(
        _ configuration: TrainingConfiguration, _ images: any ImageSet, device: Device,
        shorterSide: Int?, seconds: Double, _ effort: Effort, _ isCancelled: () -> Bool
    ) throws -> Double {
        let trial = try Trial(
            configuration, train: images, device: device, shorterSide: shorterSide, whitens: false)
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

    /// The seconds of a run of so many epochs, or of what is left of it, with the evaluation for
    /// its report.
    ///
    ///     seconds = training + epochs · saving + (⌈epochs / interval⌉ + 1) · evaluation
    ///
    /// - Parameter done: The epochs that are complete.
    package func seconds(ofEpochs epochs: Int, after done: Int = 0) -> Double {
        let evaluations = evaluationCount(epochs: epochs) - done / validationInterval
        return trainingSeconds(of: done..<epochs, ofEpochs: epochs)
            + Double(epochs - done) * savingSeconds
            + Double(evaluations + 1) * evaluationSeconds
    }

    /// The largest number of epochs whose run takes at most 0.95 of a time.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidConfiguration` when not one fits.
    package func epochs(inMinutes minutes: Double) throws(TrainingError) -> Int {
        let available = 60 * minutes * (1 - Self.reserve)
        // Never too small: the last evaluation may come early, and the last epoch has whole images.
        let bound = ((available - evaluationSeconds) / max(leastSeconds, 1e-9)).rounded(.down)
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
        let evaluation = times.map(\.evaluationSeconds).reduce(0, +) / count
        let available = 60 * minutes * (1 - reserve) - evaluation
        let halving = SuccessiveHalving(trials: trials, factor: factor) { halving in
            seconds(of: halving, times: times) <= available
        }
        guard let halving else {
            let mean = times.map { $0.meanSeconds(ofEpochs: 1) }.reduce(0, +) / count
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

    /// The seconds of all trials: each rung prolongs runs of the full length, whose first epochs
    /// may see smaller images.
    package static func seconds(of halving: SuccessiveHalving, times: [EpochTime]) -> Double {
        var (total, before) = (0.0, 0)
        for rung in halving.rungs {
            let epochs = before..<rung.epochs
            let each = times.map { time in
                time.trainingSeconds(of: epochs, ofEpochs: halving.epochs)
                    + Double(epochs.count)
                    * (time.evaluationSeconds / Double(time.validationInterval)
                        + time.savingSeconds)
            }
            total += Double(rung.trials) * each.reduce(0, +) / Double(max(times.count, 1))
            before = rung.epochs
        }
        return total
    }

    private static func shortText(_ seconds: Double) -> String {
        Numbers.duration(seconds, decimals: 1)
    }

    private static func text(_ seconds: Double) -> String { Numbers.duration(seconds) }
}
