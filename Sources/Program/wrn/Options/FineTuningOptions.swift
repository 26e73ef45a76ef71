// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDialects
import WRNGraph
import WRNInference
import WRNModel
import WRNRuns

/// The options of fine-tuning: which part of a network is trained, and how fast.
struct FineTuningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The last stage that keeps its weights, with all before it: stem, group0, layer3, ... "
                + "(default: none)",
            valueName: "stage"))
    var freeze: String?

    @Flag(help: ArgumentHelp(TrainingSetting.frozenStatistics.meaning))
    var frozenStatistics = false

    @Option(
        help: .setting(.layerDecay, valueName: "factor"))
    var layerDecay: Double?

    @Option(
        help: .setting(.headFactor, valueName: "factor"))
    var headFactor: Double?

    @Option(
        help: .setting(.headOnlyEpochs, valueName: "n"))
    var headOnlyEpochs: Int?

    func validate() throws {
        try checkOption(.layerDecay, layerDecay)
        try checkOption(.headFactor, headFactor)
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

    /// The fine-tuning of a run on images of these classes.
    func fineTuning(
        _ weights: PretrainedModel, classNames: [String]
    ) throws -> TrainingConfiguration.FineTuning {
        let keepsHead = weights.hasClasses(classNames)
        let source: WeightsSource =
            switch weights.source {
            case .bundled: .bundled
            case .file(let path): .file(LastingPath.of(path))
            }
        return TrainingConfiguration.FineTuning(
            weights: source, sha256: try weights.sha256(),
            hasNewHead: !keepsHead, freeze: freeze, frozenStatistics: frozenStatistics,
            layerDecay: layerDecay ?? 1, headFactor: headFactor ?? (keepsHead ? 1 : 3),
            headOnlyEpochs: headOnlyEpochs ?? 0,
            reading: weights.options == ForeignWeights.Options() ? nil : weights.options)
    }
}
