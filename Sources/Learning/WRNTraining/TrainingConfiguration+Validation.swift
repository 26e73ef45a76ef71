// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNModel
import WRNPlan

extension TrainingConfiguration {
    /// The most epochs of a run.
    public static let maximumEpochCount = 1_000_000

    /// Refuses numbers with which no run can be made.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidConfiguration`.
    public func validate() throws(TrainingError) {
        // The model first: the other rules are about its images.
        if let problem = model.problem {
            // As config.json calls it.
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
                "\(data.trainImages) training images are less than one batch of \(batch), and the last partial "
                    + "batch is to be skipped: choose a smaller batch, or do not skip it")
        }
        let (steps, overflows) = stepsPerEpoch.multipliedReportingOverflow(
            by: epochs * practice.parts)
        // The random numbers of a step are addressed by its number in 32 bits.
        guard !overflows, steps <= Int(UInt32.max) else {
            throw TrainingError(
                .invalidConfiguration,
                "\(epochs) epochs of \(stepsPerEpoch) steps are more than \(UInt32.max) steps; "
                    + "choose fewer epochs or a larger batch")
        }
    }

    /// What is wrong with a number by itself, or nil.
    private var numberProblem: String? {
        let problems: [String?] = [
            Self.range("epochs", epochs, 1...Self.maximumEpochCount),
            Self.range("the batch", batch, 1...65_536),
            Self.range("the number of training images", data.trainImages, 1...1 << 31),
            Self.range("the number of validation images", data.validationImages, 1...1 << 31),
            data.limit.flatMap { Self.range("the limit of images", $0, 1...1 << 31) },
            Self.check(
                "the learning rate", optimizer.learningRate, "above 0"
            ) { $0 > 0 && $0.isFinite },
            Self.check("the weight decay", optimizer.weightDecay, "at least 0") {
                $0 >= 0 && $0.isFinite
            },
            Self.problem(optimizer),
        ]
        return problems.compactMap(\.self).first
    }

    /// What is wrong with numbers that must suit others, which are right, or nil.
    private var suitabilityProblem: String? {
        schedule.problem(epochs: epochs) ?? practice.problem(batch: batch)
            ?? augmentationProblem ?? fineTuningProblem
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
        let isShare: (Double) -> Bool = { $0 >= 0 && $0 < 1 }
        switch optimizer {
        case .sgd(let rule):
            return check("the momentum", rule.momentum, "at least 0 and below 1", isShare)
                ?? check("the dampening", rule.dampening, "in 0...1") { (0...1).contains($0) }
        case .adamW(let rule):
            return check("beta1", rule.beta1, "at least 0 and below 1", isShare)
                ?? check("beta2", rule.beta2, "at least 0 and below 1", isShare)
                ?? check("epsilon", rule.epsilon, "above 0") { $0 > 0 && $0.isFinite }
        }
    }

    private static func range(
        _ what: String, _ value: Int, _ range: ClosedRange<Int>
    ) -> String? {
        range.contains(value)
            ? nil : "\(what) must be in \(range.lowerBound)...\(range.upperBound), not \(value)"
    }

    private static func check(
        _ what: String, _ value: Double, _ expected: String, _ isRight: (Double) -> Bool
    ) -> String? {
        isRight(value) ? nil : "\(what) must be \(expected), not \(value)"
    }
}
