// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNEngine
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
import WRNTestSupport

@testable import WRNRuns

/// The tensors that a checkpoint holds beside the weights: each family is the run's, whole, or
/// refused.
@Suite("What a checkpoint holds of AdamW and averages")
struct CheckpointFamilyTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun
    private static let adamW = Optimizer.adamW(AdamW(learningRate: 0.01))
    private static let sgd = Optimizer.sgd(SGD(learningRate: 0.01))

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func configuration(
        _ optimizer: Optimizer, ema: Double? = 0.9
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", source: "bands", train: tiny.train, validation: tiny.test,
            epochs: 3,
            batch: 16, optimizer: optimizer, schedule: .constant, augmentation: Augmentation.none,
            stepRules: TrainingConfiguration.StepRules(ema: ema))
    }

    /// A checkpoint after two steps by these rules.
    private func checkpoint(_ configuration: TrainingConfiguration) throws -> Checkpoint {
        let graph = try configuration.model.graph()
        let session = try TrainingSession(
            graph: graph, tensors: try configuration.firstTensors(of: graph).tensors, batch: 2,
            seed: 1)
        var position = TrainingPosition()
        for step in 0..<2 {
            try session.step(
                images: [Float](repeating: 0.5, count: 162), labels: [0, 1], stepIndex: step,
                optimizer: configuration.optimizer)
            if let decay = configuration.stepRules.ema { session.average(decay: decay) }
            position.add(loss: 1, correct: 0, images: 16)
        }
        return Checkpoint(
            facts: Checkpoint.Facts(position: position, seed: configuration.seed),
            state: session.state())
    }

    /// What is read of a checkpoint that was written with `state`, by the run of a configuration.
    private func read(
        _ state: TrainingState, _ facts: Checkpoint.Facts, for configuration: TrainingConfiguration
    ) throws -> TrainingState {
        let file = temporary.path + "/checkpoint.safetensors"
        try Checkpoint(facts: facts, state: state).write(of: configuration.model, to: file)
        let graph = try configuration.model.graph()
        return try Checkpoint(readingFrom: file, for: configuration, graph: graph).state
    }

    private func refusal(
        _ state: TrainingState, _ facts: Checkpoint.Facts, for configuration: TrainingConfiguration
    ) -> String {
        let error = #expect(throws: TrainingError.self) {
            _ = try read(state, facts, for: configuration)
        }
        #expect(error?.code == .checkpointMismatch)
        return error?.message ?? ""
    }

    @Test("is read as it was written", arguments: [adamW, sgd], [nil, 0.9])
    func roundTrip(optimizer: Optimizer, ema: Double?) throws {
        let configuration = try configuration(optimizer, ema: ema)
        let checkpoint = try checkpoint(configuration)
        #expect(
            try read(checkpoint.state, checkpoint.facts, for: configuration) == checkpoint.state)
        #expect(checkpoint.state.averages.isEmpty == (ema == nil))
        #expect(checkpoint.state.secondMoments.isEmpty == (optimizer == Self.sgd))
    }

    @Test(
        "counts the steps of runs of any length", arguments: [1, 1 << 20, 1 << 24 | 1, 1 << 39 | 3])
    func largeCounts(count: Int) throws {
        let configuration = try configuration(Self.adamW)
        let checkpoint = try checkpoint(configuration)
        var state = checkpoint.state
        state.stepCounts = state.stepCounts.mapValues { _ in count }
        #expect(
            try read(state, checkpoint.facts, for: configuration).stepCounts == state.stepCounts)
    }

    @Test("is refused when a step's number is none", arguments: [-1, 0, 1 << 40])
    func refusesCounts(count: Int) throws {
        let configuration = try configuration(Self.adamW)
        let checkpoint = try checkpoint(configuration)
        var state = checkpoint.state
        state.stepCounts["bn.bias"] = count
        let message = refusal(state, checkpoint.facts, for: configuration)
        #expect(
            message.contains("expected the number of a parameter's steps, found ["), "\(message)")
    }

    @Test("is refused when a family lacks a tensor, or has one too many")
    func refusesNames() throws {
        let configuration = try configuration(Self.adamW)
        let checkpoint = try checkpoint(configuration)
        let whole = checkpoint.state
        func expectRefusal(_ words: String, _ change: (inout TrainingState) -> Void) {
            var state = whole
            change(&state)
            let message = refusal(state, checkpoint.facts, for: configuration)
            #expect(message.contains("expected \(words) for each of the"), "\(message)")
        }
        expectRefusal("a velocity") { $0.velocities["bn.bias"] = nil }
        expectRefusal("a second moment") { $0.secondMoments["bn.bias"] = nil }
        expectRefusal("a second moment") { $0.secondMoments = [:] }
        expectRefusal("a step count") { $0.stepCounts["bn.bias"] = nil }
        expectRefusal("an average") { $0.averages["bn.running_mean"] = nil }
        expectRefusal("an average") { $0.averages = [:] }
        expectRefusal("a velocity") { $0.velocities["other"] = whole.velocities["bn.bias"] }
        expectRefusal("an average") { $0.averages["other"] = whole.averages["bn.bias"] }
    }

    @Test("is refused by a run with another optimizer, or with no average")
    func refusesOtherRules() throws {
        let adamW = try configuration(Self.adamW, ema: nil)
        let sgd = try configuration(Self.sgd, ema: nil)
        let averaged = try configuration(Self.sgd)
        let (a, b, c) = (try checkpoint(adamW), try checkpoint(sgd), try checkpoint(averaged))
        #expect(
            refusal(a.state, a.facts, for: sgd).contains(
                "expected no second moments, found 26 that do not match"))
        #expect(
            refusal(b.state, b.facts, for: adamW).contains(
                "that the run has moved, found none: put"))
        #expect(refusal(b.state, b.facts, for: averaged).contains("expected an average for each"))
        #expect(refusal(c.state, c.facts, for: sgd).contains("expected no averages, found"))
    }
}
