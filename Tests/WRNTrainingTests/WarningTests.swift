// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNEngine
import WRNInference
import WRNModel
import WRNPlan
import WRNTensor
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("What is said before training, and of its first step")
struct WarningTests {
    private func warnings(
        side: Int, images: Int, batch: Int, stepRules: TrainingConfiguration.StepRules = .init()
    ) throws -> [String] {
        let set = try LabelledImages(
            name: "grey", channels: 1, height: side, width: side,
            pixels: (0..<images * side * side).map { UInt8(truncatingIfNeeded: $0 * 7) },
            labels: (0..<images).map { $0 % 2 }, classNames: ["a", "b"])
        let configuration = try TrainingConfiguration(
            network: "wrn-10-0.25", source: "grey", train: set, validation: set, epochs: 1,
            batch: batch, stepRules: stepRules)
        return configuration.warnings(for: try configuration.model.graph())
    }

    @Test("One value a channel in a batch normalisation is told, in all batches or in the last one")
    func oneValue() throws {
        // Images of 4 x 4 are 1 x 1 in the last group.
        let always = try warnings(side: 4, images: 6, batch: 1)
        #expect(always.count == 1)
        #expect(always[0].contains("sees one value a channel in every step"))
        let last = try warnings(side: 4, images: 9, batch: 4)
        #expect(last.count == 1)
        #expect(last[0].contains("in the last batch of each epoch"))
        #expect(last[0].contains("(skip_last_partial_batch)"))
        let shards = try warnings(side: 4, images: 8, batch: 4, stepRules: .init(shards: 4))
        #expect(shards.count == 1 && shards[0].contains("fewer shards"))
        let some = try warnings(side: 4, images: 6, batch: 6, stepRules: .init(shards: 4))
        #expect(some.count == 1 && some[0].contains("in a shard of one image"))
        let partial = try warnings(side: 4, images: 11, batch: 8, stepRules: .init(shards: 4))
        #expect(partial.count == 1 && partial[0].contains("in the last batch of each epoch"))
    }

    @Test("Two values or more, or a last batch that is left out, are nothing to tell")
    func enoughValues() throws {
        #expect(try warnings(side: 4, images: 8, batch: 4).isEmpty)
        #expect(try warnings(side: 4, images: 8, batch: 8, stepRules: .init(shards: 4)).isEmpty)
        #expect(try warnings(side: 4, images: 10, batch: 4).isEmpty)
        #expect(try warnings(side: 8, images: 9, batch: 1).isEmpty)
        #expect(
            try warnings(
                side: 4, images: 9, batch: 4, stepRules: .init(skipsLastPartialBatch: true)
            )
            .isEmpty)
    }

    @Test("A loss that is no number in the first step is not the learning rate's fault")
    func firstStep() throws {
        let tiny = try TinyRun()
        let configuration = try tiny.configuration()
        let graph = try configuration.model.graph()
        var tensors = Model.initialTensors(for: graph, seed: 1)
        let sound = configuration.firstStepProblem("the training loss became nan", tensors: tensors)
        #expect(sound.contains("in the first step, before any weight has moved"))
        #expect(sound.contains("all first weights are finite"))
        #expect(!sound.contains("lower learning rate"))
        let names = tensors.keys.sorted().prefix(2)
        for name in names {
            let old = try #require(tensors[name])
            tensors[name] = Tensor(shape: old.shape, repeating: .infinity)
        }
        let broken = configuration.firstStepProblem(
            "the training loss became nan", tensors: tensors)
        #expect(broken.contains("2 of the \(tensors.count) tensors that the run begins with hold"))
        #expect(broken.contains(names[0]))
    }

    @Test("Images that a normalisation makes endless end the first step with that advice")
    func endlessImages() throws {
        let tiny = try TinyRun()
        let usual = try tiny.configuration()
        let model = usual.model
        let configuration = TrainingConfiguration(
            model: ModelDescription(
                architecture: model.architecture, classes: model.classes, dropout: model.dropout,
                inputChannels: 1, inputHeight: model.inputHeight, inputWidth: model.inputWidth,
                classNames: model.classNames, mean: [0], standardDeviation: [1e-38]),
            data: usual.data, epochs: 1, batch: 16)
        let temporary = try TemporaryDirectory()
        let run = try RunDirectory.create(at: temporary.path + "/run", configuration)
        let trainer = try Trainer(
            run, train: tiny.train, validation: tiny.test, device: .cpu(threads: 1))
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.code == .diverged)
        #expect(error?.message.contains("before any weight has moved") == true)
        #expect(error?.message.contains("deviations 1e-38") == true)
    }
}
