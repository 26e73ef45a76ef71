// SPDX-License-Identifier: Apache-2.0

import WRNPlan

extension PlanDescription {
    /// Which network is planned for what: `wrn-16-4: 3x32x32 images, training in batches of 64`.
    func title(_ network: String) -> String {
        "\(network): \(input) images, \(mode.rawValue) in batches of \(Numbers.grouped(batch))"
    }

    /// What it runs on: `float32 on avx512, 2 threads`.
    var engine: String {
        "\(precision) on \(instructionSet), \(Numbers.counted(threads, "thread"))"
    }
}

extension PlanDescription.Step.Kind {
    /// The kind in a few letters, for a column.
    var word: String {
        switch self {
        case .input: "input"
        case .convolution: "conv"
        case .linear: "linear"
        case .moments: "moments"
        case .normalization: "bn"
        case .dropoutMask: "mask"
        case .map: "map"
        case .subsampling: "subsample"
        case .subsamplingGradient: "d subsample"
        case .maxPooling: "max"
        case .maxPoolingGradient: "d max"
        case .mean: "mean"
        case .loss: "loss"
        case .weightGradient: "d weight"
        case .biasGradient: "d bias"
        case .inputGradient: "d input"
        case .viewGradient: "d view"
        case .normalizationGradient: "d bn"
        case .spread: "d mean"
        case .update: "update"
        }
    }
}

extension PlanDescription.Algorithm {
    /// The algorithm as people know it.
    var name: String {
        switch self {
        case .direct: "direct"
        case .directBFloat16: "direct, bfloat16"
        case .winograd2: "Winograd F(2x2, 3x3)"
        case .winograd4: "Winograd F(4x4, 3x3)"
        }
    }

    /// What marks it behind a kind; the direct one is the ordinary one.
    fileprivate var mark: String {
        switch self {
        case .direct: ""
        case .directBFloat16: " bf16"
        case .winograd2: " F2"
        case .winograd4: " F4"
        }
    }
}

extension PlanDescription.Fusion.Kind {
    /// The kind in a few letters, for a column.
    var word: String {
        switch self {
        case .normalization, .foldedNormalization: "bn"
        case .normalizationGradient: "dbn"
        case .factor: "factor"
        case .relu: "relu"
        case .leakyReLU: "leaky"
        case .dropout: "drop"
        case .bias: "bias"
        case .residual: "add"
        case .accumulation: "acc"
        case .moments: "sums"
        case .viewGradient: "dview"
        }
    }
}

extension PlanDescription.Step {
    /// The kind and, where it is not the direct one, the algorithm: `conv F4`.
    var word: String { kind.word + (algorithm?.mark ?? "") }

    /// What is read through and what is done on the way out, around a `>`: `bn+relu > add`.
    var fusedWords: String {
        func words(_ fusions: [PlanDescription.Fusion]) -> String {
            fusions.map(\.kind.word).joined(separator: "+")
        }
        let (reads, finishes) = (words(readsThrough), words(finishesWith))
        if finishes.isEmpty { return reads }
        return reads.isEmpty ? "> " + finishes : reads + " > " + finishes
    }
}
