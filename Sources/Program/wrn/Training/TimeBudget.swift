// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNPlan
import WRNRuns
import WRNText
import WRNTraining

/// The time that a new run may take, `--minutes`, from which its number of epochs follows.
struct TimeBudget {
    let minutes: Double
    let threads: Int?
    let reporter: TrainingReporter

    /// The epochs of the configuration that is measured: enough for every schedule and warm-up.
    private static let measuredEpochs = 1000

    /// The configuration of a run that fits in the time.
    ///
    /// - Parameter configuration: Makes the configuration of a run of so many epochs.
    func configuration(
        train: any ImageSet, validation: any ImageSet,
        _ configuration: (_ epochs: Int) throws -> TrainingConfiguration
    ) throws -> TrainingConfiguration {
        Interruption.listen(saying: Interruption.Notice.discarding)
        reporter.status.show("measuring the time of an epoch")
        defer { reporter.status.clear() }
        let time = try EpochTime.measure(
            configuration(Self.measuredEpochs), train: train, validation: validation,
            device: .cpu(threads: threads),
            // A fiftieth of the time, within what a person waits for.
            seconds: min(max(60 * minutes / 50 / 2, 0.5), 5),
            isCancelled: { Interruption.isRequested })
        let epochs = try time.epochs(inMinutes: minutes)
        let sentence =
            "An epoch takes about \(Numbers.duration(time.meanSeconds(ofEpochs: epochs))) here: "
            + "\(Numbers.counted(epochs, "epoch")), about "
            + "\(Numbers.duration(time.seconds(ofEpochs: epochs))), fit in "
            + "\(Numbers.duration(60 * minutes)); --epochs \(epochs) repeats the run anywhere."
        reporter.status.clear()
        for line in wrapped(sentence, width: Terminal().width) { reporter.say("\(line)") }
        reporter.tell(
            TrainingLine.Budget(
                minutes: minutes, epochs: epochs,
                trainingSecondsPerEpoch: time.trainingSeconds(of: 0..<epochs, ofEpochs: epochs)
                    / Double(epochs),
                evaluationSecondsPerEpoch: time.evaluationSeconds
                    * Double(time.evaluationCount(epochs: epochs)) / Double(epochs),
                savingSecondsPerEpoch: time.savingSeconds))
        return try configuration(epochs)
    }
}

/// The option for the time that a new run may take.
struct TimeBudgetOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Instead of --epochs: as many epochs as fit in this time on this machine, which is "
                + "measured first.", valueName: "minutes"))
    var minutes: Double?

    func validate() throws {
        try checkOption("--minutes", minutes, "above 0, at most 525600 (a year)") {
            $0 > 0 && $0 <= 525_600
        }
    }

    /// Refuses the option beside another one that gives the length of the run.
    ///
    /// - Parameter given: What the command line gives besides.
    func check(epochs: Int?, _ given: Recipe) throws {
        guard minutes != nil, let count = given.epochs else { return }
        let words = epochs == nil ? "--set epochs=\(count)" : "--epochs"
        throw ValidationError(
            "--minutes and \(words) both give the length of the run; give one of them")
    }

    /// The configuration of a run of so many epochs, or of as many as the time permits.
    ///
    /// - Parameter configuration: Makes the configuration of a run of so many epochs.
    func configuration(
        epochs: Int?, train: any ImageSet, validation: any ImageSet, threads: Int?,
        reporter: TrainingReporter, _ configuration: (Int?) throws -> TrainingConfiguration
    ) throws -> TrainingConfiguration {
        guard let minutes else { return try configuration(epochs) }
        return try TimeBudget(minutes: minutes, threads: threads, reporter: reporter)
            .configuration(train: train, validation: validation, configuration)
    }
}
