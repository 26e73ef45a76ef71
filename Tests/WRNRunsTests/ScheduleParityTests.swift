// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNPlan
import WRNRuns
import WRNTestSupport

/// The learning rate of every step against torch.optim.lr_scheduler.
@Suite("PyTorch's learning rates")
struct ScheduleParityTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let shape: LearningRateSchedule.Shape
        let warmupEpochs: Double
        let base: Double
        let stepsPerEpoch: Int
        let epochs: Int
        /// The steps for which each of the rates holds.
        let stepsPerRate: Int
        let validationLosses: [Double]
        let rates: [Double]

        var testDescription: String { "\(shape), warm-up \(warmupEpochs), \(epochs) epochs" }
    }

    @Test("agree at every step of every kind of schedule")
    func everyStep() throws {
        let cases = try fixture([Case].self, from: "pytorch/schedules.json", of: "WRNTrainingTests")
        #expect(cases.count == 28)
        for test in cases {
            let schedule = LearningRateSchedule(test.shape, warmupEpochs: test.warmupEpochs)
            let steps = test.epochs * test.stepsPerEpoch
            #expect(steps == test.rates.count * test.stepsPerRate)
            for step in 0..<steps {
                let expected = test.rates[step / test.stepsPerRate]
                let found = schedule.learningRate(
                    base: test.base, step: step, stepsPerEpoch: test.stepsPerEpoch,
                    epochs: test.epochs, validationLosses: test.validationLosses)
                // PyTorch computes each cosine from the one before, so that its rounding grows with
                // the steps.
                #expect(
                    abs(found - expected) <= 1e-12 * expected + 1e-15 * test.base,
                    "\(test.testDescription), step \(step): \(found), PyTorch \(expected)")
            }
        }
    }

    @Test("are those of the built-in recipes")
    func recipes() throws {
        let cases = try fixture([Case].self, from: "pytorch/schedules.json", of: "WRNTrainingTests")
        for (name, base) in [
            ("paper-cifar", 0.1), ("paper-svhn", 0.01), ("paper-imagenet", 0.1), ("modern", 0.2),
        ] {
            let recipe = try Recipe.named(name)
            let epochs = try #require(recipe.epochs)
            let schedule = recipe.schedule(epochs: epochs, of: epochs)
            let known = cases.contains {
                $0.shape == schedule.shape && $0.warmupEpochs == schedule.warmupEpochs
                    && $0.epochs == epochs && $0.base == base
            }
            #expect(known, "\(name): \(schedule)")
            #expect(recipe.optimizer().learningRate == base)
        }
    }

    @Test(
        "of the recipes with drops last as many epochs as the authors' code has them",
        arguments: [
            ("paper-cifar", [(59, 0.1), (60, 0.02), (40, 0.004), (41, 0.0008)]),
            ("paper-svhn", [(79, 0.01), (40, 0.001), (41, 0.0001)]),
            ("paper-imagenet", [(30, 0.1), (30, 0.01), (30, 0.001)]),
        ])
    func drops(name: String, expected: [(Int, Double)]) throws {
        let recipe = try Recipe.named(name)
        let epochs = try #require(recipe.epochs)
        let schedule = recipe.schedule(epochs: epochs, of: epochs)
        let rates = expected.flatMap { [Double](repeating: $0.1, count: $0.0) }
        #expect(rates.count == epochs)
        for (epoch, rate) in rates.enumerated() {
            for step in [epoch * 390, epoch * 390 + 389] {
                let found = schedule.learningRate(
                    base: recipe.optimizer().learningRate, step: step, stepsPerEpoch: 390,
                    epochs: epochs)
                #expect(abs(found / rate - 1) < 1e-12, "epoch \(epoch + 1)")
            }
        }
    }
}
