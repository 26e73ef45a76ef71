// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDialects
import WRNGraph
import WRNInference
import WRNModel
import WRNRuns

/// Which part of a network moves, and how fast.
struct FineTuningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The last stage that keeps its weights, with all before it: stem, group0, layer3, ... (default: none)",
            valueName: "stage"))
    var freeze: String?

    @Flag(help: "Normalise by the statistics in the weights, and keep them.")
    var frozenStatistics = false

    @Option(
        help: ArgumentHelp(
            "What multiplies the learning rate once for each stage above (default: 1).",
            valueName: "factor"))
    var layerDecay: Double?

    @Option(
        help: ArgumentHelp(
            "What multiplies the learning rate of the head (default: 3 for a new head, else 1).",
            valueName: "factor"))
    var headFactor: Double?

    @Option(
        help: ArgumentHelp(
            "How many epochs at the beginning move the head alone (default: 0).", valueName: "n"))
    var headOnlyEpochs: Int?

    func validate() throws {
        try checkOption("--layer-decay", layerDecay, "in 0.01...1") { (0.01...1).contains($0) }
        try checkOption("--head-factor", headFactor, "in 0.001...1000") {
            (0.001...1000).contains($0)
        }
    }

    /// Refuses a stage that a network lacks, before anything else is read.
    func checkStage(of weights: PretrainedModel) throws {
        guard let freeze else { return }
        let stages = NetworkStages(try weights.description.graph()).freezable
        guard !stages.contains(freeze) else { return }
        throw ValidationError(
            "--freeze \(freeze): \(weights.description.architecture) has no such stage to freeze; "
                + "choose one of \(stages.joined(separator: ", "))")
    }

    /// How a run on images of these classes goes on from weights.
    func fineTuning(
        _ weights: PretrainedModel, classNames: [String]
    ) throws -> TrainingConfiguration.FineTuning {
        let keepsHead = weights.hasClasses(classNames)
        return TrainingConfiguration.FineTuning(
            weights: weights.path == BundledModel.name
                ? weights.path : LastingPath.of(weights.path), sha256: try weights.sha256(),
            hasNewHead: !keepsHead, freeze: freeze, frozenStatistics: frozenStatistics,
            layerDecay: layerDecay ?? 1, headFactor: headFactor ?? (keepsHead ? 1 : 3),
            headOnlyEpochs: headOnlyEpochs ?? 0,
            reading: weights.options == ForeignWeights.Options() ? nil : weights.options)
    }
}
