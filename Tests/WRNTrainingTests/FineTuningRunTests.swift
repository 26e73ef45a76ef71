// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNInference
import WRNModel
import WRNPlan
import WRNReference
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("Fine-tuning runs")
struct FineTuningRunTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun
    /// Images of four classes, of which the weights have three.
    let train: LabelledImages
    let test: LabelledImages

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
        train = try TinyImages.make(count: 70, seed: 3, classes: 4)
        test = try TinyImages.make(count: 30, seed: 4, classes: 4)
        try tiny.finish(at: temporary.path + "/base")
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func configuration(
        of images: (train: LabelledImages, test: LabelledImages)? = nil,
        _ change: (inout TrainingConfiguration.FineTuning) -> Void = { _ in }
    ) throws -> TrainingConfiguration {
        let images = images ?? (train, test)
        let pretrained = try PretrainedModel(contentsOf: path("base"))
        var fineTuning = TrainingConfiguration.FineTuning(
            weights: pretrained.source, sha256: try pretrained.sha256(),
            hasNewHead: !pretrained.hasClasses(images.train.classNames), headFactor: 10)
        change(&fineTuning)
        return try TrainingConfiguration(
            pretrained, fineTuning: fineTuning, source: "bands", train: images.train,
            validation: images.test, epochs: 3, batch: 16, seed: 7,
            optimizer: .sgd(SGD(learningRate: 0.01)),
            schedule: .cosine(warmupEpochs: 1),
            augmentation: Augmentation(horizontalFlip: true, cropPadding: 1))
    }

    private func trainer(
        _ run: RunDirectory, threads: Int = 1, on device: TestedDevice = .cpu
    ) throws -> Trainer {
        try Trainer(
            run, train: train, validation: test, device: device.device(threads: threads))
    }

    @discardableResult
    private func finish(
        _ name: String, _ configuration: TrainingConfiguration, on device: TestedDevice = .cpu
    ) throws -> Model {
        let run = try RunDirectory.create(at: path(name), configuration.computing(on: device))
        try trainer(run, on: device).train()
        return try model(name)
    }

    private func model(_ name: String) throws -> Model {
        try Model(readingFrom: path(name) + "/model.safetensors") {
            try $0.graph()
        }
    }

    private static func changeAll(_ fineTuning: inout TrainingConfiguration.FineTuning) {
        fineTuning.freeze = "group0"
        fineTuning.layerDecay = 0.7
        fineTuning.headOnlyEpochs = 1
    }

    @Test(
        "A run that is stopped and resumed ends with the same bytes, in and after the head's epochs",
        arguments: [0, 1, 4, 5, 6, 10, 14])
    func resumesAnywhere(step: Int) throws {
        try expectSameEnd(afterStep: step, on: .cpu)
    }

    @Test("So it does in bfloat16", arguments: [1, 4, 6])
    func resumesBFloat16(step: Int) throws {
        try expectSameEnd(afterStep: step, on: .bfloat16)
    }

    @Test("So it does on the reference", arguments: [4, 6])
    func resumesReference(step: Int) throws {
        try expectSameEnd(afterStep: step, on: .reference)
    }

    private func expectSameEnd(afterStep step: Int, on device: TestedDevice) throws {
        let configuration = try configuration(Self.changeAll).computing(on: device)
        try finish("whole", configuration, on: device)
        let run = try RunDirectory.create(at: path("parts"), configuration)
        let first = try trainer(run, on: device)
        #expect(try first.train(until: { first.position.step >= step }) == .stopped(step: step))
        try temporary.copy("parts", to: "rest")
        // What the checkpoint holds is enough: the weights that the run began from may be gone.
        try temporary.remove("base")
        try trainer(RunDirectory.open(at: path("rest")), threads: 2, on: device).train()
        for name in ["model.safetensors", TinyRun.lastCheckpoint] {
            #expect(
                try temporary.bytes("whole/" + name) == temporary.bytes("rest/" + name), "\(name)")
        }
    }

    @Test("A run that is killed before its first checkpoint begins from the same weights again")
    func restarts() throws {
        let configuration = try configuration()
        try finish("whole", configuration)
        _ = try RunDirectory.create(at: path("a"), configuration)
        try trainer(RunDirectory.open(at: path("a"))).train()
        #expect(
            try temporary.bytes("whole/model.safetensors")
                == temporary.bytes("a/model.safetensors"))
        _ = try RunDirectory.create(at: path("b"), configuration)
        try temporary.copy("whole/model.safetensors", to: "base/model.safetensors")
        let run = try RunDirectory.open(at: path("b"))
        let error = #expect(throws: TrainingError.self) { _ = try trainer(run) }
        #expect(error?.code == .weightsMismatch)
    }

    @Test(
        "Frozen stages keep the bits of the weights, and so do statistics that are frozen",
        arguments: TestedDevice.allCases)
    func freezes(device: TestedDevice) throws {
        let base = try model("base")
        let tuned = try finish(
            "tuned",
            configuration {
                $0.freeze = "group1"
                $0.frozenStatistics = true
            }, on: device)
        let moving = try finish(
            "moving", configuration { $0.freeze = "group1" }, on: device)
        for (name, tensor) in base.tensors {
            let isFrozen =
                ["conv0.", "group0.", "group1."].contains { name.hasPrefix($0) }
            let isStatistic = name.contains(".running_")
            #expect((tuned.tensors[name] == tensor) == (isFrozen || isStatistic), "\(name)")
            #expect((moving.tensors[name] == tensor) == (isFrozen && !isStatistic), "\(name)")
        }
    }

    @Test(
        "While the head alone moves the trunk keeps the bits of the weights",
        arguments: TestedDevice.allCases)
    func headOnly(device: TestedDevice) throws {
        let base = try model("base")
        let tuned = try finish(
            "tuned", configuration { $0.headOnlyEpochs = 3 }, on: device)
        for (name, tensor) in base.tensors where !name.contains(".running_") {
            #expect((tuned.tensors[name] == tensor) == !name.hasPrefix("fc."), "\(name)")
        }
    }

    @Test("Other classes get a new head, the same classes keep the one in the weights")
    func heads() throws {
        let other = try trainer(RunDirectory.create(at: path("a"), configuration()))
        #expect(other.transfer?.new == ["fc.weight", "fc.bias"])
        #expect(other.transfer?.dropped == ["fc.bias", "fc.weight"])
        let same = try RunDirectory.create(
            at: path("b"), configuration(of: (tiny.train, tiny.test)))
        let kept = try Trainer(same, train: tiny.train, validation: tiny.test)
        #expect(kept.transfer?.new.isEmpty == true)
        #expect(kept.transfer?.dropped.isEmpty == true)
        #expect(kept.transfer?.taken.count == (try model("base")).tensors.count)
    }

    @Test("The learning rate falls with the stages above, and the head has its own factor")
    func factors() throws {
        let configuration = try configuration {
            $0.layerDecay = 0.5
            $0.headFactor = 4
        }
        let factors = configuration.factors(of: try configuration.model.graph())
        #expect(factors["fc.bias"] == UpdateFactors(learningRate: 4))
        #expect(factors["bn.weight"] == UpdateFactors(learningRate: 0.5))
        #expect(factors["group2.block0.conv0.weight"] == UpdateFactors(learningRate: 0.5))
        #expect(factors["group0.block0.conv0.weight"] == UpdateFactors(learningRate: 0.125))
        #expect(factors["conv0.weight"] == UpdateFactors(learningRate: 0.0625))
    }

    @Test("Are kept in the configuration, of which those of other runs say nothing")
    func coding() throws {
        let configuration = try configuration(Self.changeAll)
        let text = try RunJSON.text(configuration)
        #expect(
            try RunJSON.value(TrainingConfiguration.self, from: text.utf8, file: "config.json")
                == configuration)
        #expect(text.contains("\"fine_tuning\":{"))
        #expect(!(try RunJSON.text(tiny.configuration()).contains("fine_tuning")))
    }

    @Test(
        "Refuse what cannot be, and list the stages",
        arguments: [
            ("group9", 1.0, 1.0, 0, "no stage \"group9\" to freeze; choose one of stem, group0"),
            ("head", 1.0, 1.0, 0, "choose one of stem, group0, group1, group2"),
            (nil, 0.0, 1.0, 0, "the layers' decay must be in 0.01...1, not 0.0"),
            (nil, 1.0, 0.0, 0, "the head's factor must be in 0.001...1000, not 0.0"),
            (nil, 1.0, 1.0, 4, "in 0...3 (the whole run), not 4"),
        ] as [(String?, Double, Double, Int, String)])
    func refusals(
        freeze: String?, decay: Double, head: Double, epochs: Int, message: String
    ) throws {
        let configuration = try configuration {
            $0.freeze = freeze
            $0.layerDecay = decay
            $0.headFactor = head
            $0.headOnlyEpochs = epochs
        }
        let error = #expect(throws: TrainingError.self) { try configuration.validate() }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("Refuse images of other channels than the weights'")
    func channels() throws {
        let pixels = [UInt8](repeating: 7, count: 3 * 81 * 2)
        let colours = try LabelledImages(
            name: "colours", channels: 3, height: 9, width: 9, pixels: pixels, labels: [0, 1],
            classNames: ["a", "b"])
        let error = #expect(throws: TrainingError.self) {
            _ = try configuration(of: (colours, colours))
        }
        #expect(error?.code == .dataMismatch)
        #expect(error?.message.contains("expected images of 1 channels") == true)
    }
}
