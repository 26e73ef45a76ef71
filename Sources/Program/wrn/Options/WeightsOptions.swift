// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNArguments
import WRNDatasets
import WRNDialects
import WRNFetch
import WRNInference
import WRNModel
import WRNRuns
import WRNText
import WRNZoo

/// The options for the model.
struct WeightsOptions: ParsableArguments {
    @Option(
        name: .customLong("weights"),
        help: ArgumentHelp(
            "The model: the directory of a run, its file, weights of another program "
                + "(.safetensors, .pth, .npz), a name of 'wrn weights list', hf:organization/name "
                + "of the Hugging Face hub, an https address, or bundled, a WRN-16-2 for CIFAR-10 "
                + "that is part of the program. (default: bundled)",
            valueName: "dir|file|name"))
    var given: String?

    /// The model that is used: the bundled one where none is given.
    var weights: String { given ?? WeightsSource.bundled.description }

    @Flag(exclusivity: .exclusive)
    var model: RunModel?

    @OptionGroup var images: NormalizationOptions

    @OptionGroup(title: "Weights of other programs") var foreign: ForeignWeightsOptions

    /// The model of a run that is used; nil for weights of no run.
    func chosen() throws -> ChosenModel? { try ChosenModel(at: weights, model) }

    /// Names the used model of a run on the standard error; one that is not there is refused where
    /// it is read.
    func announceModel() throws {
        guard let chosen = try chosen(), FileManager.default.fileExists(atPath: chosen.file)
        else { return }
        StandardError.write("wrn: \(chosen.sentence)\n")
    }

    /// Opens the model and plans its network; assumptions about other programs' weights go to the
    /// standard error.
    func classifier(_ engine: EngineOptions) throws -> Classifier {
        let (source, facts) = try resolved()
        let classifier = try Classifier(
            contentsOf: source, normalization: images.normalization?.normalization, facts: facts,
            reading: foreign.options, batch: engine.batch, device: engine.device)
        classifier.reading?.say()
        return classifier
    }

    /// Opens the model to fine-tune it.
    func pretrained() throws -> PretrainedModel {
        let (source, facts) = try resolved()
        let model = try PretrainedModel(
            contentsOf: source, normalization: images.normalization?.normalization, facts: facts,
            reading: foreign.options)
        model.reading?.say()
        return model
    }

    /// The weights, of a local file that is downloaded if needed, and the facts about its images.
    func resolved() throws -> (source: WeightsSource, facts: ImageFacts) {
        // Weights on this machine need no hub, and so none of its settings, which may be wrong. A
        // run without a model is described better where the directory is opened.
        if let chosen = try chosen(), FileManager.default.fileExists(atPath: chosen.file) {
            return (.file(chosen.file), ImageFacts())
        }
        let reporter = DownloadReporter()
        defer { reporter.end() }
        let found = try NamedWeights(resolving: weights, progress: reporter.show)
        return (found.source, found.facts)
    }

    /// Reads the model, without planning its network.
    ///
    /// - Parameters:
    ///   - purpose: Whether another program's weights need a head.
    ///   - isSilent: Whether the assumptions about them are not written again.
    func network(
        for purpose: ForeignWeights.Purpose, isSilent: Bool = false
    ) throws -> TrainedNetwork {
        let (source, facts) = try resolved()
        let network = try TrainedNetwork(
            contentsOf: source, normalization: images.normalization?.normalization, facts: facts,
            reading: foreign.options, for: purpose)
        if !isSilent { network.reading?.say() }
        return network
    }

    /// Opens the model and plans its network up to the last of some layers.
    func extractor(
        layers: [String]?, pooling: FeatureExtractor.Pooling, _ engine: EngineOptions
    ) throws -> FeatureExtractor {
        let (source, facts) = try resolved()
        let extractor = try FeatureExtractor(
            contentsOf: source, normalization: images.normalization?.normalization, facts: facts,
            reading: foreign.options, layers: layers, pooling: pooling, batch: engine.batch,
            device: engine.device)
        extractor.reading?.say()
        return extractor
    }
}

extension DataSource {
    /// Reads a split, with the progress of downloads on a terminal.
    func load(_ split: Split, status: StatusLine) throws -> any ImageSet {
        status.show("reading \(self)")
        defer { status.clear() }
        return try load(split) { progress in status.show(Self.words(for: progress)) }
    }

    /// The progress of a download, for a status line.
    static func words(for progress: DownloadProgress) -> String {
        "downloading \(progress.file): \(Numbers.bytes(progress.receivedByteCount)) of "
            + Numbers.bytes(progress.totalByteCount)
    }
}

/// The options for other programs' weights: the part to read, and what names and shapes leave open.
struct ForeignWeightsOptions: ParsableArguments {
    @OptionGroup var choice: PartOptions

    @Flag(
        help: ArgumentHelp(
            "Leave out tensors that are not the network's, such as those of "
                + "squeeze-and-excitation, instead of refusing them.")
    )
    var ignoreExtra = false

    @OptionGroup var variant: VariantOptions

    /// The options for reading a file.
    var options: ForeignWeights.Options {
        ForeignWeights.Options(
            part: choice.part, function: variant.changes, ignoresExtra: ignoreExtra)
    }
}

/// The choice between several networks in a file.
struct PartOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which of several networks in the file, such as model_ema (default: the trained one).",
            valueName: "prefix"))
    var part: String?
}

extension WeightsReading {
    /// Writes the notes to the standard error, with the options that change the assumptions.
    func say() {
        for note in notes { StandardError.write("wrn: \(file): \(note)\n") }
        var options = function.filter { $0.basis == .assumed }.map { Self.option($0) }
        if !otherParts.isEmpty { options.insert("--part", at: 0) }
        guard !options.isEmpty else { return }
        StandardError.write("wrn: \(file): to change this: \(options.joined(separator: ", "))\n")
    }

    private static func option(_ part: Identification.FunctionPart) -> String {
        switch part.part {
        case .activation: "--activation"
        case .shortcutInput: "--shortcut-input"
        case .stride: "--stride-in"
        case .padding: "--pad"
        case .stridedPadding: "--strided-padding"
        case .epsilon: "--epsilon"
        }
    }
}

/// The normalisation of images, for files of weights without one.
struct NormalizationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "For weights of other programs, how images are normalised: imagenet, cifar, mnist, "
                + "fashion-mnist, or means/deviations such as 0.5,0.5,0.5/0.2,0.2,0.2.",
            valueName: "name|numbers"),
        transform: NormalizationArgument.init(argument:))
    var normalization: NormalizationArgument?
}
