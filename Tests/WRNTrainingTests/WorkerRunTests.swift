// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNPlan
import WRNRuns
import WRNTensor
import WRNTestSupport
import WRNTraining
import WRNWorkers

/// Runs whose shards are divided among workers, which are threads here.
@Suite("Runs that workers train together")
struct WorkerRunTests {
    private let temporary: TemporaryDirectory

    init() throws {
        temporary = try TemporaryDirectory()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    /// A run of eight shards with all that depends on the place of an image in its batch; the last
    /// batch has fewer images than shards.
    private func configuration(
        _ tiny: TinyRun, shards: Int = 8, precision: Precision = .float32
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", dropout: 0.2, source: "bands", train: tiny.train,
            validation: tiny.test, epochs: 2, batch: 16, seed: 7,
            optimizer: .sgd(SGD(learningRate: 0.05)), schedule: .cosine(warmupEpochs: 1),
            augmentation: Augmentation(
                horizontalFlip: true, cropPadding: 1, mixup: 0.4, cutmix: 1),
            stepRules: TrainingConfiguration.StepRules(
                labelSmoothing: 0.1, ema: 0.9, clipNorm: 1, shards: shards,
                classWeights: .balanced),
            precision: precision)
    }

    /// What the workers' trainers returned or threw, in the order of the workers.
    private typealias Outcomes = [Result<Trainer.Outcome, any Error>]

    /// Trains with workers, each on a thread, and waits for all.
    ///
    /// - Parameters:
    ///   - tiny: The images of a worker.
    ///   - configuration: That of a new run; nil to go on with the one that is there.
    ///   - limit: The step at which the last worker alone is asked to stop.
    private func train(
        _ name: String, workers: Int, threads: Int = 1,
        images tiny: @escaping @Sendable (_ rank: Int) throws -> TinyRun = { _ in
            try TinyRun()
        },
        _ configuration: TrainingConfiguration?, until limit: Int = .max
    ) throws -> Outcomes {
        let path = path(name)
        return try onWorkers(workers) { worker in
            let first =
                !worker.isFirst
                ? nil
                : try configuration.map { try RunDirectory.create(at: path, $0) }
                    ?? RunDirectory.open(at: path)
            let run = try RunDirectory.shared(first, in: worker)
            let tiny = try tiny(worker.rank)
            let trainer = try Trainer(
                run, train: tiny.train, validation: tiny.test,
                device: tiny.tested.device(threads: threads), environment: nil, group: worker)
            return try trainer.train(until: {
                worker.rank == workers - 1 && trainer.position.step >= limit
            })
        }
    }

    /// The files of a run that do not depend on the time.
    private func files(_ name: String) throws -> [Data] {
        try ["model.safetensors", "best.safetensors", "checkpoints/step-000000010.safetensors"]
            .map { try Data(contentsOf: URL(fileURLWithPath: path(name) + "/" + $0)) }
    }

    /// Trains on one process without a group.
    private func alone(
        _ name: String, _ configuration: TrainingConfiguration, _ tiny: TinyRun
    ) throws -> [Data] {
        let run = try RunDirectory.create(at: path(name), configuration)
        try Trainer(
            run, train: tiny.train, validation: tiny.test, device: tiny.tested.device()
        ).train()
        return try files(name)
    }

    @Test("have the bytes of one process on any number of workers and threads")
    func sameBytes() throws {
        let tiny = try TinyRun()
        let configuration = try configuration(tiny)
        let expected = try alone("alone", configuration, tiny)
        let results = try RunDirectory.open(at: path("alone")).records().map(\.result)
        for (workers, threads) in [(1, 2), (2, 1), (2, 2), (4, 1), (8, 1)] {
            let name = "workers-\(workers)-\(threads)"
            let outcomes = try train(name, workers: workers, threads: threads, configuration)
            for outcome in outcomes { #expect(try outcome.get() == .finished) }
            #expect(try files(name) == expected, "\(workers) workers of \(threads) threads")
            let records = try RunDirectory.open(at: path(name)).records()
            #expect(records.map(\.result) == results)
        }
    }

    @Test(
        "have the bytes of one process on every device",
        arguments: [TestedDevice.bfloat16, .reference])
    func devices(device: TestedDevice) throws {
        let tiny = try TinyRun(on: device)
        let configuration = try configuration(tiny, precision: device.precision)
        let expected = try alone("alone", configuration, tiny)
        let outcomes = try train(
            "workers", workers: 4, images: { _ in try TinyRun(on: device) }, configuration)
        for outcome in outcomes { #expect(try outcome.get() == .finished) }
        #expect(try files("workers") == expected)
    }

    @Test("stop together where one is asked to, and go on with another number of workers")
    func resumes() throws {
        let tiny = try TinyRun()
        let configuration = try configuration(tiny)
        let expected = try alone("alone", configuration, tiny)
        let first = try train("run", workers: 4, configuration, until: 2)
        // The request comes with the figures of the next step.
        for outcome in first { #expect(try outcome.get() == .stopped(step: 3)) }
        let second = try train("run", workers: 2, nil, until: 6)
        for outcome in second { #expect(try outcome.get() == .stopped(step: 7)) }
        do {
            let trainer = try Trainer(
                RunDirectory.open(at: path("run")), train: tiny.train, validation: tiny.test,
                device: .cpu(threads: 2))
            #expect(trainer.position.step == 7)
            try trainer.train(until: { trainer.position.step >= 9 })
        }
        let last = try train("run", workers: 8, nil)
        for outcome in last { #expect(try outcome.get() == .finished) }
        #expect(try files("run") == expected)
    }

    @Test("are refused where they have other images, before any step")
    func otherImages() throws {
        let configuration = try configuration(TinyRun())
        let outcomes = try train(
            "run", workers: 2,
            images: { rank in
                rank == 0 ? try TinyRun() : try TinyRun(seed: 5)
            }, configuration)
        for outcome in outcomes {
            let error = #expect(throws: WorkerError.self) { try outcome.get() }
            #expect(error?.code == .mismatch)
            let message = error?.message ?? ""
            #expect(
                message.hasPrefix(
                    "worker 1: expected the SHA-256 of the training images of worker 0, "),
                "\(message)")
        }
        #expect(!FileManager.default.fileExists(atPath: path("run/model.safetensors")))
    }

    @Test("are refused where they cannot divide the shards")
    func wrongCount() throws {
        let outcomes = try train(
            "run", workers: 4, configuration(TinyRun(), shards: 2))
        for outcome in outcomes {
            let error = #expect(throws: WorkerError.self) { try outcome.get() }
            #expect(
                error?.code == .invalidCount || error?.code == .lost, "\(String(describing: error))"
            )
        }
        let message =
            "the run has 2 shards, which 4 workers cannot divide: train it with 1, 2 workers, or "
            + "begin a run with more shards"
        #expect(outcomes.contains { "\($0)".contains(message) })
    }

    @Test("end together with the failure of one")
    func failure() throws {
        struct Unreadable: Error {}
        let outcomes = try train(
            "run", workers: 2,
            images: { rank in
                if rank == 1 { throw Unreadable() }
                return try TinyRun()
            }, configuration(TinyRun()))
        #expect(throws: WorkerError.self) { try outcomes[0].get() }
        #expect(throws: Unreadable.self) { try outcomes[1].get() }
    }
}
