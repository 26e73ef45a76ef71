// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNInference

@Suite("Interval of the accuracy")
struct AccuracyIntervalTests {
    private func evaluation(_ correct: Int, of count: Int) -> Evaluation {
        .of((0..<count).map { (label: 0, prediction: $0 < correct ? 0 : 1) }, classes: 2)
    }

    @Test("is that of NumPy's resampling image by image, and of the binomial distribution")
    func fixture() throws {
        for expected in try EvaluationFixture.read() {
            let evaluation = expected.evaluation()
            let interval = evaluation.accuracyInterval()
            // A quantile of a few thousand resamples may fall on the next number of images.
            let image = 1.01 / Double(evaluation.count)
            for bounds in [expected.bootstrap, expected.binomial] {
                #expect(isClose(interval.lowerBound, bounds[0], tolerance: image))
                #expect(isClose(interval.upperBound, bounds[1], tolerance: image))
            }
        }
    }

    @Test("its numbers are drawn as another program draws them")
    func drawn() throws {
        for expected in try EvaluationFixture.read() {
            let interval = expected.evaluation()
                .accuracyInterval(resamples: 50, seed: (1 << 40) + 11)
            #expect(isClose(interval.lowerBound, expected.drawn[0]))
            #expect(isClose(interval.upperBound, expected.drawn[1]))
        }
    }

    @Test("is that of a resampling image by image", arguments: [(37, 40), (310, 1000), (1, 25)])
    func imageByImage(_ correct: Int, _ count: Int) {
        var state: UInt64 = 20_160_519
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let hits = (0..<4000)
            .map { _ in (0..<count).count { _ in below(count) < correct } }.sorted()
        let interval = evaluation(correct, of: count).accuracyInterval(confidence: 0.9)
        let deviation =
            (Double(correct) * Double(count - correct) / Double(count)).squareRoot()
        let tolerance = (1 + 0.15 * deviation) / Double(count)
        #expect(
            isClose(interval.lowerBound, Double(hits[200]) / Double(count), tolerance: tolerance))
        #expect(
            isClose(interval.upperBound, Double(hits[3799]) / Double(count), tolerance: tolerance))
    }

    @Test("a seed gives the same bits again, another seed other ones")
    func repeats() {
        let evaluation = evaluation(9312, of: 10_000)
        let interval = evaluation.accuracyInterval()
        #expect(interval == evaluation.accuracyInterval(seed: 0))
        #expect(interval == 0.9261...0.936)
        let others = (1...8).map { evaluation.accuracyInterval(resamples: 500, seed: $0) }
        #expect(Set(others).count > 1)
        #expect(interval.contains(evaluation.accuracy))
    }

    @Test("is wider where more confidence is asked for, and narrower with more images")
    func widths() {
        func width(_ correct: Int, _ count: Int, _ confidence: Double) -> Double {
            let interval = evaluation(correct, of: count).accuracyInterval(confidence: confidence)
            return interval.upperBound - interval.lowerBound
        }
        #expect(width(80, 100, 0.5) < width(80, 100, 0.9))
        #expect(width(80, 100, 0.9) < width(80, 100, 0.99))
        #expect(width(8000, 10_000, 0.95) < 0.2 * width(80, 100, 0.95))
        // Normal approximation: 2 x 1.96 standard errors.
        #expect(isClose(width(8000, 10_000, 0.95), 2 * 1.96 * 0.004, tolerance: 5e-4))
    }

    @Test("stays within 0...1 at the ends, and is a point where nothing differs")
    func ends() {
        for count in [1, 2, 3, 1000] {
            #expect(evaluation(0, of: count).accuracyInterval() == 0...0)
            #expect(evaluation(count, of: count).accuracyInterval() == 1...1)
        }
        let near = evaluation(1, of: 1000).accuracyInterval()
        #expect(near.lowerBound == 0 && near.upperBound > 0.001 && near.upperBound < 0.006)
        #expect(evaluation(1, of: 2).accuracyInterval() == 0...1)
        let single = evaluation(3, of: 8).accuracyInterval(resamples: 1)
        #expect(single.lowerBound == single.upperBound)
    }
}
