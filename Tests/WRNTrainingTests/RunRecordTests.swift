// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("Reading a run")
struct RunRecordTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func damage(_ text: String) throws -> String {
        if temporary.stableContents.isEmpty {
            _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        }
        try temporary.write(text, to: "a/config.json")
        let error = #expect(throws: TrainingError.self) {
            try RunRecord(readingFrom: path("a"))
        }
        #expect(error?.code == .damagedRun)
        return error?.message ?? ""
    }

    @Test("Tells what was trained, how far, and how well")
    func tells() throws {
        let records = try tiny.finish(at: path("a"))
        let run = try RunRecord(readingFrom: path("a"))
        #expect(run.network == "wrn-10-0.25")
        #expect(run.source == "bands")
        #expect((run.epochs, run.seed) == (3, "7"))
        #expect(run.records == records)
        #expect(run.state == .finished)
        #expect(run.last == records.last)
        #expect(run.best?.validationAccuracy == records.compactMap(\.validationAccuracy).max())
        #expect(run.seconds == records.map(\.seconds).reduce(0, +))
        #expect(run.hasModel)
        #expect(try run.trainingConfiguration().withoutEnvironment == tiny.configuration())
    }

    @Test(
        "Shows every value of the configuration under the name that recipes and options have for it"
    )
    func settings() throws {
        _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        let settings = try RunRecord(readingFrom: path("a")).settings
        let texts = Dictionary(uniqueKeysWithValues: settings.map { ($0.key, $0.value.text) })
        #expect(settings.map(\.key) == settings.map(\.key).sorted(by: RunSetting.precedes))
        #expect(settings.first?.key == "network" && texts["network"] == "wrn-10-0.25")
        #expect(texts["batch"] == "16" && texts["image"] == "1x9x9")
        #expect(texts["class_names"] == "band 0, band 1, band 2")
        #expect(texts["learning_rate"] == "0.05" && texts["nesterov"] == "yes")
        #expect(texts["schedule"] == "cosine" && texts["floor"] == "0")
        #expect(texts["warmup_epochs"] == "1" && texts["dropout"] == "0.2")
        #expect(texts["flip"] == "yes" && texts["crop_padding"] == "1")
    }

    @Test("Has no marks of an encoding in the names, and every setting of a recipe under its name")
    func settingNames() throws {
        var recipe = Recipe(name: "all")
        let images = try TinyImages.make(count: 20, seed: 1)
        for (key, value) in [
            ("optimizer", SettingValue.text("sgd")), ("momentum", .number(0.8)),
            ("dampening", .number(0.1)), ("weight_decay", .number(0.001)),
            ("decay_norm_and_bias", .flag(false)), ("warmup_epochs", .number(1)),
            ("reset_momentum_at_drops", .flag(true)), ("skip_last_partial_batch", .flag(true)),
            ("label_smoothing", .number(0.1)), ("ema", .number(0.9)), ("clip_norm", .number(2)),
            ("shards", .number(2)), ("flip", .flag(true)), ("crop_padding", .number(1)),
            ("crop_scale", .number(0.5)), ("policy", .text("rand")), ("jitter", .number(0.4)),
            ("erasing", .number(0.25)), ("cutout", .number(2)), ("mixup", .number(0.2)),
        ] { try recipe.set(key, value, file: "test") }
        let schedules: [[(String, SettingValue)]] = [
            [("schedule", .text("constant"))],
            [
                ("schedule", .text("steps")), ("milestones", .list([1, 2])),
                ("ratio", .number(0.3)),
            ],
            [("schedule", .text("cosine")), ("floor", .number(0.1))],
            [
                ("schedule", .text("one-cycle")), ("warmup_epochs", .number(0)),
                ("peak", .number(0.4)), ("start_divisor", .number(20)),
                ("end_divisor", .number(100)), ("course", .text("linear")),
            ],
            [
                ("schedule", .text("plateau")), ("ratio", .number(0.5)), ("patience", .number(3)),
                ("threshold", .number(0.01)),
            ],
        ]
        for (number, settings) in schedules.enumerated() {
            var recipe = recipe
            for (key, value) in settings { try recipe.set(key, value, file: "test") }
            let configuration = try TrainingConfiguration(
                network: "wrn-10-0.25", source: "bands", train: images, validation: images,
                epochs: 3, batch: 16, optimizer: recipe.optimizer(),
                schedule: recipe.schedule(epochs: 3, of: 3),
                augmentation: recipe.augmentation(.none), stepRules: recipe.stepRules)
            _ = try RunDirectory.create(at: path("\(number)"), configuration)
            let record = try RunRecord(readingFrom: path("\(number)"))
            let texts = Dictionary(
                uniqueKeysWithValues: record.settings.map { ($0.key, $0.value.text) })
            for key in texts.keys {
                #expect(!key.contains("_0") && !key.contains("shape"), "\(key)")
                #expect(
                    ![
                        "schedule.", "optimizer.", "practice.", "step_rules.", "augmentation.",
                        "model.", "data.",
                    ].contains(where: key.hasPrefix), "\(key)")
            }
            for setting in Recipe.settings {
                guard let value = setting.value(in: recipe) else { continue }
                let text = try #require(texts[setting.name], "\(setting.name)")
                let expected =
                    switch value {
                    case .flag(let flag): flag ? "yes" : "no"
                    case .text(let text): text
                    case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
                    case .list(let numbers): numbers.map { "\(Int($0))" }.joined(separator: ", ")
                    }
                #expect(text == expected, "\(setting.name)")
            }
        }
    }

    @Test("Changes nothing, and needs no lock")
    func changesNothing() throws {
        try tiny.finish(at: path("a"))
        try temporary.write("half", to: "a/checkpoints/.wrn-1.tmp")
        let whole = try temporary.bytes("a/metrics.jsonl")
        try temporary.write(
            String(decoding: whole, as: UTF8.self) + "{\"epo", to: "a/metrics.jsonl")
        let before = temporary.stableContents
        let lock = try DirectoryLock(path("a"))
        let run = try RunRecord(readingFrom: path("a"))
        withExtendedLifetime(lock) {}
        #expect(run.records.count == 3)
        #expect(temporary.stableContents == before)
        #expect(try temporary.bytes("a/metrics.jsonl").count == whole.count + 5)
    }

    @Test("Knows whether a process trains in the directory, also after it was asked")
    func knowsState() throws {
        var run: RunDirectory? = try RunDirectory.create(at: path("a"), tiny.configuration())
        #expect(try RunRecord(readingFrom: path("a")).state == .training)
        #expect(run?.path == path("a"))
        run = nil
        #expect(try RunRecord(readingFrom: path("a")).state == .stopped)
        #expect(!(try RunRecord(readingFrom: path("a")).hasModel))
        #expect(throws: Never.self) { try RunDirectory.open(at: path("a")) }
    }

    @Test("Knows of a model after which epoch it was saved, and is finished once that is the last")
    func unsavedEpoch() throws {
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        try tiny.trainer(run).train { event in
            guard case .epoch(let record) = event, record.epoch == 2 else { return }
            #expect(throws: Never.self) { try temporary.copy("a", to: "b") }
        }
        func epoch(_ name: String) throws -> Int? {
            let record = try RunRecord(readingFrom: path(name))
            guard case .epoch(let epoch) = record.moment(ofModelAt: record.modelFile) else {
                return nil
            }
            return epoch.epoch
        }
        #expect(try RunRecord(readingFrom: path("a")).state == .finished)
        #expect(try epoch("a") == 3)
        // The line of the last epoch without its checkpoint and its model.
        let lines = try temporary.bytes("a/metrics.jsonl")
        try temporary.write(String(decoding: lines, as: UTF8.self), to: "b/metrics.jsonl")
        let unsaved = try RunRecord(readingFrom: path("b"))
        #expect(unsaved.records.count == 3 && unsaved.state == .stopped)
        #expect(try epoch("b") == 2)
        // Of a run without checkpoints only the record says how far it is.
        try temporary.remove("a/checkpoints")
        #expect(try RunRecord(readingFrom: path("a")).state == .finished)
        #expect(try epoch("a") == 3)
        try temporary.remove("b/checkpoints")
        #expect(try RunRecord(readingFrom: path("b")).state == .finished)
    }

    @Test("Knows of a model that it was saved in the middle of an epoch")
    func middle() throws {
        for (name, stop, expected) in [("a", 7, 2), ("b", 13, 3)] {
            let run = try RunDirectory.create(at: path(name), tiny.configuration())
            var steps = 0
            try tiny.trainer(run).train(
                report: { if case .step = $0 { steps += 1 } }, until: { steps == stop })
            let record = try RunRecord(readingFrom: path(name))
            guard case .middle(ofEpoch: let epoch) = record.moment(ofModelAt: record.modelFile)
            else {
                Issue.record("expected a model of the middle of epoch \(expected)")
                continue
            }
            #expect(epoch == expected)
        }
    }

    @Test("Says what a damaged configuration lacks")
    func damages() throws {
        #expect(
            try damage("{").contains("a/config.json: expected JSON with the fields of a run"))
        #expect(
            try damage(#"{"model": {}}"#).contains(
                "expected the field model.architecture, found none"))
    }

    @Test("Says what a configuration has in place of a number")
    func wrongKind() throws {
        let start = #"{"model":{"architecture":"wrn-10-1"},"data":{"source":"x"},"#
        for (fields, words) in [
            (#""seed":1,"epochs":"many"}"#, #"expected a whole number as epochs, found "many";"#),
            (#""seed":"1","epochs":2}"#, #"expected a number as seed, found "1";"#),
        ] {
            let message = try damage(start + fields)
            #expect(message.contains(words), "\(message)")
        }
    }

    @Test("Finds runs up to three levels down, also inside of a run")
    func finds() throws {
        for name in ["x/1", "x/1/inner", "x/y/2", "x/y/z/3", "x/y/z/w/4", ".hidden"] {
            _ = try RunDirectory.create(at: path(name), tiny.configuration())
        }
        // Neither a configuration of another program nor a link is a run inside of one.
        try FileManager.default.createDirectory(
            atPath: path("x/1/exported"), withIntermediateDirectories: false)
        try temporary.write("{}", to: "x/1/exported/config.json")
        try FileManager.default.createSymbolicLink(
            atPath: path("x/1/link"), withDestinationPath: path("x/y/2"))
        #expect(
            try RunRecord.directories(in: temporary.path)
                == ["x/1", "x/1/inner", "x/y/2"].map(path))
        #expect(
            try RunRecord.directories(in: path("x"))
                == ["x/1", "x/1/inner", "x/y/2", "x/y/z/3"].map(path))
        #expect(try RunRecord.directories(in: path("x/1")) == ["x/1", "x/1/inner"].map(path))
        let error = #expect(throws: TrainingError.self) {
            try RunRecord.directories(in: path("none"))
        }
        #expect(error?.code == .noRun)
    }

    @Test("Finds a run once that several paths lead to, by the path with the fewest links")
    func findsOnce() throws {
        for name in ["x/b", "x/y/c", "x/y/c/inner", "x/deep/er/and/d", "far/away/e"] {
            _ = try RunDirectory.create(at: path(name), tiny.configuration())
        }
        // To its own directory, to the one above, to runs, to what is too deep without it, and
        // elsewhere.
        for (link, target) in [
            ("x/a", "x"), ("x/y/up", "x"), ("x/all", "x/y"), ("x/latest", "x/y/c"),
            ("x/inner", "x/y/c/inner"), ("x/short", "x/deep/er"), ("x/y/elsewhere", "far/away"),
        ] {
            try FileManager.default.createSymbolicLink(
                atPath: path(link), withDestinationPath: path(target))
        }
        #expect(
            try RunRecord.directories(in: path("x"))
                == ["x/b", "x/short/and/d", "x/y/c", "x/y/c/inner", "x/y/elsewhere/e"].map(path))
        #expect(
            try RunRecord.directories(in: path("x"), depth: 1)
                == ["x/b", "x/inner", "x/latest"].map(path))
    }
}
