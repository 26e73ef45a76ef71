// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDialects
import WRNInference
import WRNText
import WRNZoo

/// What to take of other programs' weights, and what names and shapes do not say of them.
struct ForeignWeightsOptions: ParsableArguments {
    @OptionGroup var choice: PartOptions

    @Flag(
        help:
            "Leave out tensors that the network does not know, such as those of squeeze-and-excitation, instead of refusing them."
    )
    var ignoreExtra = false

    @OptionGroup var variant: VariantOptions

    /// What to ask of a file.
    var options: ForeignWeights.Options {
        ForeignWeights.Options(
            part: choice.part, function: variant.changes, ignoresExtra: ignoreExtra)
    }
}

/// Which of several networks in a file.
struct PartOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which of several networks in the file, such as model_ema (default: the trained one).",
            valueName: "prefix"))
    var part: String?
}

extension WeightsReading {
    /// Says what was taken and assumed on the standard error, and which options say otherwise.
    func say() {
        for note in notes { StandardError.write("wrn: \(file): \(note)\n") }
        var options = function.filter { $0.basis == .assumed }.map { Self.option($0) }
        if !otherParts.isEmpty { options.insert("--part", at: 0) }
        guard !options.isEmpty else { return }
        StandardError.write("wrn: \(file): to say otherwise: \(options.joined(separator: ", "))\n")
    }

    private static func option(_ part: Identification.FunctionPart) -> String {
        switch part.part {
        case .activation: "--activation"
        case .shortcutInput: "--shortcut-input"
        case .stride: "--stride-in"
        case .padding: "--pad"
        case .epsilon: "--epsilon"
        }
    }
}
