// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNModel

/// A setting whose values differ between two configurations.
package struct SettingDifference: Hashable, Sendable {
    /// The name in recipes and options, for example `momentum`; in a message about an edited file,
    /// the key path there, for example `optimizer.momentum`.
    package let key: String
    /// The first configuration's value; nil where it has none.
    package let first: String?
    /// The second configuration's value; nil where it has none.
    package let second: String?
}

extension TrainingConfiguration {
    /// The settings in which another configuration differs, sorted by their keys; paths of files
    /// are left out.
    ///
    /// Data, class maps and weights may be moved, because digests show whether they are the same.
    /// The environment and the recipe's name are left out too, as the recipe's numbers are settings
    /// themselves.
    package func differences(from other: TrainingConfiguration) -> [SettingDifference] {
        Self.differences(withoutPlaces, other.withoutPlaces, RunSetting.settings)
    }

    /// All values of the configuration under their names in recipes, options and the documentation.
    package var settings: [RunSetting] {
        Self.json(self).map(RunSetting.settings) ?? []
    }

    private var withoutPlaces: TrainingConfiguration {
        var copy = withoutEnvironment
        copy.data.source = ""
        copy.data.name = ""
        copy.data.files?.classMap = nil
        copy.data.exclusion?.list = ""
        copy.fineTuning?.weights = .file("")
        copy.recipe = nil
        return copy
    }

    private static func differences(
        _ first: some Encodable, _ second: some Encodable,
        _ list: (RunSetting.Value) -> [RunSetting] = { $0.flattened() }
    ) -> [SettingDifference] {
        let (first, second) = (values(of: first, list), values(of: second, list))
        return Set(first.keys).union(second.keys).sorted().compactMap { key in
            first[key] == second[key]
                ? nil
                : SettingDifference(key: key, first: first[key]?.text, second: second[key]?.text)
        }
    }

    private static func values(
        of value: some Encodable, _ list: (RunSetting.Value) -> [RunSetting]
    ) -> [String: RunSetting.Value] {
        guard let json = json(value) else { return [:] }
        return Dictionary(
            list(json).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// A value as its JSON.
    private static func json(_ value: some Encodable) -> RunSetting.Value? {
        guard let text = try? RunJSON.text(value) else { return nil }
        return try? JSONDecoder().decode(
            RunSetting.Value.self, from: Foundation.Data(text.utf8))
    }

    // The settings in checkpoints.

    /// The settings that checkpoints keep, as JSON: without the model, which they describe anyway,
    /// and the number of epochs, which may change.
    package func checkpointText() throws -> String { try RunJSON.text(forCheckpoint) }

    private var forCheckpoint: TrainingConfiguration {
        var copy = withoutPlaces
        copy.epochs = 1
        copy.model = ModelDescription(
            architecture: model.architecture, classes: model.classes,
            inputChannels: model.inputChannels, inputHeight: model.inputHeight,
            inputWidth: model.inputWidth, mean: [], standardDeviation: [])
        return copy
    }

    /// Refuses a configuration that was edited after the checkpoint was written.
    ///
    /// - Parameters:
    ///   - text: The result of ``checkpointText()`` when the checkpoint was written.
    ///   - file: The checkpoint.
    /// - Returns: False when the text is another version's, so that they cannot be compared.
    func checkUnchanged(since text: String, file: String) throws(TrainingError) -> Bool {
        let values = try? RunJSON.value(TrainingConfiguration.self, from: text.utf8, file: file)
        guard let begun = values else { return false }
        if let difference = Self.differences(begun.forCheckpoint, forCheckpoint).first {
            throw Self.edited(difference, file: file)
        }
        return true
    }

    /// The error about a model whose description differs from that in a checkpoint of the same
    /// network.
    func editedModel(_ described: ModelDescription, file: String) -> TrainingError? {
        guard described.architecture == model.architecture, described.classes == model.classes
        else { return nil }
        return Self.differences(["model": described], ["model": model]).first.map {
            Self.edited($0, file: file)
        }
    }

    private static func edited(_ difference: SettingDifference, file: String) -> TrainingError {
        TrainingError(
            .checkpointMismatch,
            "config.json: expected \(difference.key) to be \(difference.first ?? "absent"), as "
                + "when \(file) was written, found \(difference.second ?? "none"): the settings "
                + "were edited after the run began; put them back, or begin a new run in another "
                + "directory")
    }
}
