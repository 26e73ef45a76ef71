// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNFetch
import WRNInference
import WRNModel
import WRNTensor
import WRNText

/// `wrn features`: writes the outputs of a model's layers for images.
struct Features: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what layers of a model compute for image files.",
        usage: usageText(
            """
            wrn features [--weights DIR|FILE] [--layers NAME,...] [--pool avg|none] \
            IMAGE|FOLDER|ARCHIVE|- ... -o FILE [options]
            """),
        discussion: """
            Files are found, resized and cropped as in 'wrn predict'. Nothing behind the last \
            layer is computed. A layer is named as in 'wrn summary', or by a module: group1, \
            group1.block0, layer2, layer2.0; its output is that of the last node in it, as a \
            forward hook in PyTorch sees it.

            FILE ends in .safetensors: a tensor for each layer, images first, with the files' \
            names as the JSON list "files" of its metadata; in .npy: one array of a row for each \
            image in the order of the files, layers side by side; or in .csv: a line for each \
            image. Directories and archives are in the order of their paths. FILE appears when it \
            is whole.
            """)

    @OptionGroup var weights: WeightsOptions

    @Option(
        help: ArgumentHelp(
            "The layers, separated by commas (default: the one that the head reads).",
            valueName: "names"),
        transform: LayerList.init(argument:))
    var layers: LayerList?

    @Option(
        help: ArgumentHelp(
            "avg for the mean over positions, none for all positions, C x H x W.",
            valueName: "how"))
    var pool = FeatureExtractor.Pooling.average

    @Argument(help: ArgumentHelp("Image files, folders, archives, or -.", valueName: "input"))
    var inputs: [String]

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The file to write: .safetensors, .npy or .csv.", valueName: "file"))
    var file: String

    @Flag(help: "Leave out files that are no images, and name them on the standard error.")
    var skipBroken = false

    @OptionGroup(title: "Image files") var limits: PixelLimitOption

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard FeatureFormat(fileName: file) != nil else {
            throw ValidationError(
                "--output must end in .safetensors, .npy or .csv, not \"\(file)\"")
        }
    }

    func run() throws {
        let outputs = OutputPlaces(["--output": file])
        try outputs.check(reading: inputs)
        try outputs.check(reading: [weights.place])
        var files = ImageList(limits: limits.imageLimits)
        for input in inputs { try files.append(argument: input, isOnly: inputs.count == 1) }
        try outputs.check(reading: files)
        DataNotes.write(files)
        let engine = EngineOptions(
            batch: min(engine.batch, max(files.count, 1)), threads: engine.threads,
            precision: engine.precision)
        let extractor = try weights.extractor(
            layers: layers?.names, pooling: pool, engine)
        try weights.announceModel()
        let writer = try FeatureWriter(to: file, of: extractor)
        Interruption.listen()
        let broken = try write(files, extractor, writer)
        var report = FeatureReport(
            architecture: extractor.description.architecture, output: file,
            format: writer.format.rawValue, pooling: pool.rawValue, layers: extractor.layers,
            precision: engine.execution.precision, images: writer.count, broken: broken)
        report.weights = extractor.reading
        try StandardOutput.write(output.json ? jsonText(report) : report.line)
    }

    /// Writes all features.
    ///
    /// - Returns: The errors of the files that were left out.
    private func write(
        _ files: ImageList, _ extractor: FeatureExtractor, _ writer: FeatureWriter
    ) throws -> [String] {
        let status = StatusLine()
        var broken: [String] = []
        let total = Numbers.grouped(files.count)
        try extractor.features(of: files, isCancelled: { Interruption.isRequested }) {
            index, answer in
            switch answer {
            case .success(let features):
                try writer.append(features, file: files.title(of: index))
            case .failure(let error):
                guard skipBroken else {
                    throw BrokenFileError(
                        error, advice: "--skip-broken leaves such files out and counts them")
                }
                broken.append(error.message)
            }
            status.show("features: \(Numbers.grouped(index + 1)) of \(total) images")
        }
        status.clear()
        DataNotes.writeRemarks(files)
        for message in broken { StandardError.write("wrn: left out: \(message)\n") }
        guard writer.count > 0 else {
            throw InferenceError.noImages(dataset: inputs.joined(separator: " "))
        }
        try writer.finish()
        return broken
    }
}

/// The output of `wrn features`.
struct FeatureReport: Encodable {
    /// A layer and the shape of one image's features.
    struct Layer: Encodable {
        let name: String
        let shape: [Int]
    }

    let architecture: String
    let output: String
    let format: String
    let pooling: String
    let layers: [Layer]
    let precision: Precision
    /// The number of images written.
    let images: Int
    /// The errors of the files that were left out.
    let broken: [String]
    /// The notes and assumptions about another program's weights.
    var weights: WeightsReading?

    init(
        architecture: String, output: String, format: String, pooling: String,
        layers: [FeatureExtractor.Layer], precision: Precision, images: Int, broken: [String]
    ) {
        self.architecture = architecture
        self.output = output
        self.format = format
        self.pooling = pooling
        self.layers = layers.map { Layer(name: $0.name, shape: $0.extents) }
        self.precision = precision
        self.images = images
        self.broken = broken
    }

    /// One line: `features.csv: 24 images, group1 32, pool 64`.
    var line: DisplayText {
        let shapes = layers.map { layer in
            "\(layer.name) \(layer.shape.map(String.init).joined(separator: "x"))"
        }
        let left = broken.isEmpty ? "" : "; \(broken.count) left out"
        let count = "\(Numbers.grouped(images)) \(images == 1 ? "image" : "images")"
        let rounding = precision == .float32 ? "" : " in \(precision.rawValue)"
        return "\(output): \(count), \(shapes.joined(separator: ", "))\(rounding)\(left)\n"
    }
}
