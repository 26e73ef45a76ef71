// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNPlan
import WRNTestSupport
import WRNTraining

@testable import WRNRuns

/// Runs whose number of epochs was changed when they were resumed.
@Suite("The numbers of epochs that a run had before")
struct EarlierLengthsTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    enum Rule: String, CaseIterable {
        case constant, milestones, plateau, cosine, oneCycle, plainEpochs, growth, lookahead

        var followsFromLength: Bool {
            switch self {
            case .constant, .milestones, .plateau: false
            case .cosine, .oneCycle, .plainEpochs, .growth, .lookahead: true
            }
        }

        var schedule: LearningRateSchedule {
            switch self {
            case .milestones: .steps(milestones: [1], ratio: 0.2)
            case .plateau: .plateau()
            case .cosine: .cosine()
            case .oneCycle: .oneCycle()
            case .constant, .plainEpochs, .growth, .lookahead: .constant
            }
        }

        var stepRules: TrainingConfiguration.StepRules {
            switch self {
            case .plainEpochs: .init(plainEpochs: 1)
            case .growth: .init(growth: TrainingConfiguration.ImageGrowth(sizes: [6]))
            case .lookahead: .init(lookahead: TrainingConfiguration.Lookahead(decay: 0.5))
            case .constant, .milestones, .plateau, .cosine, .oneCycle: .init()
            }
        }
    }

    private func configuration(_ rule: Rule, epochs: Int) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", source: "bands", train: tiny.train, validation: tiny.test,
            epochs: epochs, batch: 16, seed: 7, optimizer: .sgd(SGD(learningRate: 0.05)),
            schedule: rule.schedule,
            augmentation: Augmentation(horizontalFlip: true, cropPadding: 2),
            stepRules: rule.stepRules)
    }

    /// Trains a new run of so many epochs.
    private func train(_ name: String, _ rule: Rule, epochs: Int) throws {
        let run = try RunDirectory.create(at: path(name), configuration(rule, epochs: epochs))
        try tiny.trainer(run).train()
    }

    private func lengthen(_ name: String, to epochs: Int) throws {
        let run = try RunDirectory.open(at: path(name))
        try run.setEpochs(epochs)
        try tiny.trainer(run).train()
    }

    private func lengths(_ name: String) throws -> [Int] {
        let run = try RunRecord(readingFrom: path(name))
        return try run.earlierLengths(of: run.trainingConfiguration())
    }

    @Test(
        "are listed where a longer run from the beginning has other weights, and only there",
        arguments: Rule.allCases)
    func rules(rule: Rule) throws {
        try train("whole", rule, epochs: 3)
        try train("a", rule, epochs: 2)
        #expect(try lengths("a").isEmpty)
        try lengthen("a", to: 3)
        #expect(try lengths("a") == (rule.followsFromLength ? [2] : []))
        #expect(try lengths("whole").isEmpty)
        let isSame =
            try temporary.bytes("a/model.safetensors") == temporary.bytes("whole/model.safetensors")
        #expect(isSame != rule.followsFromLength)
    }

    @Test("are listed where config.json was edited, and without lines that cannot be read")
    func editedByHand() throws {
        try train("a", .cosine, epochs: 2)
        var edited = try configuration(.cosine, epochs: 2)
        edited.epochs = 3
        try RunDirectory.write(edited, in: path("a"))
        #expect(try lengths("a") == [2])
        try temporary.write("{}\n", to: "a/processes.jsonl")
        #expect(try lengths("a").isEmpty)
        try temporary.remove("a/processes.jsonl")
        #expect(try lengths("a").isEmpty)
    }

    /// Of processes that began at these steps, with these numbers of epochs.
    private func lengths(
        _ lines: [(step: Int, epochs: Int?)], now epochs: Int, end: Int
    ) -> [Int] {
        let environment = RunEnvironment.current()
        let processes = lines.map { line in
            RunProcess(step: line.step, time: 0, epochs: line.epochs, environment: environment)
        }
        return processes.earlierLengths(than: epochs, before: end)
    }

    @Test("are those of the processes that took a step last")
    func processes() {
        #expect(lengths([], now: 4, end: 20).isEmpty)
        #expect(lengths([(0, 4), (7, 4)], now: 4, end: 20).isEmpty)
        #expect(lengths([(0, 3), (7, 3), (10, 4)], now: 4, end: 20) == [3])
        #expect(lengths([(0, 5), (10, 3), (15, 4)], now: 4, end: 20) == [3, 5])
        // Back from a damaged checkpoint, and to the beginning.
        #expect(lengths([(0, 3), (10, 4), (5, 4)], now: 4, end: 20) == [3])
        #expect(lengths([(0, 3), (10, 4), (0, 4)], now: 4, end: 20).isEmpty)
        // No process has trained since the change, or none has saved a step before it.
        #expect(lengths([(0, 3)], now: 4, end: 7) == [3])
        #expect(lengths([(0, 3)], now: 4, end: 0).isEmpty)
        #expect(lengths([(0, 4), (10, 3)], now: 4, end: 10).isEmpty)
        // Earlier versions did not record the number.
        #expect(lengths([(0, nil), (10, 4)], now: 4, end: 20).isEmpty)
    }
}
