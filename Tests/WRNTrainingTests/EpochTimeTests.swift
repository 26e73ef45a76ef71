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
            EpochTime(trainingSeconds: 1, evaluationSeconds: 2, savingSeconds: 4).seconds == 7)
        #expect(throws: CancellationError.self) {
            try EpochTime.measure(
                configuration, train: tiny.train, validation: tiny.test, isCancelled: { true })
        }
    }
}
