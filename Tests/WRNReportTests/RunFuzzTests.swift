// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNFiles
import WRNInference
import WRNPlan
import WRNRandom
import WRNReport
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

/// Directories of runs whose files are changed at random: they are listed, compared, opened and
/// reported, or refused with a sentence, and never end the process.
@Suite("Fuzz: directories of runs", .serialized)
struct RunFuzzTests {
    /// A tenth of the rounds of other readers, because each round writes files.
    private static let rounds = max(Fuzz.rounds / 10, 1)

    /// What an edit puts in the place of a value of JSON.
    private static let values = [
        "-1", "0", "1e308", "-1e308", "9223372036854775807", "-9223372036854775808",
        "18446744073709551615", "1e999", "1e-320", "0.5", "null", "true", "\"\"", "\"\\u0000\"",
        "[]", "{}", "[1e308]", "65536", "4294967296", "\"\\u001b[2J\"", "2147483649",
    ]

    private let directory: URL
    private let images: (train: LabelledImages, test: LabelledImages)

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        func make(_ count: Int) throws -> LabelledImages {
            try LabelledImages(
                name: "noise", channels: 1, height: 8, width: 8,
                pixels: (0..<count * 64).map { UInt8(truncatingIfNeeded: $0 &* 37 / 5) },
                labels: (0..<count).map { $0 % 2 }, classNames: ["a", "b"])
        }
        images = (try make(12), try make(6))
    }

    private func url(_ name: String) -> URL { directory.appendingPathComponent(name) }

    private func remove() { try? FileManager.default.removeItem(at: directory) }

    /// A run of three epochs, of which two are complete, and a part of the third.
    private func makeRun() throws {
        let configuration = try TrainingConfiguration(
            network: "wrn-10-0.25", source: "noise", train: images.train, validation: images.test,
            epochs: 3, batch: 4, schedule: .cosine(warmupEpochs: 1),
            augmentation: Augmentation(horizontalFlip: true, cropPadding: 1))
        let run = try RunDirectory.create(at: url("whole").path, configuration)
        let trainer = try trainer(run)
        try trainer.train(until: { trainer.position.step >= 7 })
    }

    private func trainer(_ run: RunDirectory) throws -> Trainer {
        try Trainer(
            run, train: images.train, validation: images.test, device: .cpu(threads: 1)
        )
    }

    /// All that reads a run.
    ///
    /// What a reader refuses must be one sentence.
    private func readAll(_ path: String, _ comment: String) -> (read: Int, refused: Int) {
        var (read, refused) = (0, 0)
        func attempt(_ body: () throws -> Void) {
            do {
                try body()
                read += 1
            } catch {
                refused += 1
                let text = "\(error)"
                #expect(!text.isEmpty && text.count < 20_000, "\(comment): \(text.prefix(200))")
            }
        }
        attempt {
            let run = try RunRecord(readingFrom: path)
            _ = (run.settings, run.best, run.last, run.seconds, run.hasModel)
            _ = try RunReport(run, findings: nil).html
        }
        attempt { _ = try RunRecord(readingFrom: path).trainingConfiguration().fileOptions }
        attempt { _ = try Classifier(contentsOf: path, device: .cpu(threads: 1)) }
        attempt {
            let run = try RunDirectory.open(at: path)
            _ = try? run.processes()
            try? run.setEpochs(3)
            _ = try trainer(run)
        }
        return (read, refused)
    }

    /// Changes a few bytes, or one value of JSON.
    private func changed(_ bytes: [UInt8], _ stream: RandomStream) -> [UInt8] {
        var bytes = bytes
        guard !bytes.isEmpty else { return [UInt8(ascii: "{")] }
        let colons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") }
        let ends: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "}")]
        if !colons.isEmpty, stream.integer(at: 0, below: 4) > 0 {
            let start = colons[stream.integer(at: 1, below: colons.count)] + 1
            let end = bytes[start...].firstIndex(where: ends.contains) ?? bytes.count
            let value = Self.values[stream.integer(at: 2, below: Self.values.count)]
            bytes.replaceSubrange(start..<end, with: value.utf8)
            return bytes
        }
        for change in 0...stream.integer(at: 3, below: 3) where !bytes.isEmpty {
            let place = stream.integer(at: 10 * change + 4, below: bytes.count)
            let length = min(
                stream.integer(at: 10 * change + 5, below: 60) + 1, bytes.count - place)
            switch stream.integer(at: 10 * change + 6, below: 6) {
            case 0, 1: bytes[place] ^= 1 << UInt8(stream.integer(at: 10 * change + 7, below: 8))
            case 2:
                bytes[place] = UInt8(
                    truncatingIfNeeded: stream.integer(at: 10 * change + 7, below: 256))
            case 3: bytes.removeSubrange(place..<place + length)
            case 4: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test("each file of a run, changed at random, is read or refused, and never ends the process")
    func changedFiles() throws {
        defer { remove() }
        try makeRun()
        let names = (FileManager.default.subpaths(atPath: url("whole").path) ?? []).sorted().filter
        {
            var isDirectory: ObjCBool = false
            let path = url("whole/" + $0).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }
        let texts = ["config.json", "metrics.jsonl", "processes.jsonl"]
        #expect(names.count >= 9 && texts.allSatisfy(names.contains))
        var (read, refused) = (0, 0)
        for round in 0..<Self.rounds {
            let stream = RandomStream(seed: Fuzz.seed, purpose: .augmentation, item: round)
            try? FileManager.default.removeItem(at: url("a"))
            try FileManager.default.copyItem(at: url("whole"), to: url("a"))
            // Every second change is of a file of text, which people edit.
            let choice = stream.integer(at: 100, below: 2) == 0 ? texts : names
            let name = choice[stream.integer(at: 101, below: choice.count)]
            let bytes = changed([UInt8](try Data(contentsOf: url("a/" + name))), stream)
            try Data(bytes).write(to: url("a/" + name))
            if name.hasSuffix(".safetensors"), stream.integer(at: 102, below: 2) == 0 {
                // With a digest of its own, so that the readers behind it are reached.
                let digest = FileDigest.sha256(of: bytes)
                let file = (name as NSString).lastPathComponent
                try Data("\(digest)  \(file)\n".utf8).write(to: url("a/\(name).sha256"))
            }
            let result = readAll(url("a").path, "seed \(Fuzz.seed), round \(round), \(name)")
            read += result.read
            refused += result.refused
        }
        // The changes are worth something only when some get through and some do not.
        #expect(read > 0 && refused > 0)
    }

    @Test("recipes, changed at random, are read or refused, and give schedules of any length")
    func changedRecipes() throws {
        defer { remove() }
        var (read, refused) = (0, 0)
        for round in 0..<Self.rounds * 10 {
            let stream = RandomStream(seed: Fuzz.seed, purpose: .shuffling, item: round)
            let recipe = Recipe.builtIn[stream.integer(at: 200, below: Recipe.builtIn.count)]
            let bytes = changed(Array(recipe.json.utf8), stream)
            do {
                let found = try Recipe(name: "a", json: Data(bytes), file: "a.json")
                for (epochs, whole) in [(1, 1_000_000), (1_000_000, 1), (200, 200)] {
                    _ = found.schedule(epochs: epochs, of: found.epochs ?? whole)
                }
                _ = (found.optimizer(), found.stepRules, found.augmentation(.standard), found.json)
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(read > 0 && refused > 0)
    }

    @Test("the file of a tuning, changed at random, is read or refused, and its trials are ranked")
    func changedTunings() throws {
        defer { remove() }
        let request = TuningPlan.Request(
            network: "wrn-10-0.25", data: "noise", weights: nil,
            choices: ["learning_rate=0.01,0.1", "nesterov=true,false"], trials: nil, epochs: 4,
            minutes: nil, factor: 2, metric: .accuracy, seed: 1)
        let plan = TuningPlan(
            request, halving: SuccessiveHalving(trials: 4, epochs: 4, factor: 2), fold: nil,
            settings: try SettingChoice.trials(
                request.choices.map { try SettingChoice($0, source: "--try") }, count: nil, seed: 1,
                source: "--try"))
        _ = try TuningDirectory.create(at: url("tuning").path, plan)
        let file = url("tuning/" + TuningDirectory.planName)
        let whole = [UInt8](try Data(contentsOf: file))
        var (read, refused) = (0, 0)
        for round in 0..<Self.rounds * 10 {
            let stream = RandomStream(seed: Fuzz.seed, purpose: .dropout, item: round)
            try Data(changed(whole, stream)).write(to: file)
            do {
                let found = try #require(try TuningDirectory.open(at: url("tuning").path, request))
                #expect(found.results().count == 4)
                #expect(Set(found.plan.trials.map(found.run(of:))).count == 4)
                try found.fail(found.plan.trials[3], "the loss exploded")
                read += 1
            } catch let error as TrainingError {
                refused += 1
                #expect(!error.message.isEmpty && error.message.count < 20_000)
            }
        }
        #expect(read > 0 && refused > 0)
    }

    @Test("names of files that only look like a run's are passed over")
    func strangeNames() throws {
        defer { remove() }
        try makeRun()
        for name in [
            "events.out.tfevents.9223372036854775807.host.wrn", "events.out.tfevents.-1.wrn",
            "checkpoints/step-9223372036854775807.safetensors",
            "checkpoints/step--00000001.safetensors",
            "checkpoints/step-000000007.safetensors.sha256.damaged",
            "checkpoints/step-.safetensors",
        ] {
            try Data("{".utf8).write(to: url("whole/" + name))
        }
        let run = try RunDirectory.open(at: url("whole").path)
        let trainer = try trainer(run)
        #expect(trainer.position.step == 7)
        #expect(try trainer.train() == .finished)
    }
}
