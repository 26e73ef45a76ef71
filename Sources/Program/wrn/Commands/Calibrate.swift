// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNDialects
import WRNEngine
import WRNFetch
import WRNFiles
import WRNInference
import WRNModel
import WRNPlan
import WRNReport
import WRNRuns
import WRNTensorFiles
import WRNText

/// `wrn calibrate`: makes a model as sure as it is right.
struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a model as sure of its answers as it is right, on validation images.",
        usage: usageText(
            """
            wrn calibrate --weights DIR|FILE [--last|--best] [--data SOURCE] [--target SHARE \
            [--by-class]] [--page PAGE.html] [-o FILE] [--json] [options]
            wrn calibrate --weights DIR|FILE --remove [-o FILE]
            """),
        discussion: """
            Fits one number, the temperature that divides the logits before the softmax, so that \
            the cross-entropy of the validation images is smallest. No answer becomes another one; \
            its probability becomes the share with which such answers are right. The temperature \
            is stored in the model's file, beside its tensors, which keep every byte; predict, \
            evaluate, serve and export --probabilities use it.

            The images must not be ones that the model was trained on. Of a run they are its \
            validation images by default; training images are refused. What is assumed is printed.

            The report has the loss and the expected calibration error (ECE) before and after, \
            also of each half of the images with the temperature of the other half, and the share \
            of right answers among the surest ones. With --target the threshold is chosen, and \
            stored, above which at least this share of answers is right, with a confidence of \
            95 %; 'wrn predict' then calls all others unknown.
            """)

    @OptionGroup var weights: WeightsOptions

    @Option(
        help: ArgumentHelp(
            "The data, of which the validation images are taken (default: those of the run): "
                + "\(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Choose the threshold above which this share of answers is right, in 0...1.",
            valueName: "share"))
    var target: Double?

    @Flag(help: "With --target, choose a threshold for each class: the share is its precision.")
    var byClass = false

    @Option(
        help: ArgumentHelp(
            "Write a page with reliability diagrams and the curve of right answers to this file.",
            valueName: "file"))
    var page: String?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "Write the calibrated model to this .safetensors file, and leave the model as it is; "
                + "needed where that is no file of yours, as bundled is none.",
            valueName: "file"))
    var file: String?

    @Flag(help: "Remove the calibration from the model.")
    var remove = false

    @Flag(help: "Leave out files that are no images, and count them.")
    var skipBroken = false

    @OptionGroup(title: "Image files") var files: FileOptions

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--target", target, "above 0 and below 1") { $0 > 0 && $0 < 1 }
        if byClass, target == nil {
            throw ValidationError("--by-class goes with --target; name the share of right answers")
        }
        if remove, data != nil || target != nil || page != nil {
            throw ValidationError(
                "--remove needs no images; leave --data, --target and --page out")
        }
        if let file, !file.lowercased().hasSuffix(".safetensors") {
            throw ValidationError("--output must end in .safetensors, not \"\(file)\"")
        }
    }

    func run() throws {
        let record = try run(of: weights.weights)
        if record?.state == .training, file == nil {
            throw ValidationError(
                "\(record?.path ?? "") is being trained, and its next save would replace a "
                    + "calibration; wait for its end, or write another file with -o")
        }
        let outputs = OutputPlaces(["--output": file, "--page": page])
        guard outputs.areDistinct else {
            throw ValidationError("--output and --page name the same file; name different ones")
        }
        try outputs.check(reading: [data ?? record?.source])
        // The model's own file may be named: it gets the calibration.
        try OutputPlaces(["--page": page]).check(reading: [weights.place])
        let place = try place()
        if remove { return try removeCalibration(place) }
        try place.check()
        if let page { try TemporaryFile<FileError>(beside: page).remove() }
        try weights.announceModel()
        let status = StatusLine()
        let (classifier, measured) = try opened()
        let images = try load(for: classifier, of: record, status)
        try outputs.check(reading: images)
        try checkFileOptions(skipBroken ? ["--skip-broken"] : [], for: images)
        DataNotes.write(images, source: data ?? record?.source ?? "")
        let heldOut = try HeldOutImages(images, of: record)
        Interruption.listen()
        let total = images.count
        let result = try BrokenFileError.advising(
            "--skip-broken leaves such files out and counts them", unless: skipBroken
        ) {
            try classifier.calibrate(
                on: images, workers: engine.device.loadingThreads, skipsBroken: skipBroken,
                named: data ?? record?.source,
                target: target.map { .init(accuracy: $0, byClass: byClass) },
                progress: { done in
                    status.show(
                        "computing: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
                },
                isCancelled: { Interruption.isRequested })
        }
        status.clear()
        let report = CalibrationReport(
            architecture: classifier.description.architecture,
            data: data ?? record?.source ?? images.name,
            model: try weights.chosen(), held: heldOut, stored: place.target, page: page,
            result: result, weights: classifier.reading)
        if let page {
            try AtomicFile<FileError>.write(
                CalibrationPage(result, title: report.title, remark: report.assumption).html,
                to: page)
        }
        try place.store(result.calibration, weights, of: measured)
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
        DataNotes.writeRemarks(images)
        for message in result.after.broken { StandardError.write("wrn: left out: \(message)\n") }
    }

    /// Opens the model, and keeps in mind which one it is.
    private func opened() throws -> (Classifier, MeasuredModel) {
        let network = try weights.network(for: .answers)
        return (
            try Classifier(network, batch: engine.batch, device: engine.device),
            MeasuredModel(network)
        )
    }

    /// The record of the run that a directory, or the directory of a model's file, holds; nil
    /// without one.
    private func run(of path: String) throws -> RunRecord? {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = [path, parent.isEmpty ? "/" : parent].first {
            FileManager.default.fileExists(atPath: $0 + "/config.json")
        }
        guard FileManager.default.fileExists(atPath: path), let directory else { return nil }
        return try? RunRecord(readingFrom: directory)
    }

    /// The images: of a run those on which it was evaluated, else the data's validation images.
    private func load(
        for classifier: Classifier, of record: RunRecord?, _ status: StatusLine
    ) throws -> any ImageSet {
        if data == nil, let option = files.given.first {
            throw ValidationError("\(option) goes with --data; name the images, or leave it out")
        }
        if let record, files.given.isEmpty, let images = try ownImages(of: record, status) {
            return images
        }
        guard let data else {
            throw ValidationError(
                "name the images with --data: only the directory of a run has a record of its own")
        }
        let model = classifier.description
        var options = files.options(
            height: model.inputHeight, width: model.inputWidth, channels: model.inputChannels)
        options.preparation = model.preparation
        let images = try DataSource(data, options: options).load(.validation, status: status)
        try files.check(for: images)
        return images
    }

    /// The run's validation images, where no others are named; nil for other data, with which its
    /// list of images that are left out, its fold and its limit have nothing to do.
    private func ownImages(of record: RunRecord, _ status: StatusLine) throws -> (any ImageSet)? {
        status.show("reading \(data ?? record.source)")
        defer { status.clear() }
        func images() throws -> any ImageSet {
            try record.checkExclusion()
            return try record.validationImages(from: data) { progress in
                status.show(DataSource.words(for: progress))
            }
        }
        guard let data else { return try images() }
        guard let begun = try? record.trainingConfiguration() else { return nil }
        if Train.isSamePlace(TrainingJob.lastingName(of: data), begun.data.source) {
            return try images()
        }
        // The run's folder may lie elsewhere now.
        guard let known = begun.data.files, !DataSource.knownNames.contains(data),
            let moved = try? images() as? ImageFiles,
            moved.fingerprint == known.validationFingerprint
        else { return nil }
        return moved
    }

    private func removeCalibration(_ place: CalibrationPlace) throws {
        try place.check()
        let isCalibrated =
            try weights.network(for: .answers, isSilent: true).description.calibration != nil
        // A file that would stay the same is not written.
        if isCalibrated || place.output != nil { try place.store(nil, weights) }
        let words =
            isCalibrated
            ? "the calibration is removed" : "the model has no calibration to remove"
        try StandardOutput.write(
            output.json
                ? jsonText(CalibrationRemoval(removed: isCalibrated, stored: place.target))
                : "\(place.target): \(words)\n")
    }

    /// Where the calibrated model goes.
    private func place() throws -> CalibrationPlace {
        let own = try weights.chosen()?.file ?? weights.weights
        guard file == nil else { return CalibrationPlace(model: own, output: file) }
        guard own != WeightsSource.bundled.description,
            FileManager.default.fileExists(atPath: own)
        else {
            throw ValidationError(
                "\(weights.weights) is no model's file on this machine that could be changed; "
                    + "write a calibrated model to another file with -o FILE.safetensors")
        }
        return CalibrationPlace(model: own, output: nil)
    }
}

/// The JSON of `wrn calibrate --remove`.
private struct CalibrationRemoval: Encodable {
    /// Whether there was a calibration, which is removed.
    let removed: Bool
    /// The file without it.
    let stored: String
}

/// The file that gets a calibration.
struct CalibrationPlace {
    /// The model's own file; with another output any name of the model.
    let model: String
    /// Another file than the model's own; nil for that.
    let output: String?

    /// The file that is written.
    var target: String { output ?? (try? Classifier.modelFile(at: model)) ?? model }

    /// Finds out whether the file can be written, before the work.
    func check() throws {
        try TemporaryFile<FileError>(beside: target).remove()
    }

    /// Writes the model.
    ///
    /// - Parameter measured: The model that the calibration was measured on; nil to remove one.
    /// - Throws: A `FileError` where another model has taken the measured one's place.
    func store(
        _ calibration: ModelCalibration?, _ weights: WeightsOptions,
        of measured: MeasuredModel? = nil
    ) throws {
        do {
            // A name leads to a file, which a network that was read has left on this machine.
            return try ModelCalibration.store(
                calibration, in: weights.resolved().source, to: output
            ) { archive in
                try measured?.check(TrainedNetwork(archive), file: archive.file)
            }
        } catch let error as InferenceError where error.code == .noModelFile {
            guard let output else { throw error }
            // Weights of another program become a model.
            let network = try weights.network(for: .answers, isSilent: true)
            try measured?.check(network, file: network.reading?.file ?? model)
            try Model(
                description: network.description.with(calibration: calibration),
                tensors: network.tensors
            ).write(to: output)
        }
    }
}

/// A model as it was when it was measured, by which it is recognised when its calibration is
/// stored.
///
/// The measurement takes minutes, in which a training run or a copy may replace the file.
struct MeasuredModel: Equatable {
    private let description: ModelDescription
    private let weightsSHA256: String

    init(_ network: TrainedNetwork) {
        // An earlier calibration has no part in the measurement, and is replaced.
        description = network.description.with(calibration: nil)
        weightsSHA256 =
            Model(description: network.description, tensors: network.tensors).weightsSHA256
    }

    /// Refuses another model.
    func check(_ network: TrainedNetwork, file: String) throws(FileError) {
        guard MeasuredModel(network) != self else { return }
        throw FileError(
            FileFault(
                code: .inconsistent, file: file, byteOffset: nil,
                sentence: "expected the model that was measured, found another one that was "
                    + "written since, and no calibration is stored; run the command again when "
                    + "the file stays as it is"))
    }
}
