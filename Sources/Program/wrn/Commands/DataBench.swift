// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNPlan
import WRNText

/// `wrn data bench`: measures how fast batches are prepared.
struct DataBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast training images are decoded, augmented and normalised.",
        usage: usageText(
            "wrn data bench <source> [--image-size <N|HxW>] [--augment <kind>] "
                + "[--json] [options]"),
        discussion: """
            Goes through all training images again and again, as training does, each time in \
            another order and augmented otherwise, and does nothing else with them. The first pass \
            also reads the files into the system's cache.
            """)

    @Argument(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(help: "How often to go through all images.")
    var passes = 5

    @Option(help: "The images of a batch.")
    var batch = 64

    @Option(help: "The threads that prepare batches (default: all processors).")
    var threads: Int?

    @Option(help: "Use only the first images.")
    var limit: Int?

    @Option(
        help: ArgumentHelp(
            "The rows and columns to which image files are resized (default: 224).",
            valueName: "N|HxW"),
        transform: ImageSize.init(argument:))
    var imageSize: ImageSize?

    @OptionGroup(title: "Image files") var files: FileOptions
    @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--passes", passes, isIn: 1...100_000)
        try checkOption("--batch", batch, isIn: BatchSize.range)
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--limit", limit, isIn: 1...Int.max)
    }

    func run() throws {
        let source = DataSource(
            data,
            options: files.options(
                height: imageSize?.height ?? 224, width: imageSize?.width ?? 224))
        var images = try source.load(.train, status: StatusLine())
        try files.check(for: images, imageSize: imageSize)
        DataNotes.write(images, source: data)
        if let limit { images = images.prefix(limit) }
        let workers = ExecutionOptions(threads: threads).threads
        Interruption.listen()
        let benchmark = LoadingBenchmark(
            images: images, normalization: .suited(to: images),
            augmentation: try augmentation.augmentation(for: images), batchSize: batch,
            workers: workers)
        let results = try benchmark.measure(
            passes: passes, isCancelled: { Interruption.isRequested })
        let report = LoadingReport(
            data: data, size: "\(images.channels)x\(images.height)x\(images.width)", batch: batch,
            threads: workers, passes: results)
        try StandardOutput.write(output.json ? jsonText(report) : report.text)
    }
}

/// The output of `wrn data bench`.
struct LoadingReport: Encodable {
    let data: String
    let size: String
    let batch: Int
    let threads: Int
    let passes: [LoadingBenchmark.Pass]
    let imagesPerSecond: Spread?

    init(
        data: String, size: String, batch: Int, threads: Int, passes: [LoadingBenchmark.Pass]
    ) {
        self.data = data
        self.size = size
        self.batch = batch
        self.threads = threads
        self.passes = passes
        imagesPerSecond = Spread(passes.map(\.imagesPerSecond))
    }

    /// A line for each figure.
    var text: DisplayText {
        var lines = [
            "\(data): \(Numbers.grouped(passes.first?.images ?? 0)) images to \(size), batches of "
                + "\(batch), "
                + Numbers.counted(threads, "thread")
        ]
        if let speed = imagesPerSecond {
            lines.append(
                "speed     \(Numbers.significant(speed.median)) images/s, "
                    + "\(Numbers.significant(speed.minimum)) to "
                    + "\(Numbers.significant(speed.maximum)) in "
                    + (passes.count == 1 ? "1 pass" : "\(passes.count) passes"))
        }
        let broken = passes.map(\.broken).max() ?? 0
        if broken > 0 {
            lines.append(
                "left out  \(Numbers.counted(broken, "broken file")); "
                    + "'wrn data inspect \(shellWord(data))' names \(broken == 1 ? "it" : "them")")
        }
        return DisplayText(lines: lines)
    }
}
