// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNPlan
import WRNRuns
import WRNTraining
import WRNZoo

/// `wrn find-lr`: a search for the learning rate.
struct FindLearningRate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-lr",
        abstract: "Search for a learning rate: a short training whose rate grows step by step.",
        usage: usageText(
            "wrn find-lr NAME --data SOURCE [--from R] [--to R] [--steps N] [--json] "
                + "[options]"),
        discussion: """
            Takes a recipe and all options of a new run, so that what is searched is what will be \
            trained. The suggestion lies between the rate at which the loss falls fastest and the \
            one at which it is smallest; good rates lie between the middle of the fall and the \
            smallest loss. A curve without a fall, or with too few steps, has no suggestion. \
            Nothing is written.
            """)

    @Argument(help: "The network, for example wrn-16-4.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(
        help: ArgumentHelp(
            "The rate of the first step (default: 0.0001, for AdamW 0.000001).", valueName: "rate"))
    var from: Double?

    @Option(
        help: ArgumentHelp(
            "The rate of the last step (default: 10, for AdamW 0.1).", valueName: "rate"))
    var to: Double?

    @Option(help: "The number of steps.")
    var steps = 300

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @OptionGroup var output: OutputOptions

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    @OptionGroup(title: "Options of a new run") var new: NewRunOptions

    func validate() throws {
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--steps", steps, isIn: 10...1_000_000)
        try checkOption("--from", from, "above 0") { $0 > 0 && $0.isFinite }
        try checkOption("--to", to, "above 0") { $0 > 0 && $0.isFinite }
        try new.checkPlan(epochs: nil, mayBePhotographs: !DataSource.isKnown(data))
        let (from, to) = try range()
        if self.to != nil {
            try checkOption("--to", to, "above --from (\(from))") { $0 > from }
        } else {
            try checkOption("--from", from, "below --to (\(to))") { $0 < to }
        }
        do {
            _ = try variant.name(of: name)
            _ = try Zoo.network(named: name)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The rates of the first and the last step: those of the optimizer where the command line
    /// gives none.
    private func range() throws -> (from: Double, to: Double) {
        if case .adamW = try new.recipes(epochs: nil).both.optimizer() {
            return (from ?? 1e-6, to ?? 0.1)
        }
        return (from ?? 1e-4, to ?? 10)
    }

    func run() throws {
        let status = StatusLine()
        let name = try variant.name(of: name)
        let size = try Zoo.network(named: name).usualImageSize
        let read = try NewRunImages(
            data, files: new.fileOptions(usualSize: size), exclusion: new.exclusion.list(),
            limit: new.limit, status: status)
        let images = try new.suited(read, network: name, epochs: nil).images
        let train = images.train
        DataNotes.write(train, source: data)
        let configuration = try new.configuration(
            network: name, source: data, epochs: nil, train: train, validation: images.validation)
        Interruption.listen()
        let (from, to) = try range()
        let result = try BrokenFileError.advising(
            "leave such files out with --skip-broken", unless: new.skipBroken
        ) {
            try LearningRateFinder(first: from, last: to, steps: steps).find(
                configuration, train: train, device: .cpu(threads: threads),
                progress: { status.show("step \($0) of \(steps)") },
                isCancelled: { Interruption.isRequested })
        }
        status.clear()
        try StandardOutput.write(
            output.json
                ? jsonText(result)
                : LearningRateReport(result: result).text(width: Terminal().width))
    }
}
