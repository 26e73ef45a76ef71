// SPDX-License-Identifier: Apache-2.0

/// A plan by which training time is given to the better ones of several trials: all of them are
/// trained for a few epochs, the best part of them for more, and so on to the full length.
///
/// With n trials, the full length R and the factor f there are s + 1 rungs, counted from 0:
///
///     s          = the largest number with f^s ≤ n and f^s ≤ R
///     epochs[i]  = ⌊R / f^(s - i)⌋
///     trials[i]  = ⌊n / f^i⌋
///
/// A trial that goes on to the next rung is prolonged: its run is a run of R epochs, paused after
/// the epochs of each rung. So it takes n · epochs[0] + Σ trials[i] · (epochs[i] - epochs[i - 1])
/// epochs in all.
///
/// - Reference: Jamieson & Talwalkar 2016, "Non-stochastic Best Arm Identification and
///   Hyperparameter Optimization", algorithm 1.
package struct SuccessiveHalving: Codable, Hashable, Sendable {
    /// A step of the plan: how many trials are trained up to how many epochs.
    package struct Rung: Codable, Hashable, Sendable {
        /// The epochs after which the trials are compared.
        package let epochs: Int
        /// The trials that are trained so far.
        package let trials: Int
    }

    /// The factors that are possible.
    package static let factors = 2...100

    /// The rungs, from the shortest.
    package let rungs: [Rung]

    /// Plans trials up to a full length.
    ///
    /// - Precondition: There is a trial and an epoch, and the factor is one of ``factors``.
    package init(trials: Int, epochs: Int, factor: Int) {
        precondition(trials >= 1 && epochs >= 1 && Self.factors.contains(factor))
        var divisors = [1]
        while let last = divisors.last, last <= trials / factor, last <= epochs / factor {
            divisors.append(last * factor)
        }
        rungs = zip(divisors.reversed(), divisors).map { lengthDivisor, trialDivisor in
            Rung(epochs: epochs / lengthDivisor, trials: trials / trialDivisor)
        }
    }

    /// The epochs of the last rung: the full length.
    package var epochs: Int { rungs.last?.epochs ?? 0 }

    /// The epochs that all trials take together.
    package var totalEpochs: Int {
        var (total, before) = (0, 0)
        for rung in rungs {
            total += rung.trials * (rung.epochs - before)
            before = rung.epochs
        }
        return total
    }

    /// The plan with the largest full length that fits; nil where not one epoch of each trial does.
    ///
    /// - Parameter isShort: Whether a plan fits: one that takes fewer epochs than such a plan does,
    ///   too.
    package init?(trials: Int, factor: Int, where isShort: (SuccessiveHalving) -> Bool) {
        func fits(_ epochs: Int) -> Bool {
            isShort(SuccessiveHalving(trials: trials, epochs: epochs, factor: factor))
        }
        // From the length on at which there are as many rungs as the trials permit, a longer one
        // takes more epochs; below, a longer one may have one more rung and take fewer.
        var whole = 1
        while whole <= trials / factor { whole *= factor }
        var (low, high) = (whole, TrainingConfiguration.maximumEpochCount + 1)
        guard low < high, fits(low) else {
            let lengths = 1...min(whole, TrainingConfiguration.maximumEpochCount)
            guard let longest = lengths.last(where: fits) else { return nil }
            self.init(trials: trials, epochs: longest, factor: factor)
            return
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            if fits(middle) { low = middle } else { high = middle }
        }
        self.init(trials: trials, epochs: low, factor: factor)
    }

    /// Trains the trials rung by rung, the better ones longer.
    ///
    /// - Parameters:
    ///   - candidates: As many as the first rung has, in their order, which decides between equal
    ///     scores.
    ///   - train: Trains a trial up to the epochs of a rung, counted from 0; returns its score, or
    ///     nil for a trial that failed and is left out from then on.
    package func run<Trial>(
        _ candidates: [Trial], train: (_ trial: Trial, _ rung: Int) throws -> TrialScore?
    ) rethrows {
        var left = candidates
        for (number, rung) in rungs.enumerated() {
            let best = Array(left.prefix(rung.trials))
            left = Self.ranked(try best.map { ($0, try train($0, number)) })
        }
    }

    /// The trials that have a score, the best first; equal ones stay in their order.
    static func ranked<Trial>(_ trials: [(trial: Trial, score: TrialScore?)]) -> [Trial] {
        trials.enumerated().compactMap { place, each in
            each.score.map { (trial: each.trial, score: $0, place: place) }
        }.sorted { one, other in
            one.score == other.score
                ? one.place < other.place : one.score.isBetter(than: other.score)
        }.map(\.trial)
    }
}

/// How good a trial is after an epoch: its metric on the validation images and, where that is
/// equal, its loss on them.
package struct TrialScore: Hashable, Sendable {
    /// The value of the metric, the higher the better.
    package let value: Double
    /// The mean cross-entropy, the lower the better.
    package let loss: Double

    /// Creates a score.
    package init(value: Double, loss: Double) {
        self.value = value
        self.loss = loss
    }

    /// Takes the score from the record of an epoch.
    package init(_ record: EpochRecord, _ metric: TrainingConfiguration.EarlyStopping.Metric) {
        self.init(value: metric.score(of: record), loss: record.validationLoss ?? .infinity)
    }

    /// Whether it is better than another one.
    package func isBetter(than other: TrialScore) -> Bool {
        value == other.value ? loss < other.loss : value > other.value
    }
}
