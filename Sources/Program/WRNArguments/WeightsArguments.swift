// SPDX-License-Identifier: Apache-2.0

// Public, as conformances of public types are.
public import ArgumentParser
import Foundation
package import WRNBatches
package import WRNFetch
import WRNHub
package import WRNInference
package import WRNModel
public import WRNTensor
import WRNText

/// Weights that a command line names, on this machine, with what is known about their images.
package struct NamedWeights: Sendable {
    /// The weights.
    package let source: WeightsSource
    /// What is known about the images; nothing for a path.
    package let facts: ImageFacts

    /// Finds weights by a path, `bundled`, a name of published weights, or an address; those that
    /// are not on this machine are downloaded once and verified.
    ///
    /// - Parameter progress: Called with the progress of a download.
    /// - Throws: A `HubError`, or an `InferenceError` for a path that does not exist.
    package init(
        resolving text: String, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws {
        let source = WeightsSource(text)
        // Weights on this machine need no hub, and so none of its settings, which may be wrong.
        if source == .bundled || FileManager.default.fileExists(atPath: text) {
            (self.source, facts) = (source, ImageFacts())
            return
        }
        if let suggestion = BundledModel.suggestion(for: text) {
            throw InferenceError.missing(path: text, nearest: suggestion)
        }
        let found = try WeightsHub().resolve(text, progress: progress)
        self.source = .file(found.path)
        facts = ImageFacts(
            normalization: found.normalization, preparation: found.preparation,
            classNames: found.classNames ?? [])
    }
}

/// A normalisation by its name or its numbers, in units of pixel / 255.
package struct NormalizationArgument: Sendable {
    /// The normalisation.
    package let normalization: Normalization

    /// Reads a name, or the means and deviations.
    ///
    /// - Throws: A `ValidationError` when it is neither.
    package init(argument: String) throws {
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
                let question = NameSuggestions.question(
                    about: argument, among: ["imagenet", "cifar", "mnist", "fashion-mnist"])
                throw ValidationError(
                    "expected imagenet, cifar, mnist, fashion-mnist, or one mean for each "
                        + "channel, a slash and one deviation for each, for example 0.5/0.25, not "
                        + "\"\(argument)\"" + (question.map { "; " + $0 } ?? ""))
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

extension Precision: ExpressibleByArgument {
    /// Reads `float32` or `bfloat16`, or the short `f32` and `bf16`.
    public init?(argument: String) {
        switch argument {
        case "f32": self = .float32
        case "bf16": self = .bfloat16
        default: self.init(rawValue: argument)
        }
    }
}
