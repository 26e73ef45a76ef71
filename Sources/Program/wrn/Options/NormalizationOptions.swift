// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData

/// How images are normalised, for files of weights that do not say it.
struct NormalizationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "For weights of other programs, how images are normalised: imagenet, cifar, mnist, fashion-mnist, or means/deviations such as 0.5,0.5,0.5/0.2,0.2,0.2.",
            valueName: "name|numbers"),
        transform: NormalizationArgument.init(argument:))
    var normalization: NormalizationArgument?
}

/// A normalisation by its name or its numbers, in units of pixel / 255.
struct NormalizationArgument {
    let normalization: Normalization

    init(argument: String) throws {
        switch argument {
        case "imagenet": normalization = .imageNet
        case "cifar": normalization = .cifar
        case "mnist": normalization = .mnist
        case "fashion-mnist": normalization = .fashionMNIST
        default:
            let lists = argument.split(separator: "/", omittingEmptySubsequences: false).map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
            }
            guard lists.count == 2, lists.allSatisfy({ !$0.contains(nil) }) else {
                throw ValidationError(
                    "expected imagenet, cifar, mnist, fashion-mnist, or one mean for each channel, a slash "
                        + "and one deviation for each, for example 0.5/0.25, not \"\(argument)\""
                        + question(
                            about: argument,
                            among: ["imagenet", "cifar", "mnist", "fashion-mnist"]))
            }
            do {
                normalization = try Normalization(
                    mean: lists[0].compactMap(\.self),
                    standardDeviation: lists[1].compactMap(\.self))
            } catch {
                throw ValidationError("\(error)")
            }
        }
    }
}
