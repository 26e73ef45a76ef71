// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNInference

@Suite("Calibration")
struct CalibrationTests {
    @Test("the expected calibration error and its bins are NumPy's")
    func fixture() throws {
        for expected in try EvaluationFixture.read() {
            let calibration = expected.evaluation().calibration()
            #expect(isClose(calibration.expectedError, expected.calibrationError))
            #expect(calibration.bins.map(\.count) == expected.bins.map(\.count))
            for (bin, value) in zip(calibration.bins, expected.bins) {
                #expect(isClose(bin.meanConfidence, value.meanConfidence))
                #expect(isClose(bin.accuracy, value.accuracy))
            }
        }
    }

    @Test("a confidence on an edge belongs to the bin below it, 0 to the first", arguments: 1...40)
    func edges(_ count: Int) {
        for edge in 0...count {
            let confidence = Double(edge) / Double(count)
            let calibration = Evaluation.Calibration([(confidence, true)], bins: count)
            #expect(calibration.bins.firstIndex { $0.count == 1 } == max(edge - 1, 0))
            #expect(calibration.bins.count == count)
            #expect(calibration.bins[0].lower == 0 && calibration.bins[count - 1].upper == 1)
            if edge < count {
                let above = Evaluation.Calibration([(confidence.nextUp, true)], bins: count)
                #expect(above.bins.firstIndex { $0.count == 1 } == edge)
            }
        }
    }

    @Test("a model that is as sure as it is right has no error, a boaster the difference")
    func extremes() {
        let honest = (0..<10).map { (confidence: 0.7, isCorrect: $0 < 7) }
        #expect(isClose(Evaluation.Calibration(honest).expectedError, 0))
        let boaster = (0..<10).map { (confidence: 1.0, isCorrect: $0 < 6) }
        #expect(isClose(Evaluation.Calibration(boaster).expectedError, 0.4))
        #expect(Evaluation.Calibration(boaster).bins[13].accuracy == nil)
        #expect(Evaluation.Calibration(boaster).bins[14].accuracy == 0.6)
    }
}
