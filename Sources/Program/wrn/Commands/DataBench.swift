// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNPlan

/// `wrn data bench`: how fast batches come.
struct DataBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast training images are decoded, augmented and normalised.",
        usage:
            "wrn data bench <source> [--image-size <N|HxW>] [--augment <kind>] [--json] [options]",
        discussion: """
            Goes through all training images again and again, as training does, each time in another order and augmented otherwise, \
            and does nothing else with them. The first pass also reads the files into the system's cache.
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
        try checkOption("--batch", batch, isIn: 1...65_536)
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--limit", limit, isIn: 1...Int.max)
    }

    func run() throws {
        let source = DataSource(
            data,
            options: files.options(
                height: imageSize?.height ?? 224, width: imageSize?.width ?? 224))
        var images = try source.load(.train, status: StatusLine())
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
