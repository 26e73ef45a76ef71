// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import WRNDatasets
import WRNDialects
import WRNEngine
public import WRNExport
import WRNFetch
import WRNInference
import WRNModel
import WRNPlan
import WRNText

/// `wrn export`: writes a model for other programs' runtimes.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model for other runtimes, such as ONNX Runtime and Core ML.",
        usage: "wrn export [--weights DIR|FILE|NAME] -o FILE [options]",
        discussion: """
            FILE's ending is its format. The mean and the deviation of the images, the names of \
            the classes, the rule for resizing and the digest of the weights are in its metadata, \
            which 'wrn identify FILE' prints.

              .onnx       for ONNX Runtime, OpenVINO, TensorRT, MNN and others; the batch
                          is free: one file serves batches of any size
              .mlpackage  for Core ML on Apple's systems (iOS 15, macOS 12 and later): a
                          directory with a program that reads one image; with
                          --probabilities and names of classes it is a classifier

            The file is read back and evaluated on a few images by an implementation of its own, \
            and the largest difference from this program's results is printed; a file that \
            computes something else is removed. FILE appears when it is whole.

              float32   the numbers of this program
              float16   half the size; what goes in and comes out stays float32
              int8      a quarter of the size, faster on most processors, for ONNX
                        Runtime; TensorRT reads no such file. The ranges of activations
                        are measured on the images of --calibrate, some hundred of the
                        kind that the network will see
            """)

    @OptionGroup var weights: WeightsOptions

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The file to write; its ending is its format.", valueName: "file"))
    var file: String

    @Flag(
        help:
            """
            Give probabilities (the softmax of the logits, calibrated where the model is) instead \
            of logits.
            """)
    var probabilities = false

    @Option(
        help: ArgumentHelp(
            "Give what this layer computes, a layer of 'wrn summary' or a module, instead of "
                + "logits.", valueName: "name"))
    var layer: String?

    @Option(
        help: ArgumentHelp(
            "What goes in: float32 for normalised numbers, NCHW; or pixels, which the network "
                + "normalises itself: for ONNX uint8, NHWC, for Core ML image (default: float32 "
                + "for ONNX, image for Core ML).", valueName: "type"))
    var input: ExportOptions.Input?

    @Option(
        help: ArgumentHelp(
            "What the network computes in: float32, float16, or int8.", valueName: "type"))
    var precision = ExportOptions.Precision.float32

    @Option(
        help: ArgumentHelp(
            "For int8, image files to measure ranges on: a file, a folder or an archive; of more "
                + "than \(ExportOptions.maximumCalibrationCount) images as many are taken evenly.",
            valueName: "images"))
    var calibrate: [String] = []

    @Option(
        help: ArgumentHelp(
            "For int8, how ranges follow from the images: min-max, or percentile, which leaves "
                + "out 0.005 % at each end (default: percentile).", valueName: "how"))
    var calibration: ExportOptions.Calibration?

    @Flag(
        name: .customLong("keep-bn"),
        help:
            """
            Keep each batch normalisation as an operation with its four tensors, as it was \
            trained.
            """
    )
    var keepsNormalizations = false

    @Option(
        help: ArgumentHelp(
            "For ONNX, the version of the operators, \(ExportOptions.opsets.lowerBound) to "
                + "\(ExportOptions.opsets.upperBound).", valueName: "number"))
    var opset = ExportOptions().opset

    @Flag(
        help:
            "For ONNX, put the weights into a second file, FILE.data, as is done from 2 GB on."
    )
    var externalData = false

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @OptionGroup(title: "Image files") var limits: PixelLimitOption

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--opset", opset, isIn: ExportOptions.opsets)
        let format: ExportFormat
        do {
            format = try ExportFormat(ofFile: file)
        } catch {
            throw ValidationError("--output: \(error.message)")
        }
        guard !probabilities || layer == nil else {
            throw ValidationError(
                "--probabilities and --layer each choose what comes out; leave one out")
        }
        guard precision == .int8 || calibrate.isEmpty else {
            throw ValidationError(
                "--calibrate goes with --precision int8; leave it out, or choose int8")
        }
        guard precision == .int8 || calibration == nil else {
            throw ValidationError(
                "--calibration goes with --precision int8; leave it out, or choose int8")
        }
        guard precision != .int8 || !keepsNormalizations else {
            throw ValidationError(
                "--keep-bn and --precision int8 exclude each other: normalisations that are kept "
                    + "are computed in floats")
        }
        try check(for: format)
        guard precision != .int8 || !calibrate.isEmpty else {
            throw ValidationError(
                "--precision int8 needs --calibrate IMAGES, some hundred images of the kind that "
                    + "the network will see")
        }
        guard !calibrate.isEmpty || limits.given.isEmpty else {
            throw ValidationError("--max-pixels goes with --calibrate; leave it out")
        }
    }

    /// Refuses what the format does not have, before weights are downloaded.
    private func check(for format: ExportFormat) throws {
        var options = exportOptions
        // The images are read later; a list without any stands for them.
        if precision == .int8 { options.calibrationImages = ImageList() }
        do {
            try options.check(for: format)
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// The form of the network, without the images that ranges are measured on.
    private var exportOptions: ExportOptions {
        var options = ExportOptions()
        options.output = layer.map { .layer($0) } ?? (probabilities ? .probabilities : .logits)
        options.input = input
        options.precision = precision
        options.keepsNormalizations = keepsNormalizations
        options.opset = opset
        options.usesExternalData = externalData
        options.calibration = calibration ?? .percentile
        return options
    }

    func run() throws {
        // A place that cannot be written to is found before weights are downloaded.
        try NetworkExport.checkPlace(file)
        var options = exportOptions
        if !calibrate.isEmpty {
            var images = ImageList(limits: limits.imageLimits)
            for argument in calibrate {
                try images.append(argument: argument, isOnly: calibrate.count == 1)
            }
            DataNotes.write(images)
            options.calibrationImages = images
        }
        let network = try weights.network(for: layer == nil ? .answers : .features)
        try weights.announceModel()
        if let accuracy = try weights.chosen()?.accuracySentence {
            options.metadata["accuracy"] = accuracy
        }
        if let layer { try network.refuseMissingHead(as: layer) }
        if layer == nil, let calibration = network.description.calibration {
            let temperature = Numbers.fixed(calibration.temperature, decimals: 4)
            StandardError.write(
                probabilities
                    ? "wrn: the probabilities are calibrated, with the temperature \(temperature)\n"
                    : """
                    wrn: divide the logits by the model's temperature \(temperature), which is \
                    in the metadata, before the softmax

                    """)
        }
        Interruption.listen()
        let report = try write(NetworkExport(network), options)
        try StandardOutput.write(output.json ? jsonText(report) : report.text)
    }

    private func write(_ network: NetworkExport, _ options: ExportOptions) throws -> ExportReport {
        let status = StatusLine()
        defer { status.clear() }
        status.show("preparing \(network.model.description.architecture)")
        return try network.write(
            to: file, as: options, device: .cpu(ExecutionOptions(threads: threads)),
            progress: { status.show(Self.words(for: $0)) },
            isCancelled: { Interruption.isRequested })
    }

    private static func words(for progress: NetworkExport.Progress) -> String {
        switch progress {
        case .calibrating(let done, let all):
            "measuring activations: \(Numbers.grouped(done)) of \(Numbers.grouped(all)) images"
        case .writing: "writing"
        case .checking: "comparing the written file's results with the engine's"
        }
    }
}

extension ExportOptions.Precision: ExpressibleByArgument {}
extension ExportOptions.Input: ExpressibleByArgument {}
extension ExportOptions.Calibration: ExpressibleByArgument {}

extension ExportReport {
    /// Two lines: the file, and how far its results are from the engine's.
    fileprivate var text: DisplayText {
        let images = Numbers.counted(checkedImages, "image")
        let calibrated =
            calibrationImages.map { ", ranges from \(Numbers.counted($0, "image"))" } ?? ""
        return "\(file): \(network), \(format), \(Numbers.counted(operations, "operation")), "
            + "\(Numbers.bytes(byteCount))\(calibrated)\n"
            + "read back and computed on \(images): at most "
            + "\(Numbers.shortest(largestDifference, digits: 2)) from this program's results, "
            + "\(Numbers.shortest(relativeDifference, digits: 2)) of the largest\n"
    }
}
