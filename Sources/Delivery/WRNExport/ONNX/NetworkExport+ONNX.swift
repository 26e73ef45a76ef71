// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles
import WRNGraph
import WRNImages
import WRNInference
import WRNModel
import WRNPlan
import WRNProtobuf
import WRNRuns
import WRNText

extension NetworkExport {
    /// Writes an ONNX model, checks it and gives it its name; see
    /// ``write(to:as:device:progress:isCancelled:)``.
    func writeONNX(
        _ network: ExportedNetwork, to path: String, as options: ExportOptions, device: Device,
        progress: (Progress) -> Void, isCancelled: () -> Bool
    ) throws -> ExportReport {
        let check = try ExportCheck(
            of: network, model, on: options.calibrationImages, device: device)
        var ranges: ActivationRanges?
        if options.precision == .int8, let images = options.calibrationImages {
            ranges = try ActivationRanges(
                of: network, model, on: images, by: options.calibration, device: device,
                progress: { progress(.calibrating(done: $0, all: $1)) }, isCancelled: isCancelled)
        }
        guard !isCancelled() else { throw CancellationError() }
        progress(.writing)
        var onnx = try ONNXBuilder.model(
            of: network, description: model.description, options: options,
            quantization: ranges.map { Quantization(network, ranges: $0.ranges) })
        onnx.producer = PackageVersion.name
        onnx.producerVersion = PackageVersion.text
        onnx.metadata = metadata(options, calibrationImages: ranges?.imageCount)
        let file = ONNXFile(onnx, path: path, usesExternalData: options.usesExternalData)
        let written = try file.write { model, data in
            guard !isCancelled() else { throw CancellationError() }
            progress(.checking)
            let interpreter = try ONNXInterpreter(
                ONNXModel(model), file: path, data: data, threads: device.threads)
            let inputs =
                options.input == .uint8 ? check.pixelInputs : check.normalizedInputs
            let found = try interpreter.run(inputs, count: check.images.count)
            let difference = check.difference(of: found)
            try Self.refuse(difference.relative, options.precision, file: path)
            guard !isCancelled() else { throw CancellationError() }
            return difference
        }
        return ExportReport(
            file: path, format: ExportFormat.onnx.title, network: model.description.architecture,
            byteCount: written.byteCount, operations: onnx.nodes.count,
            checkedImages: check.images.count, largestDifference: written.result.largest,
            relativeDifference: written.result.relative, calibrationImages: ranges?.imageCount)
    }

    /// Refuses a file whose results are too far from the engine's.
    package static func refuse(
        _ difference: Double, _ precision: ExportOptions.Precision, file: String
    ) throws(ExportError) {
        let bound = ExportCheck.bound(precision)
        // Not a number is not within the bound.
        guard !(difference <= bound) else { return }
        let found =
            difference.isNaN
            ? "some that are not finite"
            : "a difference of \(Numbers.shortest(difference, digits: 2)) of the largest"
        let advice =
            switch precision {
            case .float32: "report this with the weights: the export is wrong, or they are extreme"
            case .float16: "the network leaves the range of half precision: take float32"
            case .int8: "take other images for the ranges, or float32"
            }
        throw ExportError(
            .differentResults, file: file,
            "the file was written, and its results compared with the engine's: expected them "
                + "within \(Float(bound)) of the largest, found \(found); it was removed; "
                + "\(advice)")
    }

    /// The names of the facts that ``metadata(_:calibrationImages:)`` adds to those of the options.
    static let ownFacts: Set<String> = [
        "program", "network", "weights_sha256", "class_names", "mean", "standard_deviation",
        "channels", "input", "resize", "layer", "temperature", "applied_temperature", "threshold",
        "precision", "calibration",
    ]

    /// Facts about the model for people and programs, by their names.
    package func metadata(
        _ options: ExportOptions, calibrationImages: Int?
    ) -> [String: String] {
        let description = model.description
        var facts = options.metadata
        facts["program"] = "\(PackageVersion.name) \(PackageVersion.text)"
        facts["network"] = description.architecture
        facts["weights_sha256"] = model.weightsSHA256
        if !description.classNames.isEmpty {
            facts["class_names"] = Self.json(description.classNames)
        }
        facts["mean"] = Self.json(description.mean)
        facts["standard_deviation"] = Self.json(description.standardDeviation)
        let channels =
            switch description.inputChannels {
            case 1: "grey"
            case 3: "red, green, blue"
            default: "\(description.inputChannels) channels"
            }
        facts["channels"] = channels
        facts["input"] =
            options.input == .uint8
            ? "pixels, 0 to 255, NHWC; they are normalised in the model"
            : "(pixel / 255 - mean) / standard_deviation, NCHW"
        facts["resize"] = description.usualPreparation.sentence
        if case .layer(let name) = options.output { facts["layer"] = name }
        if let calibration = description.calibration {
            // Programs that divide by a temperature must not do so twice.
            let isApplied = options.output == .probabilities
            facts[isApplied ? "applied_temperature" : "temperature"] =
                "\(calibration.temperature)"
            if let thresholds = calibration.thresholds {
                facts["threshold"] =
                    thresholds.byClass.map(Self.json) ?? "\(thresholds.overall)"
            }
        }
        facts["precision"] = options.precision.rawValue
        if let calibrationImages {
            facts["calibration"] = "\(options.calibration.rawValue), \(calibrationImages) images"
        }
        return facts
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// An ONNX model about to be written, in one file or in two.
struct ONNXFile {
    /// Tensors of so many bytes and more are put into the second file.
    private static let smallestExternal = 1024
    /// Where tensors begin in the second file: on pages, and large ones where Windows can map them.
    private static let page = 4096
    private static let largePage = 65536
    /// What is left for all but the weights in a model of one file.
    private static let margin = 1 << 26

    private let path: String
    private var model: ONNXModel
    /// The second file's path; nil for a model of one file.
    private let dataPath: String?
    /// What the second file holds, with the bytes before each.
    private var external: [(padding: Int, piece: ProtobufMessage.Piece)] = []

    init(_ model: ONNXModel, path: String, usesExternalData: Bool) {
        self.path = path
        self.model = model
        let weights = model.initializers.lazy.map(\.byteCount).reduce(0, +)
        guard
            usesExternalData || weights > ONNXModel.maximumFileByteCount - Self.margin
        else {
            dataPath = nil
            return
        }
        dataPath = path + ".data"
        let location = (path.split(separator: "/").last.map(String.init) ?? path) + ".data"
        var end = 0
        for (index, tensor) in model.initializers.enumerated() {
            guard case .new(let piece) = tensor.content, piece.byteCount >= Self.smallestExternal
            else { continue }
            let unit = piece.byteCount >= 1 << 20 ? Self.largePage : Self.page
            let offset = (end + unit - 1) / unit * unit
            external.append((offset - end, piece))
            end = offset + piece.byteCount
            self.model.initializers[index].content = .external(
                location: location, offset: offset, byteCount: piece.byteCount)
        }
    }

    /// Writes the files beside their targets, and renames them when they have been checked.
    ///
    /// - Parameter check: Called with the files before they have their names; when it throws, they
    ///   are removed.
    func write<Result>(
        check: (_ model: OpenFile<ExportError>, _ data: OpenFile<ExportError>?) throws -> Result
    ) throws -> (byteCount: Int, result: Result) {
        let file = try TemporaryFile<ExportError>(beside: path)
        var data: TemporaryFile<ExportError>?
        let (byteCount, result): (Int, Result)
        do {
            if let dataPath {
                let opened = try TemporaryFile<ExportError>(beside: dataPath)
                data = opened
                for (padding, piece) in external {
                    try opened.write([UInt8](repeating: 0, count: padding))
                    try piece.withBytes { (bytes) throws(ExportError) in try opened.write(bytes) }
                }
            }
            for piece in model.message().pieces {
                try piece.withBytes { (bytes) throws(ExportError) in try file.write(bytes) }
            }
            let (model, weights) = (try file.reopened(), try data?.reopened())
            result = try check(model, weights)
            byteCount = model.count + (weights?.count ?? 0)
            try replaceTargets(file, data)
        } catch {
            file.remove()
            data?.remove()
            throw error
        }
        try data?.finish()
        try file.finish()
        return (byteCount, result)
    }

    /// Gives the files their names, the weights first: a model without them would be of no use.
    ///
    /// When the model does not get its name, an older one has its own weights again.
    private func replaceTargets(
        _ file: TemporaryFile<ExportError>, _ data: TemporaryFile<ExportError>?
    ) throws(ExportError) {
        guard let data, let dataPath else { return try file.replaceTarget() }
        let old = SecondName(of: dataPath)
        defer { old?.remove() }
        do throws(ExportError) {
            try data.replaceTarget()
        } catch {
            old?.restore()
            throw error
        }
        do throws(ExportError) {
            try file.replaceTarget()
        } catch {
            if let old { old.restore() } else { unlink(dataPath) }
            throw error
        }
    }
}

/// A second name of a file, from which it can take back its first one.
private struct SecondName {
    private let first: String
    private let second: String

    /// Names a file, also a link; nil where there is none.
    init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, [S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT)
        else { return nil }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let token = String(UInt64.random(in: .min ... .max), radix: 16)
        first = path
        second = "\(directory)\(AtomicFile<ExportError>.temporaryPrefix)\(token).tmp"
        // Some file systems, such as FAT, give a file one name only: it leaves the first for now.
        guard link(first, second) == 0 || rename(first, second) == 0 else { return nil }
    }

    /// Gives the file its first name again, in place of what has that by now.
    func restore() { rename(second, first) }

    /// Removes the second name; what was restored may have it still.
    func remove() { unlink(second) }
}

extension ImagePreparation {
    /// What is done with an image of any size, in words.
    fileprivate var sentence: String {
        "scale until the image covers \(scaledWidth) x \(scaledHeight) pixels "
            + "(\(interpolation.rawValue), antialiased), then cut \(width) x \(height) out of the "
            + "middle"
    }
}
