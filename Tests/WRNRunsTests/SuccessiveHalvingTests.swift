// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNRuns

@Suite("Successive halving")
struct SuccessiveHalvingTests {
    private func rungs(_ trials: Int, _ epochs: Int, _ factor: Int) -> [[Int]] {
        SuccessiveHalving(trials: trials, epochs: epochs, factor: factor).rungs
            .map { [$0.trials, $0.epochs] }
    }

    @Test("gives a part of the trials a multiple of the epochs, up to the full length")
    func plan() {
        #expect(rungs(9, 27, 3) == [[9, 3], [3, 9], [1, 27]])
        #expect(rungs(8, 16, 2) == [[8, 2], [4, 4], [2, 8], [1, 16]])
        #expect(rungs(6, 20, 3) == [[6, 6], [2, 20]])
        // Few epochs or few trials have fewer rungs.
        #expect(rungs(9, 5, 3) == [[9, 1], [3, 5]])
        #expect(rungs(9, 2, 3) == [[9, 2]])
        #expect(rungs(2, 100, 3) == [[2, 100]])
        #expect(rungs(1, 7, 2) == [[1, 7]])
    }

    @Test("a trial that goes on costs only the epochs that it lacks")
    func cost() {
        #expect(SuccessiveHalving(trials: 9, epochs: 27, factor: 3).totalEpochs == 27 + 18 + 18)
        #expect(SuccessiveHalving(trials: 2, epochs: 5, factor: 3).totalEpochs == 10)
    }

    @Test("a number of epochs in all has the longest plan that takes no more, found by trying all")
    func budget() throws {
        for trials in [1, 2, 5, 9, 12, 30] {
            for factor in [2, 3, 4] {
                for total in [trials, trials + 1, 2 * trials, 7 * trials + 3, 40 * trials] {
                    let found = try #require(
                        SuccessiveHalving(trials: trials, factor: factor) {
                            $0.totalEpochs <= total
                        })
                    let longest = (1...total).last {
                        SuccessiveHalving(trials: trials, epochs: $0, factor: factor).totalEpochs
                            <= total
                    }
                    #expect(found.epochs == longest, "\(trials) \(factor) \(total)")
                    #expect(found.totalEpochs <= total)
                }
                #expect(
                    SuccessiveHalving(trials: trials, factor: factor) { $0.totalEpochs < trials }
                        == nil)
            }
        }
        // The largest possible length.
        let endless = try #require(
            SuccessiveHalving(trials: 3, factor: 3) { _ in true })
        #expect(endless.epochs == TrainingConfiguration.maximumEpochCount)
    }

    @Test("the better trials go on, equal ones by their loss and then in their order")
    func selection() {
        let halving = SuccessiveHalving(trials: 9, epochs: 9, factor: 3)
        // Trial 4 fails; 0, 5 and 7 have the same value.
        let values = [0.7, 0.1, 0.2, 0.8, 9.9, 0.7, 0.3, 0.7, 0.4]
        let losses = [1.0, 0, 0, 3, 0, 0.5, 0, 1.0, 0]
        var log: [[Int]] = [[], [], []]
        halving.run(Array(0..<9)) { trial, rung in
            log[rung].append(trial)
            guard trial != 4 else { return nil }
            // In the second rung the last of them is best.
            return TrialScore(
                value: rung == 1 ? Double(trial == 0 ? 1 : 0) : values[trial], loss: losses[trial])
        }
        #expect(log == [Array(0..<9), [3, 5, 0], [0]])
    }

    @Test("a rung with failed trials goes on with those that are left")
    func failures() {
        var log: [Int] = []
        SuccessiveHalving(trials: 4, epochs: 4, factor: 2).run([1, 2, 3, 4]) { trial, rung in
            log.append(10 * rung + trial)
            return trial == 3 ? TrialScore(value: 0, loss: 0) : nil
        }
        #expect(log == [1, 2, 3, 4, 13, 23])
    }
}
