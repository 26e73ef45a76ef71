// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("The time of an epoch")
struct EpochTimeTests {
    @Test("As many whole epochs fit in a time as leave room for the last evaluation")
    func fits() throws {
        let time = EpochTime(trainingSeconds: 10, evaluationSeconds: 2)
        // 0.95 · 60 s - 2 s = 55 s.
        #expect(try time.epochs(inMinutes: 1) == 4)
        #expect(try time.epochs(inMinutes: 10) == 47)
        // 14 s are needed, of which 0.95 must be free: 14.74 s.
        #expect(try time.epochs(inMinutes: 14.8 / 60) == 1)
        let error = #expect(throws: TrainingError.self) {
            try time.epochs(inMinutes: 14.6 / 60)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(
            error?.message
                == "an epoch takes about 12 s on this machine, with its evaluation, and a run of "
                + "one about 15 s, which is more than the time of 15 s: allow more time, use fewer "
                + "images, or choose a smaller network")
        #expect(
            try EpochTime(trainingSeconds: 1e-9, evaluationSeconds: 0).epochs(inMinutes: 1e6)
                == TrainingConfiguration.maximumEpochCount)
    }

    @Test("Where every third epoch is validated, the last one's evaluation is counted, too")
    func countsLastEvaluation() throws {
        let time = EpochTime(trainingSeconds: 10, evaluationSeconds: 2, validationInterval: 3)
        #expect((1...7).map(time.evaluationCount) == [1, 1, 1, 2, 2, 2, 3])
        // Each epoch, the evaluations among them, and the one for the report.
        #expect(time.seconds(ofEpochs: 1) == 10 + 2 + 2)
        #expect(time.seconds(ofEpochs: 4) == 40 + 4 + 2)
        // 57 s: five epochs need 50 + 4 + 2; of 55.9 s that are free only four have room, though
        // the mean epoch of 10.67 s would let five of them in after one evaluation.
        #expect(try time.epochs(inMinutes: 1) == 5)
        #expect(try time.epochs(inMinutes: 55.9 / 0.95 / 60) == 4)
        #expect(throws: TrainingError.self) { try time.epochs(inMinutes: 13.9 / 0.95 / 60) }
        #expect(try time.epochs(inMinutes: 14.1 / 0.95 / 60) == 1)
    }

    @Test("Smaller images of the first epochs take their own time, in a run of exactly its length")
    func growingImages() throws {
        let time = EpochTime(
            trainingSeconds: 8, evaluationSeconds: 0,
            growth: TrainingConfiguration.ImageGrowth(sizes: [8], shares: [0.5]),
            smallTrainingSeconds: [2])
        // The last epoch has whole images, and so has the only one.
        #expect([1, 2, 3, 4].map { time.seconds(ofEpochs: $0) } == [8, 10, 12, 20])
        #expect(time.meanSeconds(ofEpochs: 4) == 5)
        // Of four epochs the last two are the long ones.
        #expect(
            [0, 1, 2, 3, 4].map { time.seconds(ofEpochs: 4, after: $0) } == [20, 18, 16, 8, 0])
        // 57 s: six small and five whole epochs need 52, six and six 60.
        #expect(try time.epochs(inMinutes: 1) == 11)
        // Three trials of one small epoch, then the best to its end: 3 · 2 + 2 + 8 s.
        let halving = SuccessiveHalving(trials: 3, epochs: 3, factor: 3)
        #expect(EpochTime.seconds(of: halving, times: [time]) == 16)
        let found = try EpochTime.halving(
            of: 3, factor: 3, inMinutes: 16.1 / 0.95 / 60, times: [time])
        #expect(found == halving)
    }

    @Test("A measurement gives times above 0, and can be cancelled")
    func measures() throws {
        let tiny = try TinyRun()
        let configuration = try tiny.configuration()
        let time = try EpochTime.measure(
            configuration, train: tiny.train, validation: tiny.test, seconds: 0.01)
        #expect(time.trainingSeconds > 0 && time.evaluationSeconds > 0)
        #expect(time.savingSeconds > 0.1)
        // WRN-28-10: 584 MB at 200 MB/s.
        #expect(abs(EpochTime.savingSeconds(parameters: 36_500_000) - 3.02) < 1e-9)
        #expect(
            EpochTime(trainingSeconds: 1, evaluationSeconds: 2, savingSeconds: 4)
                .meanSeconds(ofEpochs: 9) == 7)
        #expect(throws: CancellationError.self) {
            try EpochTime.measure(
                configuration, train: tiny.train, validation: tiny.test, isCancelled: { true })
        }
    }
}
