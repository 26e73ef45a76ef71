// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Testing
import WRNDatasets
import WRNImages
import WRNPlan
import WRNRuns

@testable import wrn

/// Every pair of a setting's option and another setting, and of two settings, is done or refused.
@Suite("Settings on the command line")
struct SettingPairTests {
    /// The setting that an option or `--set` gives, and the value that the run then has.
    private struct Given {
        let setting: TrainingSetting
        let arguments: [String]
        /// As ``settings(_:)`` has it; nil where it is part of other values.
        let expected: String?
    }

    private let images: LabelledImages

    init() throws {
        images = try LabelledImages(
            name: "noise", channels: 3, height: 16, width: 16,
            pixels: (0..<40 * 3 * 256).map { UInt8(truncatingIfNeeded: $0 * 7) },
            labels: (0..<40).map { $0 % 2 }, classNames: ["a", "b"])
    }

    /// Options that are parsed already, which takes most of the time, by their arguments.
    private final class Parsed {
        var options: [[String]: NewRunOptions] = [:]
    }

    private let parsed = Parsed()

    /// The settings of the run that these arguments give, or why they are refused.
    private func settings(_ arguments: [String]) -> Result<[String: String], any Error> {
        Result {
            var (options, settings): ([String], [String]) = ([], [])
            var epochs: Int?
            var rest = arguments[...]
            while let name = rest.popFirst() {
                switch name {
                case "--set": settings += [rest.popFirst()].compactMap(\.self)
                case "--epochs": epochs = rest.popFirst().flatMap { Int($0) }
                default: options.append(name)
                }
            }
            // A batch that the images fill.
            let hasBatch =
                options.contains("--batch") || settings.contains { $0.hasPrefix("batch=") }
            if !hasBatch { options += ["--batch", "8"] }
            var new = try parsed.options[options] ?? NewRunOptions.parse(options)
            parsed.options[options] = new
            new.settings = settings
            try new.validate()
            let configuration = try new.configuration(
                network: "wrn-10-1", source: "noise", epochs: epochs, train: images,
                validation: images)
            try configuration.validate()
            return Dictionary(
                configuration.settings.map { ($0.key, $0.value.text) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    /// A value of a setting that is no default, as `--set` takes it, and as the run has it.
    private static func example(
        _ setting: TrainingSetting
    ) -> (argument: String, expected: String?) {
        switch (setting.name, setting.values) {
        case ("drop_at_start_of_milestone", _): ("true", nil)
        case ("milestones", _): ("[3,7]", "3, 7")
        case ("crop_padding", _): ("3", "3")
        case ("cutout", _), ("patience", _), ("stop_patience", _): ("5", "5")
        case ("epochs", _): ("9", "9")
        case ("batch", _): ("6", "6")
        case ("nesterov", _), ("decay_norm_and_bias", _): ("false", "no")
        case ("normalize_filters", _): ("false", "no")
        case ("plain_epochs", _): ("2", "2")
        case ("validate_every", _): ("3", "3")
        case ("image_sizes", _): ("[8]", "8")
        case ("image_size_shares", _): ("[0.5]", "0.5")
        case ("lookahead_steps", _): ("7", "7")
        case (_, .flagOrWord(let words)): (words.last ?? "", words.last)
        case (_, .flag): ("true", "yes")
        case (_, .word(let words)): (words.last ?? "", words.last)
        case (_, .power): ("4", "4")
        case (_, .number), (_, .integer), (_, .epochs), (_, .rising), (_, .other):
            ("0.375", "0.375")
        }
    }

    /// The options that are needed for a setting to act.
    private static func stage(_ setting: TrainingSetting) -> [String] {
        switch setting.scope {
        case .optimizers(let names): ["--set", "optimizer=\(names[0].rawValue)"]
        case .schedules(let names): ["--set", "schedule=\(names[0].rawValue)"]
        case .earlyStopping: ["--set", "early_stopping=loss"]
        case .effectiveNumbers: ["--set", "class_weights=effective-number"]
        case .imageSizes: ["--set", "image_sizes=[8]"]
        case .lookahead: ["--set", "lookahead=0.5"]
        case .all, .augmentation, .fineTuning, .imageFiles: []
        }
    }

    private static let bySet = Recipe.settings.map { setting in
        let (argument, expected) = example(setting)
        return Given(
            setting: setting, arguments: ["--set", "\(setting.name)=\(argument)"],
            expected: expected)
    }

    private static let byOption = Recipe.settings.compactMap { setting -> Given? in
        guard let option = setting.option else { return nil }
        guard setting.name != "flip" else {
            return Given(setting: setting, arguments: [option], expected: "no")
        }
        let (argument, expected) = example(setting)
        return Given(setting: setting, arguments: [option, argument], expected: expected)
    }

    /// Whether a refusal is a sentence about one of two settings.
    private func isSentence(_ error: any Error, _ one: Given, _ other: Given) -> Bool {
        let text = NewRunOptions.message(for: error)
        return [one, other].contains { given in
            text.contains(given.setting.name) || given.arguments.contains { text.contains($0) }
                || given.setting.option.map(text.contains) == true
        }
    }

    @Test("alone are what the run has, by --set and by option")
    func alone() throws {
        for given in Self.bySet + Self.byOption {
            let result = settings(Self.stage(given.setting) + given.arguments)
            let found = try result.get()
            guard let expected = given.expected else { continue }
            #expect(found[given.setting.name] == expected, "\(given.arguments)")
        }
    }

    @Test("in pairs are both what the run has, or are refused with a sentence that names one")
    func pairs() throws {
        var (done, refused) = (0, 0)
        for (number, one) in (Self.bySet + Self.byOption).enumerated() {
            // Two by --set once, in either order.
            let others = number < Self.bySet.count ? Array(Self.bySet[..<number]) : Self.bySet
            for other in others where one.setting.name != other.setting.name {
                // The settings that make both act, where neither of them does.
                var stage: [String] = []
                for given in [one, other] {
                    let part = Self.stage(given.setting)
                    let key = part.last?.prefix { $0 != "=" }
                    let isSaid =
                        [one, other].contains { $0.setting.name == key ?? "" }
                        || stage.contains { $0.prefix { $0 != "=" } == key }
                    if !isSaid { stage += part }
                }
                let arguments = stage + one.arguments + other.arguments
                switch settings(arguments) {
                case .success(let found):
                    for given in [one, other] {
                        guard let expected = given.expected,
                            // The schedule and the milestones show the drop at the start.
                            given.setting.name != "milestones"
                                || !arguments.contains("drop_at_start_of_milestone=true")
                        else { continue }
                        #expect(found[given.setting.name] == expected, "\(arguments)")
                    }
                    done += 1
                case .failure(let error):
                    #expect(isSentence(error, one, other), "\(arguments): \(error)")
                    refused += 1
                }
            }
        }
        #expect(done > 800 && refused > 50, "\(done) done, \(refused) refused")
    }

    @Test("given twice are refused, whichever way", arguments: Recipe.settings.map(\.name))
    func twice(_ name: String) throws {
        let ways = (Self.bySet + Self.byOption).filter { $0.setting.name == name }
        for one in ways {
            for other in ways {
                // A parser takes the last of an option that is given twice.
                guard one.arguments[0] == "--set" || other.arguments[0] == "--set" else { continue }
                let result = settings(one.arguments + other.arguments)
                let error = #expect(throws: (any Error).self) { try result.get() }
                #expect(
                    error.map { NewRunOptions.message(for: $0) }?.contains(
                        "are the same setting, \(name); give one of them") == true)
            }
        }
    }

    @Test("of augmentation are done with each kind of it, or contradict it")
    func kinds() throws {
        let names =
            ["flip", "crop_padding", "crop_border", "crop_scale", "policy", "jitter"]
            + ["lighting", "erasing", "cutout", "mixup", "cutmix"]
        for kind in [["--no-augment"]]
            + AugmentationName.allCases.map({ ["--augment", $0.rawValue] })
        {
            for given in Self.bySet + Self.byOption where names.contains(given.setting.name) {
                let result = settings(kind + given.arguments)
                if given.setting.name == "crop_scale", kind != ["--augment", "crop"] {
                    let error = #expect(throws: (any Error).self) { try result.get() }
                    #expect(
                        error.map { NewRunOptions.message(for: $0) }?.contains(
                            "is of --augment crop, not of ")
                            == true)
                } else {
                    #expect(try result.get()[given.setting.name] == given.expected, "\(kind)")
                }
            }
        }
        #expect(throws: (any Error).self) {
            try settings(["--augment", "crop", "--set", "crop_scale=0"]).get()
        }
        // 0 means none, and a kind has none of its own.
        let none = try settings(["--augment", "standard", "--set", "mixup=0"]).get()
        #expect(none["mixup"] == nil && none["crop_padding"] == "2")
    }

    @Test("of a recipe stay beside a kind of augmentation, but for its crops")
    func kindWithRecipe() throws {
        let plain = try settings(["--recipe", "paper-imagenet"]).get()
        #expect(plain["crop_scale"] == "0.08" && plain["jitter"] == "0.4")
        let standard = try settings(["--recipe", "paper-imagenet", "--augment", "standard"]).get()
        #expect(standard["crop_scale"] == nil && standard["crop_padding"] == "2")
        #expect(standard["jitter"] == "0.4" && standard["lighting"] == "0.1")
        let none = try settings([
            "--recipe", "paper-imagenet", "--no-augment", "--set", "mixup=0.2",
        ]).get()
        #expect(none["jitter"] == nil && none["lighting"] == nil && none["mixup"] == "0.2")
    }

    @Test("have no effect with another optimizer or schedule, and are refused there")
    func withoutEffect() {
        for (arguments, sentence) in [
            (
                ["--set", "optimizer=adamw", "--momentum", "0.8"],
                "--momentum 0.8 has no effect: momentum acts with the optimizer sgd, muon only, and this run has adamw"
            ),
            (
                ["--set", "patience=3"],
                "--set patience=3 has no effect: patience acts with the schedule plateau only, and this run has steps"
            ),
            (
                ["--recipe", "modern", "--set", "milestones=[2]"],
                "acts with the schedule steps only, and this run has one-cycle"
            ),
            (
                ["--augment", "none", "--set", "plain_epochs=2"],
                "--set plain_epochs=2 has no effect: plain_epochs acts with augmentation, and this run has none"
            ),
            // Images that are only shifted, and then are not.
            (
                ["--set", "crop_padding=0", "--set", "plain_epochs=2"],
                "--set plain_epochs=2 has no effect: plain_epochs acts with augmentation"
            ),
        ] {
            let error = #expect(throws: (any Error).self) { try settings(arguments).get() }
            #expect(
                error.map { NewRunOptions.message(for: $0) }?.contains(sentence) == true,
                "\(arguments)")
        }
    }

    @Test("of plain epochs stand beside any augmentation, and in a recipe beside none")
    func plainEpochs() throws {
        let mixed = try settings([
            "--no-augment", "--set", "mixup=0.2", "--set", "plain_epochs=2",
        ]).get()
        #expect(mixed["plain_epochs"] == "2" && mixed["mixup"] == "0.2")
        let none = try settings(["--no-augment", "--set", "plain_epochs=0"]).get()
        #expect(none["plain_epochs"] == nil)
        let recipe = try settings([
            "--recipe", "thorough", "--no-augment", "--set", "image_sizes=[8]", "--set",
            "image_size_shares=[0.5]",
        ]).get()
        #expect(recipe["plain_epochs"] == "6" && recipe["policy"] == nil)
    }
}
