// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNPlan
import WRNTraining
import WRNZoo

/// `wrn find-lr`: a search for the learning rate.
struct FindLearningRate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-lr",
        abstract: "Search for a learning rate: a short training whose rate grows step by step.",
        usage: "wrn find-lr NAME --data SOURCE [--from R] [--to R] [--steps N] [--json] [options]",
        discussion: """
            Takes a recipe and all options of a new run, so that what is searched is what will be trained. The suggestion is the rate at \
            which the loss falls fastest; where it is smallest, the rate is already too high for long. Nothing is written.
            """)

    @Argument(help: "The network, for example wrn-16-4.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(help: ArgumentHelp("The rate of the first step.", valueName: "rate"))
    var from = 1e-5

    @Option(help: ArgumentHelp("The rate of the last step.", valueName: "rate"))
    var to = 10.0

    @Option(help: "The number of steps.")
    var steps = 150

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @OptionGroup var output: OutputOptions

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    @OptionGroup(title: "Options of a new run") var new: NewRunOptions

    func validate() throws {
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--steps", steps, isIn: 10...1_000_000)
        try checkOption("--from", from, "above 0") { $0 > 0 && $0.isFinite }
        try checkOption("--to", to, "above --from (\(from))") { $0 > from && $0.isFinite }
        do {
            _ = try variant.name(of: name)
            _ = try Zoo.network(named: name)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() throws {
        let status = StatusLine()
        let name = try variant.name(of: name)
        let size = try Zoo.network(named: name).usualImageSize
        let source = DataSource(data, options: new.fileOptions(usualSize: size))
        var train = try source.load(.train, status: status)
        let validation = try source.load(.validation, status: status)
        if let limit = new.limit { train = train.prefix(limit) }
        let configuration = try new.configuration(
            network: name, source: data, epochs: nil, train: train, validation: validation)
        Interruption.listen()
        let result = try LearningRateFinder(first: from, last: to, steps: steps).find(
            configuration, train: train, options: ExecutionOptions(threads: threads),
            progress: { status.show("step \($0) of \(steps)") },
            isCancelled: { Interruption.isRequested })
        status.clear()
        try StandardOutput.write(
            output.json
                ? jsonText(result)
                : LearningRateReport(result: result).text(width: Terminal().width))
    }
}
