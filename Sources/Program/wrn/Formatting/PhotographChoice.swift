// SPDX-License-Identifier: Apache-2.0

import WRNRuns
import WRNText

/// The settings that photographs chose for a new run, shown before it begins: each can be given
/// instead.
struct PhotographChoice {
    /// A setting with its value and the rule that chose it.
    struct Row: Hashable {
        /// The name in JSON: that of the setting, `network` or `weights`.
        let name: String
        let value: String
        let rule: String

        /// What is given on the command line instead: `--epochs 37`, or the name of a network.
        var words: String {
            switch name {
            case "network": value
            case "image_size": "--image-size \(value)"
            case "augment", "recipe", "weights": "--\(name) \(value)"
            default: "\(TrainingSetting.named(name)?.option ?? name) \(value)"
            }
        }
    }

    /// The number of training images.
    private let images: Int
    /// The median of the photographs' shorter sides; nil where no setting depends on it.
    var medianSide: Int?
    private(set) var rows: [Row] = []

    init(count: Int) { images = count }

    /// Whether nothing was chosen but the augmentation, which is no other without photographs.
    var isEmpty: Bool { rows.allSatisfy { $0.name == "augment" } }

    /// Adds a setting.
    mutating func add(_ name: String, _ value: String, _ rule: String) {
        rows.append(Row(name: name, value: value, rule: rule))
    }

    /// Adds the side of the images of a network that is not for one size; ``medianSide`` is set.
    mutating func addImageSize(_ side: Int) {
        let isLeast = medianSide.map { 2 * side > $0 } ?? false
        add(
            "image_size", "\(side)",
            isLeast
                ? "the least of 32, 48 and 64" : "of 32, 48 and 64 the largest up to half of that")
    }

    /// Adds the numbers of a run that the command line does not give.
    ///
    /// - Parameter isTimed: Whether a time gives the number of epochs.
    mutating func add(_ defaults: PhotographDefaults, given: Recipe, isTimed: Bool) {
        if given.epochs == nil, !isTimed {
            add("epochs", "\(defaults.epochs)", defaults.epochsRule)
        }
        if given.batch == nil, defaults.kind == .training {
            add("batch", "\(defaults.batch)", "64 from 5,000 images on, 128 from 20,000")
        }
        let name = defaults.recipe(beside: given).name
        guard !name.isEmpty else { return }
        let purpose = defaults.kind == .training ? "few epochs" : "few photographs"
        add("recipe", name, "for \(purpose); 'wrn recipes NAME' shows it")
    }

    /// Adds the kind of augmentation, where nothing is given about it.
    mutating func add(_ augmentation: AugmentationOptions, given: Recipe) {
        guard augmentation.given.isEmpty, given.flip == nil, given.cropScale == nil,
            given.cropPadding == nil
        else { return }
        add("augment", "crop", "parts of a quarter or more, mirrored unless --no-flip")
    }

    /// The table in lines of at most 80 columns.
    var lines: [String] {
        let size = medianSide.map { ", half of them with sides of \($0) pixels or more" } ?? ""
        let width = rows.map(\.words.count).max() ?? 0
        return ["Chosen for \(Numbers.counted(images, "training photograph"))\(size):"]
            + rows.map { row in
                let words = row.words + String(repeating: " ", count: width - row.words.count)
                return "  \(words)  \(row.rule)"
            }
    }

    /// The values by their names, for programs.
    var values: [String: String] {
        Dictionary(rows.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}
