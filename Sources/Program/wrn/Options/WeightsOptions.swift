// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNData
import WRNHub
import WRNInference
import WRNModel
import WRNRuns

/// Which model to use.
struct WeightsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The model: the directory of a run, its file, weights of another program (.safetensors, .pth, .npz), a name of 'wrn weights list', hf:organization/name of the Hugging Face hub, an https address, or bundled, a WRN-16-2 for CIFAR-10 that is part of the program.",
            valueName: "dir|file|name"))
    var weights = BundledModel.name

    @Flag(exclusivity: .exclusive)
    var model: RunModel?

    @OptionGroup var images: NormalizationOptions

    @OptionGroup(title: "Weights of other programs") var foreign: ForeignWeightsOptions

    /// Which model of a run is taken; nil where the weights are no run's.
    func chosen() throws -> ChosenModel? { try ChosenModel(at: weights, model) }

    /// Says on the standard error which model of a run answers.
    func announceModel() throws {
        if let chosen = try chosen() { StandardError.write("wrn: \(chosen.sentence)\n") }
    }

    /// Opens the model and plans its network; what was assumed of other programs' weights is said.
    func classifier(_ engine: EngineOptions) throws -> Classifier {
        let (path, facts) = try resolved()
        let classifier = try Classifier(
            contentsOf: path, normalization: images.normalization?.normalization, facts: facts,
            reading: foreign.options, batch: engine.batch, options: engine.execution)
        classifier.reading?.say()
        return classifier
    }

    /// Opens the model to go on from it.
    func pretrained() throws -> PretrainedModel {
        let (path, facts) = try resolved()
        let model = try PretrainedModel(
            contentsOf: path, normalization: images.normalization?.normalization, facts: facts,
            reading: foreign.options)
        model.reading?.say()
        return model
    }

    /// The file on this machine, after a download where one is needed, and what is known of it.
    private func resolved() throws -> (path: String, facts: ImageFacts) {
        // What is here needs no hub, and so none of its settings, which may be wrong.
        // A run without a model is described better where the directory is opened.
        if let chosen = try chosen(), FileManager.default.fileExists(atPath: chosen.file) {
            return (chosen.file, ImageFacts())
        }
        if weights == BundledModel.name || FileManager.default.fileExists(atPath: weights) {
            return (weights, ImageFacts())
        }
        if let suggestion = BundledModel.suggestion(for: weights) {
            throw InferenceError.missing(path: weights, nearest: suggestion)
        }
        let reporter = DownloadReporter()
        defer { reporter.end() }
        let found = try WeightsHub().resolve(weights, progress: reporter.show)
        return (
            found.path,
            ImageFacts(
                normalization: found.normalization, preparation: found.preparation,
                classNames: found.classNames ?? [])
        )
    }

    /// Opens the model and plans its network up to the last of some layers.
    func extractor(
        layers: [String]?, pooling: FeatureExtractor.Pooling, _ engine: EngineOptions
    ) throws -> FeatureExtractor {
        let (path, facts) = try resolved()
        let extractor = try FeatureExtractor(
            contentsOf: path, normalization: images.normalization?.normalization, facts: facts,
            reading: foreign.options, layers: layers, pooling: pooling, batch: engine.batch,
            options: engine.execution)
        extractor.reading?.say()
        return extractor
    }
}

extension DataSource {
    /// Reads a split, with a word about downloads on a terminal.
    func load(_ split: Split, status: StatusLine) throws -> any ImageSet {
        status.show("reading \(self)")
        defer { status.clear() }
        return try load(split) { progress in status.show(Self.words(for: progress)) }
    }

    /// How far a download is, for a line of status.
    static func words(for progress: DownloadProgress) -> String {
        "downloading \(progress.file): \(Numbers.bytes(progress.receivedByteCount)) of "
            + Numbers.bytes(progress.totalByteCount)
    }
}
