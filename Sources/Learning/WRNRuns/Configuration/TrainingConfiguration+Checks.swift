// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNBatches
package import WRNDatasets
import WRNFetch
public import WRNGraph
import WRNModel
import WRNPlan

extension TrainingConfiguration {
    /// The most epochs of a run.
    public static let maximumEpochCount = 1_000_000

    /// Refuses a configuration whose numbers are out of range or do not fit together.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidConfiguration`.
    public func validate() throws(TrainingError) {
        // The model first: the other rules are about its images.
        if let problem = model.problem {
            // The name in config.json.
            let field = "model." + RunJSON.key(problem.field)
            throw TrainingError(
                .invalidConfiguration,
                "expected \(field) \(problem.expected), found \(problem.found)")
        }
        if let problem = numberProblem ?? suitabilityProblem {
            throw TrainingError(.invalidConfiguration, problem)
        }
        guard stepsPerEpoch > 0 else {
            throw TrainingError(
                .invalidConfiguration,
                "\(data.trainImages) training images are less than one batch of \(batch), and the "
                    + "last partial batch is to be skipped: choose a smaller batch, or do not "
                    + "skip it")
        }
        let (steps, overflows) = stepsPerEpoch.multipliedReportingOverflow(
            by: epochs)
        // The random numbers of a step are addressed by its number in 32 bits.
        guard !overflows, steps <= Int(UInt32.max) else {
            throw TrainingError(
                .invalidConfiguration,
                "\(epochs) epochs of \(stepsPerEpoch) steps are more than \(UInt32.max) steps; "
                    + "choose fewer epochs or a larger batch")
        }
        // The slow weights are the model: without one return it would be the first weights.
        if let lookahead = stepRules.lookahead, lookahead.steps > steps {
            throw TrainingError(
                .invalidConfiguration,
                "the weights return to slow ones after every \(lookahead.steps) steps "
                    + "(lookahead_steps), and the run has only \(steps): choose fewer of them, or "
                    + "more epochs")
        }
    }

    /// The sentence about the first number that is out of its own range; nil when all are in range.
    private var numberProblem: String? {
        let problems: [String?] = [
            TrainingSetting.epochs.problem(epochs, called: "epochs"),
            TrainingSetting.batch.problem(batch, called: "the batch"),
            Self.imageProblem("the number of training images", data.trainImages),
            Self.imageProblem("the number of validation images", data.validationImages),
            data.fold?.problem,
            data.limit.flatMap { TrainingSetting.limit.problem($0, called: "the limit of images") },
            TrainingSetting.learningRate.problem(
                optimizer.learningRate, called: "the learning rate"),
            TrainingSetting.weightDecay.problem(optimizer.weightDecay, called: "the weight decay"),
            Self.problem(optimizer),
        ]
        return problems.compactMap(\.self).first
    }

    /// The sentence about the first number that does not fit the others; nil when all do.
    private var suitabilityProblem: String? {
        schedule.problem(epochs: epochs) ?? stepRules.problem(batch: batch, epochs: epochs)
            ?? earlyStopping?.problem ?? validationProblem ?? augmentationProblem
            ?? growthProblem ?? stemProblem ?? fineTuningProblem
    }

    private var validationProblem: String? {
        guard let validationInterval else { return nil }
        // The setting takes 1 for every epoch, which is nil here.
        let most = TrainingConfiguration.maximumEpochCount
        guard (2...most).contains(validationInterval) else {
            return "the epochs between validations must be in 2...\(most), not "
                + "\(validationInterval)"
        }
        let reason: String
        if case .plateau = schedule.shape {
            reason = "the plateau's rate follows (schedule)"
        } else if earlyStopping != nil {
            reason = "early stopping follows (early_stopping)"
        } else {
            return nil
        }
        return "validation every \(validationInterval) epochs (validate_every) leaves out epochs "
            + "whose metrics \(reason); choose one of the two"
    }

    private var stemProblem: String? {
        fineTuning != nil && stepRules.whitensStem
            ? "a whitened stem (whitened_stem) is of runs that begin from random weights, and this "
                + "one begins from a model's; leave it out" : nil
    }

    private var augmentationProblem: String? {
        do {
            try augmentation.check(height: model.inputHeight, width: model.inputWidth)
            try augmentation.check(channels: model.inputChannels)
            return nil
        } catch {
            return error.message
        }
    }

    private static func problem(_ optimizer: Optimizer) -> String? {
        switch optimizer {
        case .sgd(let rule):
            TrainingSetting.momentum.problem(rule.momentum, called: "the momentum")
                ?? TrainingSetting.dampening.problem(rule.dampening, called: "the dampening")
        case .adamW(let rule):
            TrainingSetting.beta1.problem(rule.beta1, called: "beta1")
                ?? TrainingSetting.beta2.problem(rule.beta2, called: "beta2")
                ?? TrainingSetting.epsilon.problem(rule.epsilon, called: "epsilon")
        case .muon(let rule):
            TrainingSetting.momentum.problem(rule.momentum, called: "the momentum")
                ?? TrainingSetting.restLearningRate.problem(
                    rule.restLearningRate, called: "the learning rate of the rest")
        }
    }

    private static func imageProblem(_ what: String, _ count: Int) -> String? {
        (1...1 << 31).contains(count) ? nil : "\(what) must be in 1...\(1 << 31), not \(count)"
    }
}

extension TrainingConfiguration {
    /// Refuses images that the run did not begin with, and labels that name no class.
    package func check(train: any ImageSet, validation: any ImageSet) throws(TrainingError) {
        let files = data.files
        for (images, split, count, fingerprint) in [
            (train, "training", data.trainImages, files?.trainFingerprint),
            (
                validation, data.evaluatedSplit.adjective, data.validationImages,
                files?.validationFingerprint
            ),
        ] {
            let expected = Self.text(
                count, model.inputChannels, model.inputHeight, model.inputWidth, model.classes)
            let found = Self.text(
                images.count, images.channels, images.height, images.width,
                images.classNames.count)
            guard expected == found else {
                throw TrainingError(
                    .dataMismatch,
                    "\(data.source): expected \(expected) as \(split) images, found \(found); "
                        + "give the data that the run began with, or begin a new run")
            }
            guard (images as? ImageFiles)?.fingerprint == fingerprint else {
                throw TrainingError(
                    .dataMismatch,
                    "\(data.source): the \(split) images are as many as when the run began, but "
                        + "other files; put back the files that the run began with, or begin a "
                        + "new run")
            }
            do throws(DataError) {
                try images.checkLabels()
            } catch {
                throw TrainingError(.dataMismatch, error.message)
            }
        }
    }

    /// Refuses a record that lacks epochs that the rest of the run depends on: the losses that a
    /// plateau is computed from, or the metric that decides when the run ends.
    package func check(
        _ records: [EpochRecord], at position: TrainingPosition, run: RunDirectory
    ) throws(TrainingError) {
        let isComplete = records.count == position.epoch
        if case .plateau = schedule.shape, !isComplete {
            throw missing(
                "from whose validation losses the learning rate follows", records, at: position, run
            )
        }
        if earlyStopping != nil, !isComplete {
            throw missing("from whose metrics early stopping follows", records, at: position, run)
        }
    }

    private func missing(
        _ purpose: String, _ records: [EpochRecord], at position: TrainingPosition,
        _ run: RunDirectory
    ) -> TrainingError {
        TrainingError(
            .damagedRun,
            "\(run.path)/\(RunDirectory.Name.metrics): expected the lines of \(position.epoch) "
                + "epochs, \(purpose), found "
                + "\(records.count): restore the file, or begin a new run in another directory"
        )
    }

    private static func text(
        _ count: Int, _ channels: Int, _ height: Int, _ width: Int, _ classes: Int
    ) -> String {
        "\(count) of \(channels)x\(height)x\(width) in \(classes) classes"
    }
}

extension TrainingConfiguration {
    /// Warnings before the run begins, one sentence each; none of them stops the run.
    ///
    /// - Parameter graph: The network of ``model``.
    public func warnings(for graph: Graph) -> [String] {
        [normalizationWarning(graph)].compactMap(\.self)
    }

    /// A normalisation over one value gives its offset, whatever the value is: variance and
    /// deviation from the mean are 0.
    private func normalizationWarning(_ graph: Graph) -> String? {
        guard fineTuning?.frozenStatistics != true else { return nil }
        let normalizations = graph.nodes.filter {
            if case .batchNormalization = $0.operation { true } else { false }
        }
        guard let smallest = normalizations.min(by: { Self.positions($0) < Self.positions($1) }),
            Self.positions(smallest) == 1
        else { return nil }
        let last = data.trainImages % batch
        let hasWhole = data.trainImages >= batch
        let hasLast = last > 0 && !(stepRules.skipsLastPartialBatch && hasWhole)
        let isWhole = hasWhole && hasShardOfOne(batch)
        guard isWhole || (hasLast && hasShardOfOne(last)) else { return nil }
        let layer = "the batch normalisation \(smallest.name), whose features are 1x1,"
        let reason =
            "its result then depends on no image and nothing before it learns (PyTorch refuses "
            + "such a step)"
        let shards = stepRules.shards > 1 ? " or fewer shards" : ""
        let single = stepRules.shards > 1 ? "in a shard of one image" : "in a batch of one image"
        return isWhole
            ? "\(layer) sees one value a channel in every step, \(single): "
                + "\(reason); choose a larger batch\(shards) or larger images"
            : "\(layer) sees one value a channel in the last batch of each epoch, which leaves "
                + "one image alone: \(reason); choose another batch size\(shards), or leave that "
                + "batch out (skip_last_partial_batch)"
    }

    /// Whether a batch of so many images, 1 or more, has a shard of a single image.
    private func hasShardOfOne(_ count: Int) -> Bool { count / stepRules.shards <= 1 }

    private static func positions(_ node: Node) -> Int { node.shape.height * node.shape.width }
}
