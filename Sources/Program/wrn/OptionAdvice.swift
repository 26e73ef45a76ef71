// SPDX-License-Identifier: Apache-2.0

import WRNDialects
import WRNFetch
import WRNHub
import WRNInference
import WRNModel
import WRNRuns
import WRNText

/// The options and commands that resolve errors of the library, which has no command line.
enum OptionAdvice {
    /// The advice after the error's sentence; nil where the sentence is complete.
    static func text(for error: any Error) -> String? {
        switch error {
        case let error as TrainingError: error.advice.map(text)
        case let error as WeightsError: text(for: error.code)
        case let error as HubError where error.code == .unknownWeights:
            "'wrn weights list' lists all"
        case InferenceError.missing(let path, _) where WeightsSource(path) == .bundled:
            "'wrn convert \(path) FILE.safetensors' does"
        case InferenceError.missing(let path, _) where isReference(path):
            "'wrn weights get \(path)' fetches published weights"
        default: nil
        }
    }

    private static func text(_ advice: TrainingError.Advice) -> String {
        switch advice {
        // As many digits as the error's sentence has.
        case .learningRate(let rate): "--lr \(Numbers.shortest(rate, digits: 6))"
        case .resume(let path): "wrn train --resume \(shellWord(path))"
        case .settings: "'wrn recipes --settings' lists all"
        }
    }

    private static func text(for code: WeightsError.Code) -> String? {
        switch code {
        case .unknownNetwork: "'wrn summary' shows a network's tensors"
        case .unknownDialect: "'wrn identify --map' shows it, 'wrn convert --accept-map' takes it"
        case .extraTensors: "--ignore-extra"
        case .unknownPart: "--part"
        case .otherHead: "wrn features, wrn finetune"
        case .unknownNormalization: "--normalization imagenet"
        case .otherNormalization: "--normalization"
        default: nil
        }
    }

    /// Whether a missing path is the name of published weights.
    private static func isReference(_ path: String) -> Bool {
        PretrainedWeights.known(path) != nil || path.hasPrefix("hf:")
            || path.hasPrefix("https://")
    }
}

/// An image file that cannot be used, with the option that leaves such files out.
struct BrokenFileError: Error, CustomStringConvertible {
    let description: String

    /// Adds the advice with which the same command goes on.
    init(_ error: DataError, advice: String) {
        description = "\(error.message); \(advice)"
    }

    /// The broken files among those of a new run.
    init(_ broken: [DataError], of count: Int, source: String) {
        let first = broken.first?.message ?? ""
        let others =
            broken.count > 1
            ? "; \(Numbers.grouped(broken.count)) of \(Numbers.grouped(count)) files cannot be used"
            : ""
        description =
            "\(first)\(others); repair or remove \(broken.count > 1 ? "them" : "it"), or leave out "
            + "such files with --skip-broken ('wrn data inspect \(shellWord(source))' lists all)"
    }

    /// Runs a closure that reads image files, and adds the advice to the error for a file that
    /// cannot be used.
    static func advising<Result>(
        _ advice: String, unless isSkipped: Bool, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as DataError where !isSkipped && isAboutAnImage(error) {
            throw BrokenFileError(error, advice: advice)
        }
    }

    private static func isAboutAnImage(_ error: DataError) -> Bool {
        switch error.code {
        case .truncated, .malformed, .unsupported, .tooLarge, .unreadable, .inconsistent:
            error.file != nil
        case .notFound, .noSplit, .unwritable, .checksumMismatch, .downloadFailed,
            .invalidArgument, .cancelled:
            false
        }
    }
}
