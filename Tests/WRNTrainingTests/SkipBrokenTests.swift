// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNImages
import WRNModel
import WRNPlan
import WRNTestSupport
import WRNWorkers

@testable import WRNRuns
@testable import WRNTraining

/// Runs on folders in which some files are no images and are left out.
@Suite("Runs that leave broken files out")
struct SkipBrokenTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    /// The rules of a run.
    enum Rules: CaseIterable {
        /// SGD that begins anew in the second epoch.
        case sgd
        /// AdamW with averaged weights.
        case adamW
    }

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
        for (split, images) in [("train", tiny.train.prefix(30)), ("val", tiny.test.prefix(9))] {
            for index in 0..<images.count {
                let directory = "photos/\(split)/\(images.labels[index])"
                try FileManager.default.createDirectory(
                    atPath: path(directory), withIntermediateDirectories: true)
                let name = index < 10 ? "0\(index)" : "\(index)"
                try Data(images.fittedImage(at: index).png()).write(
                    to: URL(fileURLWithPath: path("\(directory)/\(name).png")))
            }
        }
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func images(_ split: Split) throws -> ImageFiles {
        try ImageFiles(
            path("photos"), split, options: ImageFileOptions(height: 9, width: 9, channels: 1))
    }

    private func breakFiles(_ indices: some Sequence<Int>, of split: Split = .train) throws {
        let images = try images(split)
        for index in indices {
            try Data("no image".utf8).write(to: URL(fileURLWithPath: images.title(of: index)))
        }
    }

    private func configuration(
        _ rules: Rules = .sgd, shards: Int = 1
    ) throws -> TrainingConfiguration {
        let (train, test) = try (images(.train), images(.validation))
        return try TrainingConfiguration(
            network: "wrn-10-0.25", source: "photos", train: train, validation: test, epochs: 3,
            batch: 8,
            seed: 7,
            optimizer: rules == .sgd
                ? .sgd(SGD(learningRate: 0.05)) : .adamW(AdamW(learningRate: 0.01)),
            schedule: .steps(milestones: [1], ratio: 0.5),
            augmentation: Augmentation(horizontalFlip: true, cropPadding: 1),
            stepRules: TrainingConfiguration.StepRules(
                ema: rules == .adamW ? 0.9 : nil, shards: shards,
                resetsMomentumAtDrops: rules == .sgd),
            skipsBroken: true)
    }

    private func trainer(_ run: RunDirectory) throws -> Trainer {
        try Trainer(
            run, train: images(.train), validation: images(.validation),
            device: .cpu(threads: 2))
    }

    /// Trains until so many steps are done, and lets the run go.
    private func stop(_ name: String, _ rules: Rules, afterStep step: Int) throws {
        let run = try RunDirectory.create(at: path(name), configuration(rules))
        let trainer = try trainer(run)
        let outcome = try trainer.train(until: { trainer.position.step >= step })
        #expect(outcome == .stopped(step: step))
    }

    /// The images of a batch.
    private func batch(_ index: Int, epoch: Int) throws -> [Int] {
        let configuration = try configuration()
        let sequence = try BatchSequence(
            images: images(.train),
            normalization: Normalization(
                mean: configuration.model.mean,
                standardDeviation: configuration.model.standardDeviation),
            batchSize: configuration.batch,
            order: .shuffled(seed: configuration.seed, epoch: epoch), seed: configuration.seed)
        return try sequence.batch(at: index).imageIndices
    }

    /// Which files are broken.
    enum Damage: CaseIterable {
        case one, seven, firstBatch, batchInTheMiddle, firstBatchAfterDrop, lastBatch
    }

    private func make(_ damage: Damage) throws {
        try breakFiles([4], of: .validation)
        switch damage {
        case .one: try breakFiles([11])
        case .seven: try breakFiles([0, 3, 8, 13, 21, 22, 29])
        case .firstBatch: try breakFiles(batch(0, epoch: 0))
        case .batchInTheMiddle: try breakFiles(batch(2, epoch: 1))
        case .firstBatchAfterDrop: try breakFiles(batch(0, epoch: 1))
        case .lastBatch: try breakFiles(batch(3, epoch: 2))
        }
    }

    @Test(
        "stopped at any step, end with the bytes and the record of one that was not",
        arguments: Damage.allCases, Rules.allCases)
    func resumesAnywhere(_ damage: Damage, _ rules: Rules) throws {
        try make(damage)
        let whole = try RunDirectory.create(at: path("whole"), configuration(rules))
        try trainer(whole).train()
        let records = try whole.records().map(\.result)
        #expect(records.allSatisfy { ($0.brokenFiles ?? 0) > 1 })
        for step in [1, 2, 3, 4, 5, 6, 9, 11] {
            try stop("parts\(step)", rules, afterStep: step)
            let open = try RunDirectory.open(at: path("parts\(step)"))
            try trainer(open).train()
            for name in ["model.safetensors", "checkpoints/step-000000012.safetensors"] {
                #expect(
                    try temporary.bytes("parts\(step)/" + name) == temporary.bytes("whole/" + name),
                    "\(step): \(name)")
            }
            #expect(try open.records().map(\.result) == records, "\(step)")
        }
    }

    @Test("have the bytes and the sentences of one process where workers divide their shards")
    func workers() throws {
        // Some of several shards, and a whole batch.
        try breakFiles([0, 3, 8, 13, 21, 22, 29] + batch(2, epoch: 1))
        try breakFiles([4], of: .validation)
        let configuration = try configuration(shards: 4)
        let place = temporary.path
        /// Trains, and collects the sentences about files that are left out.
        @Sendable func train(_ name: String, in group: any WorkerGroup) throws -> [String] {
            let first =
                group.isFirst ? try RunDirectory.create(at: place + "/" + name, configuration) : nil
            let run = try RunDirectory.shared(first, in: group)
            let options = ImageFileOptions(height: 9, width: 9, channels: 1)
            let trainer = try Trainer(
                run, train: ImageFiles(place + "/photos", .train, options: options),
                validation: ImageFiles(place + "/photos", .validation, options: options),
                device: .cpu(threads: 1), environment: nil, group: group)
            var sentences: [String] = []
            try trainer.train(report: { event in
                if case .leftOut(let errors) = event { sentences += errors.map { "\($0)" } }
            })
            return sentences
        }
        let alone = try train("alone", in: SoloWorker())
        #expect(alone.count >= 3 * 8)
        for outcome in try onWorkers(4, { try train("workers", in: $0) }) {
            #expect(try outcome.get() == alone)
        }
        for name in ["model.safetensors", "checkpoints/step-000000012.safetensors"] {
            #expect(
                try temporary.bytes("workers/" + name) == temporary.bytes("alone/" + name),
                "\(name)")
        }
        let records = try ["alone", "workers"].map { name in
            try RunDirectory.open(at: path(name)).records().map(\.result)
        }
        #expect(records[0] == records[1])
    }

    @Test("end with a sentence when no file is an image, and make no model of nothing")
    func allBroken() throws {
        let configuration = try configuration()
        try breakFiles(0..<30)
        let run = try RunDirectory.create(at: path("a"), configuration)
        let error = #expect(throws: TrainingError.self) { try trainer(run).train() }
        #expect(
            error?.message.hasPrefix(
                "photos: none of the 30 training images of epoch 1 can be read") == true)
        #expect(!temporary.stableContents.contains("a/model.safetensors"))
        for body in [
            { _ = try LearningRateFinder(steps: 10).find(configuration, train: images(.train)) },
            {
                _ = try OverfitCheck(images: 30).run(on: images(.train)) { _ in configuration }
            },
        ] {
            let error = #expect(throws: TrainingError.self) { try body() }
            #expect(
                error?.message.hasPrefix("photos: none of the 30 training images can be read")
                    == true)
        }
    }

    @Test("count the images that can be read when they are learnt by heart")
    func overfit() throws {
        let configuration = try configuration()
        // Two batches have fewer images than the others, and one has none.
        try breakFiles(
            batch(1, epoch: 0) + batch(2, epoch: 0).prefix(3) + batch(3, epoch: 0).prefix(1))
        var epochs: [Double] = []
        let result = try OverfitCheck(images: 30, epochs: 3).run(
            on: images(.train), configuration: { _ in configuration },
            progress: { _, _, accuracy in epochs.append(accuracy) })
        #expect(result.images == 30 - 8 - 3 - 1)
        #expect(epochs.count == result.epochs && result.epochs <= 3)
        #expect(epochs.allSatisfy { (0...1).contains($0) })
        #expect((result.accuracy * 18).rounded() == result.accuracy * 18)
    }
}
