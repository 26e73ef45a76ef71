// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNInference
import WRNRuns
import WRNText

/// The choice between the two models in the directory of a run.
enum RunModel: String, EnumerableFlag, Encodable {
    /// `model.safetensors`, of the last save: the paper's choice, and that of `wrn report`.
    case last
    /// `best.safetensors`, of the epoch with the highest validation accuracy.
    case best

    static func help(for value: RunModel) -> ArgumentHelp? {
        switch value {
        case .last: "Of a run, the model of its last epoch. (default)"
        case .best:
            "Of a run, the model of the epoch with the highest validation accuracy."
        }
    }
}

/// The model of a run that a command uses, with its place in the run.
struct ChosenModel: Encodable {
    let run: String
    let model: RunModel
    let file: String
    /// The epoch after which the model was saved; nil if the record lacks it, and for a model that
    /// was saved in the middle of an epoch.
    let epoch: Int?
    /// The epochs of the finished run; nil if the record cannot be read.
    let epochs: Int?
    /// The epoch with the highest accuracy.
    let bestEpoch: Int?
    /// The split that chose the best epoch; nil if the record cannot be read.
    let chosenBy: Split?
    /// The place of a model that was saved in the middle of an epoch: `in the middle of epoch 3 of
    /// 20`; nil for others.
    private let middle: String?

    private enum CodingKeys: String, CodingKey {
        case run, model, file, epoch, epochs, bestEpoch, chosenBy
    }

    /// Chooses a model of the run in a directory; nil if `path` is no run's directory.
    ///
    /// - Throws: A `ValidationError` for a choice without a run, or a best model that is missing.
    init?(at path: String, _ choice: RunModel?) throws {
        let directory = path.hasSuffix("/") ? String(path.dropLast()) : path
        // An empty path is not the root.
        guard !path.isEmpty, FileManager.default.fileExists(atPath: directory + "/config.json")
        else {
            guard let choice else { return nil }
            throw ValidationError(
                "--\(choice.rawValue) chooses between the models in the directory of a run, and "
                    + "\(path) is no such directory; leave --\(choice.rawValue) out")
        }
        // A model is usable without the record beside it.
        let record = try? RunRecord(readingFrom: directory)
        run = path
        model = choice ?? .last
        file = directory + (model == .last ? "/model.safetensors" : "/best.safetensors")
        guard model == .last || FileManager.default.fileExists(atPath: file) else {
            throw ValidationError(
                "\(path) has no best.safetensors: "
                    + (record?.best == nil
                        ? "no epoch was validated yet; train on, or take the model of the last "
                            + "save with --last"
                        : "the file was removed; take the model of the last epoch with --last"))
        }
        // The last model of a stopped run may be of the middle of an epoch.
        try record?.check(
            modelAt: file,
            of: model == .best ? record?.best : record?.state == .finished ? record?.final : nil)
        bestEpoch = record?.best?.epoch
        epochs = record?.epochs
        chosenBy = record?.evaluatedSplit
        switch model == .last ? record?.moment(ofModelAt: file) : nil {
        case .epoch(let found):
            epoch = found.epoch
            middle = nil
        case .middle(let number):
            epoch = nil
            middle =
                "in the middle of "
                + (number.map { "epoch \($0) of \(record?.epochs ?? $0)" } ?? "an epoch")
        case .unknown, nil:
            epoch =
                model == .best
                ? bestEpoch
                : record?.state == .finished ? record?.final?.epoch : record?.last?.epoch
            middle = nil
        }
    }

    /// The accuracy that the run's record gives for the model; nil where it has none.
    ///
    /// 0.9371 of the validation images of cifar10, after epoch 20
    var accuracySentence: String? {
        guard let epoch, let chosenBy, let record = try? RunRecord(readingFrom: run),
            let found = record.records.first(where: { $0.epoch == epoch }),
            let accuracy = found.validationAccuracy
        else { return nil }
        return
            "\(Numbers.fixed(accuracy, decimals: 4)) of the \(chosenBy.adjective) "
            + "images of \(record.source), after epoch \(epoch)"
    }

    /// A warning for views with mirror images of a model of a run that was trained without mirrored
    /// images; nil for other models.
    ///
    /// - Parameters:
    ///   - weights: The directory of a run, or a file in it.
    ///   - option: The option by which the views were chosen.
    static func mirrorWarning(
        for weights: String, views: TestTimeViews, option: String
    ) -> String? {
        guard views.hasMirrorImages, let record = record(of: weights),
            case .boolean(false)? = record.configuration["augmentation.horizontal_flip"]
        else { return nil }
        return
            "\(option) averages each image with its mirror image, but \(record.path) was trained "
            + "without flips: mirrored images may show another class (digits, letters, "
            + "signs), and the accuracy may fall"
    }

    /// The run that a model is of; nil for other models.
    ///
    /// - Parameter weights: The directory of a run, or a file in it.
    static func record(of weights: String) -> RunRecord? {
        // A name is no file, and does not belong to a run in the working directory.
        guard FileManager.default.fileExists(atPath: weights) else { return nil }
        let parent = weights.lastIndex(of: "/").map { String(weights[..<$0]) } ?? ""
        return [weights, parent.isEmpty ? "." : parent].lazy.compactMap {
            try? RunRecord(readingFrom: $0)
        }.first
    }

    /// The model and the option for the other one: `the last model of runs/a (epoch 12 of 20);
    /// --best takes that of epoch 9`.
    var sentence: String {
        if let middle {
            return "the last model of \(run), saved \(middle)"
                + (bestEpoch.map { "; --best takes that of epoch \($0)" } ?? "")
        }
        guard let epoch, let epochs, let chosenBy else {
            return "the \(model.rawValue) model of \(run)"
                + (epochs == nil ? ", whose record cannot be read" : ", saved in its first epoch")
        }
        let place = "of \(run) (epoch \(epoch) of \(epochs)"
        let other = bestEpoch ?? epoch
        switch model {
        case .last where other == epoch: return "the last and best model \(place))"
        case .last: return "the last model \(place)); --best takes that of epoch \(other)"
        case .best:
            return "the best model \(place)), chosen by the \(chosenBy.adjective) images"
        }
    }
}
