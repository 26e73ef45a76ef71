// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRuns

@Suite("Learning rates")
struct ScheduleTests {
    @Test("The paper's schedule falls to a fifth at epochs 60, 120 and 160")
    func paperValues() {
        let schedule = LearningRateSchedule.paper(epochs: 200)
        #expect(schedule == .steps(milestones: [60, 120, 160], ratio: 0.2))
        let expected = [
            (0, 0.1), (59, 0.1), (60, 0.02), (119, 0.02), (120, 0.004), (160, 0.0008),
            (199, 0.0008),
        ]
        for (epoch, rate) in expected {
            // The first and the last step of the epoch.
            for step in [epoch * 391, epoch * 391 + 390] {
                let found = schedule.learningRate(
                    base: 0.1, step: step, stepsPerEpoch: 391, epochs: 200)
                #expect(abs(found - rate) < 1e-12, "epoch \(epoch), step \(step)")
            }
        }
    }

    @Test(
        "Shorter runs keep the paper's proportions, each milestone once and inside the run",
        arguments: [
            (100, [30, 60, 80]), (10, [3, 6, 8]), (5, [2, 3, 4]), (3, [1, 2]), (2, [1]), (1, []),
        ])
    func paperScales(epochs: Int, milestones: [Int]) {
        #expect(
            LearningRateSchedule.paper(epochs: epochs) == .steps(milestones: milestones, ratio: 0.2)
        )
    }

    @Test("The cosine rises step by step, peaks at the end of the warm-up and falls to zero")
    func cosineValues() {
        let schedule = LearningRateSchedule.cosine(warmupEpochs: 1)
        let rates = (0..<50).map {
            schedule.learningRate(base: 1, step: $0, stepsPerEpoch: 10, epochs: 5)
        }
        #expect(abs(rates[0] - 0.1) < 1e-12)
        #expect(abs(rates[9] - 1) < 1e-12)
        #expect(rates[10] == 1)
        // Half-way down after half of the 40 steps.
        #expect(abs(rates[30] - 0.5) < 1e-12)
        #expect(rates[49] > 0 && rates[49] < 0.01)
        for step in 10..<49 { #expect(rates[step] > rates[step + 1], "step \(step)") }
    }

    @Test("A constant rate does not move")
    func constantValues() {
        for step in [0, 1, 1000] {
            #expect(
                LearningRateSchedule.constant.learningRate(
                    base: 0.3, step: step, stepsPerEpoch: 7, epochs: 2) == 0.3)
        }
    }

    @Test("A warm-up as long as the run ends at the base rate")
    func allWarmup() {
        let rate = LearningRateSchedule.cosine(warmupEpochs: 2).learningRate(
            base: 0.4, step: 19, stepsPerEpoch: 10, epochs: 2)
        #expect(rate == 0.4)
    }
}
