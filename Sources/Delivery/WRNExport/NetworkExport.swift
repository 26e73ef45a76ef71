// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDialects
public import WRNEngine
import WRNFiles
package import WRNGraph
public import WRNInference
public import WRNModel
public import WRNPlan
import WRNText

/// A network with its weights that is written for other programs' runtimes.
package struct NetworkExport {
    /// What is done, for a line on a terminal.
    package enum Progress: Sendable {
        /// So many of all images have been measured.
        case calibrating(done: Int, all: Int)
        case writing
        case checking
    }

    /// The network and its weights.
    package let model: Model
    /// The network.
    package let graph: Graph

    /// Takes a network as it was read.
    package init(_ network: TrainedNetwork) {
        model = Model(description: network.description, tensors: network.tensors)
        graph = network.graph
    }

    /// Takes a model and its network.
    init(_ model: Model, graph: Graph) {
        self.model = model
        self.graph = graph
    }

    /// Takes a model.
    ///
    /// - Throws: A `GraphError` when its description is no network's.
    package init(_ model: Model) throws(GraphError) {
        self.model = model
        graph = try model.description.graph()
    }

    /// Writes the file, checks it, and gives it its name.
    ///
    /// - Parameters:
    ///   - path: The file or, for a format of several files, the directory; its ending is its
    ///     format.
    ///   - progress: Called as the work goes on.
    ///   - isCancelled: Called between parts of the work; true stops it, and nothing is left.
    /// - Throws: An ``ExportError``; a `WeightsError` for weights that are not finite; a
    ///   `GraphError` for an unknown layer; a `DataError` for an image that cannot be read; a
    ///   `PlanError` when the memory does not suffice; and `CancellationError`.
    package func write(
        to path: String, as options: ExportOptions = ExportOptions(), device: Device = .cpu(),
        progress: (Progress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
    ) throws -> ExportReport {
        let format = try ExportFormat(ofFile: path)
        try options.check(for: format)
        // A path that cannot be written is found before minutes of computing.
        try Self.checkPlace(path)
        // Weights of files were checked when they were read; a model in memory has no file's name.
        try UnsoundTensor.refuse(
            UnsoundTensor.all(in: model.tensors, of: graph),
            file: model.description.architecture)
        let network = try ExportedNetwork(
            graph, tensors: model.tensors, output: options.output,
            keepsNormalizations: options.keepsNormalizations,
            temperature: model.description.temperature)
        switch format {
        case .onnx:
            return try writeONNX(
                network, to: path, as: options, device: device, progress: progress,
                isCancelled: isCancelled)
        case .coreML:
            return try writeCoreML(
                network, to: path, as: options, device: device, progress: progress,
                isCancelled: isCancelled)
        }
    }

    /// Finds out whether a network could be written to a path, before long work for it.
    ///
    /// - Throws: ``ExportError`` for a name with the ending of no format, and when the system
    ///   refuses or something else stands at the path.
    package static func checkPlace(_ path: String) throws(ExportError) {
        switch try ExportFormat(ofFile: path) {
        case .onnx: try TemporaryFile<ExportError>(beside: path).remove()
        case .coreML:
            try AtomicDirectory<ExportError>.check(
                path, replacingThoseWith: CoreMLPackage.manifestName)
        }
    }
}

/// The formats of exported networks, by the endings of files' names.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// Open Neural Network Exchange.
    case onnx
    /// The format of Apple's systems.
    case coreML = "coreml"

    /// The ending of its files' names, with the dot.
    package var ending: String {
        switch self {
        case .onnx: ".onnx"
        case .coreML: ".mlpackage"
        }
    }

    /// The name for people.
    package var title: String {
        switch self {
        case .onnx: "ONNX"
        case .coreML: "Core ML"
        }
    }

    /// The format of a file by its name.
    ///
    /// - Throws: ``ExportError`` for a name with another ending.
    package init(ofFile path: String) throws(ExportError) {
        let path = path.hasSuffix("/") ? String(path.dropLast()) : path
        let name = path.split(separator: "/").last?.lowercased() ?? ""
        let found = Self.allCases.first {
            name.hasSuffix($0.ending) && name.utf8.count > $0.ending.utf8.count
        }
        guard let found else {
            let endings = Self.allCases.map { "\($0.ending) (\($0.title))" }
            throw ExportError(
                .unknownFormat, file: path.isEmpty ? "\"\"" : path,
                "expected a name that ends in \(endings.joined(separator: " or ")), by which the "
                    + "format is chosen")
        }
        self = found
    }
}

extension ExportOptions {
    /// Compares the options with each other and with a format.
    ///
    /// - Throws: ``ExportError`` for options out of their range, or that contradict each other.
    package func check(for format: ExportFormat) throws(ExportError) {
        guard format != .onnx || Self.opsets.contains(opset) else {
            throw ExportError(
                .invalidOptions,
                "expected an opset from \(Self.opsets.lowerBound) to \(Self.opsets.upperBound), "
                    + "found \(opset)")
        }
        let taken = NetworkExport.ownFacts.intersection(metadata.keys)
        guard taken.isEmpty else {
            throw ExportError(
                .invalidOptions,
                "the export writes the metadata \(taken.sorted().joined(separator: ", ")) itself; "
                    + "give other facts other names")
        }
        if format == .coreML { try checkForCoreML() }
        guard format != .onnx || input != .image else {
            throw ExportError(
                .invalidOptions,
                "ONNX has no type for images; let the network read pixels as uint8, or normalised "
                    + "numbers as float32")
        }
        if precision == .int8 {
            guard calibrationImages != nil else {
                throw ExportError(
                    .calibration,
                    "8-bit activations need images to measure their ranges on; give some hundred "
                        + "of the kind that the network will see")
            }
            guard !keepsNormalizations else {
                throw ExportError(
                    .invalidOptions,
                    "normalisations that stay operations of their own are computed in floats; "
                        + "let them be multiplied into the convolutions of an 8-bit network")
            }
        } else if calibrationImages != nil {
            throw ExportError(
                .invalidOptions,
                "images for the ranges of activations are of use to 8-bit networks alone; leave "
                    + "them out, or choose 8-bit integers")
        } else if calibration != ExportOptions().calibration {
            throw ExportError(
                .invalidOptions,
                "how ranges of activations follow from images is chosen for 8-bit networks alone; "
                    + "leave it out, or choose 8-bit integers")
        }
    }

    private func checkForCoreML() throws(ExportError) {
        guard precision != .int8 else {
            throw ExportError(
                .invalidOptions,
                "networks of 8-bit integers are written for ONNX; choose float32 or float16 for "
                    + "Core ML")
        }
        guard input != .uint8 else {
            throw ExportError(
                .invalidOptions,
                "Core ML has no input of bytes; let the network read an image, whose pixels it "
                    + "normalises itself, or normalised numbers as float32")
        }
        guard opset == ExportOptions().opset, !usesExternalData else {
            throw ExportError(
                .invalidOptions,
                "the version of the operators and a second file for the weights are chosen for "
                    + "ONNX alone; leave them out for Core ML")
        }
    }

    /// What the network reads in a format.
    package func input(for format: ExportFormat) -> Input {
        input ?? (format == .coreML ? .image : .float32)
    }
}

/// What was exported, and how far its results are from the engine's.
public struct ExportReport: Codable, Hashable, Sendable {
    /// The file or directory that was written.
    public let file: String
    /// Its format, for example `ONNX`.
    public let format: String
    /// The network's name.
    public let network: String
    /// The bytes of all files together.
    public let byteCount: Int
    /// The number of operations.
    public let operations: Int
    /// How many images the file was checked on.
    public let checkedImages: Int
    /// The largest difference between a result of the written file and the engine's.
    public let largestDifference: Double
    /// The same as a fraction of the largest result.
    public let relativeDifference: Double
    /// On how many images ranges of activations were measured; nil for networks in floats.
    public let calibrationImages: Int?
}

extension Model {
    /// Writes the network for other programs' runtimes, and checks the written file.
    ///
    ///     try model.export(to: "model.onnx")
    ///
    /// The ending of the name chooses the format. The file is read back and evaluated on a few
    /// images by an implementation of its own before it gets its name; when the results are not
    /// the engine's, nothing is left, and an error is thrown.
    ///
    /// - Returns: What was written, and the largest difference that was found.
    /// - Throws: An ``ExportError`` for options that contradict each other, an unwritable path or a
    ///   file that computes something else; a `WeightsError` for weights that are not finite; a
    ///   `GraphError` for an unknown layer; a `DataError` for an image that cannot be read; a
    ///   `PlanError` when the memory does not suffice.
    @discardableResult
    public func export(
        to path: String, as options: ExportOptions = ExportOptions(), device: Device = .cpu()
    ) throws -> ExportReport {
        try NetworkExport(self).write(to: path, as: options, device: device)
    }
}

extension WeightsSource {
    /// Writes the network of a file, of a run or of the package for other programs' runtimes, and
    /// checks the written file, as `Model.export(to:as:device:)` does.
    ///
    ///     try WeightsSource.file("runs/first").export(to: "model.onnx")
    ///
    /// - Parameters:
    ///   - normalization: The normalisation of images, for a file that is no model's.
    ///   - facts: What is known of such a file.
    ///   - reading: Which part of such a file to take, and what its network computes.
    /// - Returns: What was written, and the largest difference that was found.
    /// - Throws: What `Model.export(to:as:device:)` throws, and the errors of reading
    ///   weights.
    @discardableResult
    public func export(
        to path: String, as options: ExportOptions = ExportOptions(),
        normalization: Normalization? = nil, facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(), device: Device = .cpu()
    ) throws -> ExportReport {
        var purpose = ForeignWeights.Purpose.answers
        if case .layer = options.output { purpose = .features }
        let network = try TrainedNetwork(
            contentsOf: self, normalization: normalization, facts: facts, reading: reading,
            for: purpose)
        if case .layer(let name) = options.output { try network.refuseMissingHead(as: name) }
        return try NetworkExport(network).write(to: path, as: options, device: device)
    }
}
