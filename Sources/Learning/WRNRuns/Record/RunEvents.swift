// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNTensorBoard

/// A run for TensorBoard: a copy of `metrics.jsonl` and `steps.jsonl` with the run's settings and
/// some pictures, rewritten when the run is opened and appended to after it.
///
/// So no curve has points that a resumed run has discarded, or the same ones twice. There is no
/// file before the first point.
package struct RunEvents {
    private let directory: String
    private var file: EventFile?
    private let settings: [String: HyperparameterPoint.Value]
    /// Makes the pictures of the file's beginning, at a time.
    private let pictures: (Double) -> [PicturePoint]

    /// Writes the file of these records, and no others.
    ///
    /// - Parameters:
    ///   - isOver: Whether the run is finished.
    ///   - pictures: Makes the pictures of the file's beginning, at a time.
    package init(
        _ directory: String, _ configuration: TrainingConfiguration, records: [EpochRecord],
        steps: [StepRecord], isOver: Bool, pictures: @escaping (Double) -> [PicturePoint]
    ) throws {
        self.directory = directory
        self.pictures = pictures
        settings = Self.hyperparameters(configuration)
        let points =
            Self.points(records, end: Date().timeIntervalSince1970) + steps.map(Self.point)
        guard !points.isEmpty else {
            EventFile.remove(from: directory)
            return
        }
        // Points of a step before those of its epoch, as they were written first.
        let ordered = points.enumerated().sorted {
            ($0.element.step, -$0.offset) < ($1.element.step, -$1.offset)
        }.map(\.element)
        let begin = ordered[0].time - (records.first?.seconds ?? 0)
        let end = isOver ? ordered.last?.time : nil
        file = try EventFile(
            replacingIn: directory,
            points: beginning(begin) + ordered
                + (end.map { [HyperparameterPoint(.end, time: $0)] } ?? []))
    }

    /// Adds an epoch, after its line in `metrics.jsonl`.
    ///
    /// - Parameter isLast: Whether the run is finished with it.
    package mutating func append(_ record: EpochRecord, isLast: Bool) throws {
        let points: [any EventPoint] = Self.points([record], end: Date().timeIntervalSince1970)
        let time = points[0].time
        try append(
            points + (isLast ? [HyperparameterPoint(.end, time: time)] : []),
            begin: time - record.seconds)
    }

    /// Adds steps, after their lines in `steps.jsonl`.
    package mutating func append(_ steps: [StepRecord]) throws {
        guard let first = steps.first else { return }
        try append(steps.map(Self.point), begin: first.time)
    }

    private mutating func append(_ points: [any EventPoint], begin: Double) throws {
        if let file {
            try file.append(points)
        } else {
            file = try EventFile(replacingIn: directory, points: beginning(begin) + points)
        }
    }

    /// What the file begins with.
    private func beginning(_ time: Double) -> [any EventPoint] {
        [HyperparameterPoint(.start(settings), time: time)] + pictures(time)
    }

    /// The points of some epochs.
    ///
    /// Records of earlier versions have no time: their epochs are placed one after another before
    /// the next that has one, or before `end`.
    static func points(_ records: [EpochRecord], end: Double) -> [ScalarPoint] {
        var next = end
        let reversed = records.reversed().map { record in
            let time = record.time ?? next
            next = time - record.seconds
            return ScalarPoint(step: record.step, time: time, values: values(of: record))
        }
        return reversed.reversed()
    }

    private static func values(of record: EpochRecord) -> [String: Double] {
        let values: [String: Double?] = [
            "loss/train": record.trainLoss, "loss/validation": record.validationLoss,
            "accuracy/train": record.trainAccuracy,
            "accuracy/validation": record.validationAccuracy,
            "learning_rate": record.learningRate, "images_per_second": record.speed,
        ]
        return values.compactMapValues(\.self)
    }

    private static func point(_ step: StepRecord) -> ScalarPoint {
        ScalarPoint(
            step: step.step, time: step.time,
            values: ["step/loss": step.loss, "step/learning_rate": step.learningRate])
    }

    /// The settings of a run under their names in recipes and options, with the network and the
    /// data; places of files are left out.
    static func hyperparameters(
        _ configuration: TrainingConfiguration
    ) -> [String: HyperparameterPoint.Value] {
        let places = [TrainingSetting.exclude.name, TrainingSetting.classMap.name]
        let names = Set(TrainingSetting.all.map(\.name) + ["network", "data_name"])
            .subtracting(places)
        var values: [String: HyperparameterPoint.Value] = [:]
        for setting in configuration.settings where names.contains(setting.key) {
            switch setting.value {
            case .number(let number, _): values[setting.key] = .number(number)
            case .boolean(let flag): values[setting.key] = .flag(flag)
            case .string, .array: values[setting.key] = .text(setting.value.text)
            case .null, .object: break
            }
        }
        return values
    }
}

extension TuningPlan {
    /// What TensorBoard's tab HPARAMS compares: the settings that are tried, and the curves of the
    /// validation images.
    var experiment: HyperparameterPoint.Content {
        let settings = trials.first?.settings ?? []
        return .experiment(
            settings: settings.map { setting in
                let kind: HyperparameterPoint.Kind =
                    switch setting.value {
                    case .number: .number
                    case .flag: .flag
                    case .text, .list: .text
                    }
                return HyperparameterPoint.Setting(name: setting.name, kind: kind)
            },
            metrics: ["accuracy/validation", "loss/validation"])
    }
}
