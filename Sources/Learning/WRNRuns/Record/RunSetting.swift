// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// One value of a run's `config.json`.
package struct RunSetting: Hashable, Sendable {
    /// The name: that in recipes where there is one, for example `momentum`.
    package let key: String
    /// The value.
    package let value: Value
}

extension RunSetting {
    /// Any value of JSON, for readers that show a file whatever its fields.
    package enum Value: Decodable, Hashable, Sendable {
        case null
        case boolean(Bool)
        /// A number, and how it is written.
        case number(Double, text: String)
        case string(String)
        case array([Value])
        case object([String: Value])

        /// Reads any value.
        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .boolean(value)
            } else if let value = try? container.decode(UInt64.self) {
                self = .number(Double(value), text: "\(value)")
            } else if let value = try? container.decode(Int64.self) {
                self = .number(Double(value), text: "\(value)")
            } else if let value = try? container.decode(Double.self) {
                self = .number(value, text: "\(value)")
            } else if let value = try? container.decode(String.self) {
                self = .string(value)
            } else if let value = try? container.decode([Value].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        /// The value of a key path like `model.architecture`; nil where there is none.
        package subscript(path: String) -> Value? {
            path.split(separator: ".").reduce(Optional(self)) { value, key in
                guard case .object(let fields) = value else { return nil }
                return fields[String(key)]
            }
        }

        /// The value of a string.
        package var string: String? {
            if case .string(let text) = self { text } else { nil }
        }

        /// The value of a number.
        package var number: Double? {
            if case .number(let value, _) = self { value } else { nil }
        }

        /// The value for people: text without quotation marks, elements between commas.
        package var text: String {
            switch self {
            case .null: "none"
            case .boolean(let value): value ? "yes" : "no"
            case .number(_, let text): text
            case .string(let text): text
            case .array(let values): values.map(\.text).joined(separator: ", ")
            case .object(let fields):
                fields.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
                    .joined(separator: ", ")
            }
        }

        /// All values with their key paths, sorted by them; arrays of objects are numbered from 1,
        /// other arrays are one value.
        func flattened(_ path: String = "") -> [RunSetting] {
            func key(_ part: String) -> String { path.isEmpty ? part : path + "." + part }
            switch self {
            case .object(let fields) where !fields.isEmpty:
                return fields.sorted { $0.key < $1.key }.flatMap { $0.value.flattened(key($0.key)) }
            case .array(let values) where values.contains(where: \.isObject):
                return values.enumerated().flatMap { $0.element.flattened(key("\($0.offset + 1)")) }
            default:
                return [RunSetting(key: path, value: self)]
            }
        }

        private var isObject: Bool {
            if case .object = self { true } else { false }
        }
    }
}

extension RunSetting {
    /// The settings in a `config.json` under their names in recipes, options and the documentation.
    ///
    /// Nothing is left out: a value without such a name has its key path as its name, without the
    /// marks of the encoding.
    static func settings(of configuration: Value) -> [RunSetting] {
        let complete = withShards(withClassWeights(withPrecision(withImage(configuration))))
        let flat = complete.named("").flattened()
        return flat.map { RunSetting(key: name(of: $0.key), value: value(of: $0)) }
            .sorted { precedes($0.key, $1.key) }
    }

    /// The order in which settings are listed: the network, the data, then as recipes list them,
    /// then all others by their names.
    package static func precedes(_ one: String, _ other: String) -> Bool {
        (order[one] ?? order.count, one) < (order[other] ?? order.count, other)
    }

    private static let order: [String: Int] = {
        let first = [
            "network", "image", "classes", "class_names", "mean", "standard_deviation", "data",
            "data_name", "train_images", "validation_images", "validation_split", "limit", "seed",
            "recipe",
        ]
        return Dictionary(
            (first + TrainingSetting.all.map(\.name)).enumerated().map { ($1, $0) },
            uniquingKeysWith: { first, _ in first })
    }()

    /// The names of values by their places in `config.json`: those of the table of settings, and
    /// those of what is no setting, or is a part of one.
    private static let names: [String: String] = {
        let table = TrainingSetting.all.compactMap { setting in
            setting.place.map { ($0, setting.name) }
        }
        return Dictionary(table, uniquingKeysWith: { first, _ in first })
            .merging(otherNames, uniquingKeysWith: { name, _ in name })
    }()

    private static let otherNames = [
        "model.architecture": "network", "data.source": "data", "data.name": "data_name",
        "augmentation.random_resized_crop.ratio": "crop_ratio",
        "augmentation.random_erasing.scale": "erasing_scale",
        "augmentation.random_erasing.ratio": "erasing_ratio",
        "augmentation.policy.operations": "policy_operations",
        "augmentation.policy.magnitude": "policy_magnitude",
        "augmentation.color_jitter.brightness": "jitter_brightness",
        "augmentation.color_jitter.contrast": "jitter_contrast",
        "augmentation.color_jitter.saturation": "jitter_saturation",
        "augmentation.color_jitter.hue": "jitter_hue",
        "fine_tuning.sha256": "weights_sha256", "fine_tuning.has_new_head": "new_head",
        "version": "format_version",
        // Version 2 of the format.
        "practice.parts": "accumulation", "practice.decays_vectors": "decay_norm_and_bias",
        "practice.average_decay": "ema", "practice.maximum_gradient_norm": "clip_norm",
        "practice.resets_momentum_at_drops": "reset_momentum_at_drops",
        "practice.skips_last_partial_batch": "skip_last_partial_batch",
    ]

    /// The groups of `config.json` whose members are unique without them.
    private static let groups = [
        "data.files.", "data.", "model.", "optimizer.", "schedule.", "step_rules.", "practice.",
        "augmentation.",
        "fine_tuning.",
    ]

    private static func name(of path: String) -> String {
        if let name = names[path] { return name }
        return groups.first(where: path.hasPrefix).map { String(path.dropFirst($0.count)) } ?? path
    }

    /// A value as recipes write it.
    private static func value(of setting: RunSetting) -> Value {
        guard setting.key == "augmentation.random_resized_crop.scale",
            case .array(let bounds) = setting.value, bounds.count == 2, bounds[1].number == 1
        else { return setting.value }
        return bounds[0]
    }

    /// The configuration of an earlier version with the precision of all such runs, so that it is
    /// no difference from a new one.
    private static func withPrecision(_ configuration: Value) -> Value {
        guard case .object(var fields) = configuration, fields["precision"] == nil,
            let version = fields["version"]?.number,
            version < Double(TrainingConfiguration.versionWithPrecision)
        else { return configuration }
        fields["precision"] = .string(Precision.float32.rawValue)
        return .object(fields)
    }

    /// The configuration of an earlier version with the class weights and the sampler of all such
    /// runs, so that they are no differences from a new one.
    private static func withClassWeights(_ configuration: Value) -> Value {
        guard case .object(var fields) = configuration, let version = fields["version"]?.number,
            version < Double(TrainingConfiguration.versionWithClassWeights)
        else { return configuration }
        let usual = TrainingConfiguration.StepRules()
        for key in ["step_rules", "practice"] {
            guard case .object(var rules)? = fields[key] else { continue }
            rules["class_weights"] = .string(usual.classWeights.rawValue)
            rules["class_weight_beta"] = .number(
                usual.classWeightBeta, text: "\(usual.classWeightBeta)")
            rules["sampler"] = .string(usual.sampler.rawValue)
            fields[key] = .object(rules)
        }
        return .object(fields)
    }

    /// The configuration of an earlier version with one shard in the place of one part, which are
    /// the same.
    private static func withShards(_ configuration: Value) -> Value {
        guard case .object(var fields) = configuration, let version = fields["version"]?.number,
            version < Double(TrainingConfiguration.versionWithShards)
        else { return configuration }
        for (key, parts) in [("step_rules", "accumulation"), ("practice", "parts")] {
            guard case .object(var rules)? = fields[key] else { continue }
            if rules[parts]?.number == 1 { rules[parts] = nil }
            rules["shards"] = .number(1, text: "1")
            fields[key] = .object(rules)
        }
        return .object(fields)
    }

    /// The three numbers of an image's size as one setting.
    private static func withImage(_ configuration: Value) -> Value {
        guard case .object(var fields) = configuration, case .object(var model)? = fields["model"]
        else { return configuration }
        let parts = ["input_channels", "input_height", "input_width"]
        let extents = parts.compactMap { model[$0]?.number.flatMap { Int(exactly: $0) } }
        guard extents.count == parts.count else { return configuration }
        for part in parts { model[part] = nil }
        model["image"] = .string(extents.map(String.init).joined(separator: "x"))
        fields["model"] = .object(model)
        return .object(fields)
    }
}

extension RunSetting.Value {
    /// The names of the alternatives of a choice in recipes, by the key path of the choice.
    private static let alternatives: [String: [String: String]] = [
        "schedule.shape": [
            "one_cycle": "one-cycle", "steps": "steps", "cosine": "cosine", "plateau": "plateau",
            "constant": "constant",
        ],
        "augmentation.policy": ["trivial_augment_wide": "trivial", "rand_augment": "rand"],
    ]

    /// The value without the marks of its encoding: a choice, stored as one object with the
    /// alternative as its only key, becomes the alternative's name beside its fields, and fields
    /// that are called `_0` become those of what holds them.
    fileprivate func named(_ path: String) -> Self {
        guard case .object(let fields) = self else {
            guard case .array(let values) = self else { return self }
            return .array(values.map { $0.named(path) })
        }
        var result: [String: Self] = [:]
        func merge(_ fields: [String: Self]) {
            result.merge(fields, uniquingKeysWith: { _, last in last })
        }
        for (key, value) in fields {
            let place = path.isEmpty ? key : path + "." + key
            if let words = Self.alternatives[place], case .object(let choice) = value,
                let (name, content) = choice.first, choice.count == 1
            {
                let word = Self.string(words[name] ?? name)
                let inner = content.named(place)
                if place == "schedule.shape" {
                    result["schedule"] = word
                    if case .object(let fields) = inner { merge(fields) }
                } else if case .object(let fields) = inner, !fields.isEmpty {
                    result[key] = word
                    for (field, value) in fields { result[key + "." + field] = value }
                } else {
                    result[key] = word
                }
            } else if key == "color_jitter", let amount = value.commonJitter {
                result[key] = amount
            } else if key.first == "_", key.dropFirst().allSatisfy(\.isNumber) {
                let inner = value.named(path)
                if case .object(let fields) = inner { merge(fields) } else { result[key] = inner }
            } else {
                result[key] = value.named(place)
            }
        }
        return .object(result)
    }

    /// The one number of a recipe's `jitter`; nil where brightness, contrast and saturation differ,
    /// or the hue changes as well.
    private var commonJitter: Self? {
        guard case .object(let fields) = self, let amount = fields["brightness"],
            fields["contrast"] == amount, fields["saturation"] == amount,
            fields["hue"].map({ $0.number == 0 }) ?? true
        else { return nil }
        return amount
    }
}
