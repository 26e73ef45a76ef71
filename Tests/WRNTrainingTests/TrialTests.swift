// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNEngine
import WRNPlan
import WRNTensor
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("Trials")
struct RehearsalTests {
    let tiny: TinyRun

    init() throws {
        tiny = try TinyRun()
    }

    @Test("A search repeats to the bit, whatever the threads, and grows by equal factors")
    func repeats() throws {
        let configuration = try tiny.configuration()
        let finder = LearningRateFinder(first: 1e-4, last: 1, steps: 21)
        let one = try finder.find(
            configuration, train: tiny.train, device: .cpu(threads: 1))
        let two = try finder.find(
            configuration, train: tiny.train, device: .cpu(threads: 2))
        #expect(one == two)
        for (number, point) in one.points.enumerated() {
            #expect(
                abs(point.learningRate / (1e-4 * SystemFunction.power(10, Double(number) / 5)) - 1)
                    < 1e-9)
        }
        #expect(throws: TrainingError.self) {
            try LearningRateFinder(first: 1, last: 0.1).find(configuration, train: tiny.train)
        }
    }

    @Test("A search finds on the processor what it finds on the reference")
    func findsTheSame() throws {
        let configuration = try tiny.configuration()
        let finder = LearningRateFinder(first: 1e-4, last: 0.1, steps: 12)
        let found = try [TestedDevice.cpu, .reference].map {
            try finder.find(configuration, train: tiny.train, device: $0.device())
        }
        #expect(found[0].points.count == 12 && found[1].points.count == 12)
        for (processor, reference) in zip(found[0].points, found[1].points) {
            #expect(processor.learningRate == reference.learningRate)
            #expect(abs(processor.loss / reference.loss - 1) < 1e-4)
        }
    }

    @Test("A search in bfloat16 has other losses, close to those in float32")
    func findsInBFloat16() throws {
        let finder = LearningRateFinder(first: 1e-4, last: 0.1, steps: 12)
        let found = try [Precision.float32, .bfloat16].map {
            try finder.find(tiny.configuration(precision: $0), train: tiny.train)
        }
        #expect(found[0].points.count == 12 && found[1].points.count == 12)
        #expect(found[0].points.map(\.loss) != found[1].points.map(\.loss))
        for (float32, bfloat16) in zip(found[0].points, found[1].points) {
            #expect(abs(bfloat16.loss / float32.loss - 1) < 0.02)
        }
    }

    @Test("A search can be called off")
    func cancels() throws {
        #expect(throws: CancellationError.self) {
            try LearningRateFinder(steps: 20).find(
                tiny.configuration(), train: tiny.train, isCancelled: { true })
        }
    }

    @Test(
        "A few images are learnt by heart, without what would keep a network from it",
        arguments: TestedDevice.allCases)
    func overfits(device: TestedDevice) throws {
        let check = OverfitCheck(images: 6)
        var epochs = 0
        let result = try check.run(
            on: tiny.train, device: device.device(),
            configuration: { images in
                try TrainingConfiguration(
                    network: "wrn-10-0.5", dropout: 0.5, source: "bands", train: images,
                    validation: tiny.test, epochs: 200, batch: 4,
                    optimizer: .sgd(SGD(learningRate: 0.1)),
                    stepRules: TrainingConfiguration.StepRules(labelSmoothing: 0.3),
                    precision: device.precision)
            }, progress: { _, _, _ in epochs += 1 })
        #expect(result.hasPassed)
        #expect(result.images == 6 && result.accuracy == 1)
        #expect(result.epochs == epochs)
        #expect(result.loss < OverfitCheck.targetLoss)
    }

    @Test("A rate that explodes is named")
    func explodes() throws {
        let error = #expect(throws: TrainingError.self) {
            try OverfitCheck(images: 6).run(
                on: tiny.train,
                configuration: { images in
                    try TrainingConfiguration(
                        network: "wrn-10-0.5", source: "bands", train: images,
                        validation: tiny.test,
                        epochs: 200, batch: 4, optimizer: .sgd(SGD(learningRate: 1e18)))
                })
        }
        #expect(error?.code == .diverged)
        #expect(error?.message.contains("with the learning rate 1e+18") == true)
    }
}
