// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets

@testable import WRNInference

@Suite("Evaluation with mirror images")
struct MirrorImageTests {
    /// The images with their columns replaced.
    private func images(
        like images: LabelledImages, column: (_ column: Int, _ width: Int) -> Int
    ) throws -> LabelledImages {
        var pixels: [UInt8] = []
        for index in 0..<images.count {
            let own = images.pixels(of: index)
            for row in 0..<images.height {
                for place in 0..<images.width {
                    let source = row * images.width + column(place, images.width)
                    pixels += own[source * images.channels..<(source + 1) * images.channels]
                }
            }
        }
        return try LabelledImages(
            name: images.name, channels: images.channels, height: images.height,
            width: images.width, pixels: pixels, labels: images.labels,
            classNames: images.classNames)
    }

    @Test("the mirror images of no images are none")
    func mirrorsNothing() {
        #expect([Float]().mirrored(width: 3, channels: 2) == [])
        #expect([Float]([1, 2, 3, 4, 5, 6]).mirrored(width: 3, channels: 1) == [3, 2, 1, 6, 5, 4])
    }

    @Test("probabilities are the means of an image's and its mirror image's")
    func means() throws {
        let own = try TinyModel.images(21)
        let mirrored = try images(like: own) { $1 - 1 - $0 }
        let classifier = try TinyModel.classifier()
        let evaluation = try classifier.evaluate(own, views: .flip)
        let all = Array(0..<21)
        let answers = try zip(
            classifier.classify(own, indices: all), classifier.classify(mirrored, indices: all))
        for (answer, pair) in zip(evaluation.answers, answers) {
            func mean(_ label: Int) -> Double {
                [pair.0, pair.1].map { $0.first { $0.classIndex == label }?.probability ?? .nan }
                    .reduce(0, +) / 2
            }
            let means = (0..<4).map(mean)
            #expect(answer.prediction == means.firstIndex(of: means.max() ?? .nan))
            #expect(isClose(answer.probability, means.max()))
            #expect(isClose(answer.labelProbability, means[answer.label]))
            #expect(answer.labelRank == 1 + means.count { $0 > means[answer.label] })
        }
        #expect(evaluation.answers.map(\.index) == all)
        #expect(try evaluation != classifier.evaluate(own))
        // It does not matter which of the two is the image.
        #expect(
            try classifier.evaluate(mirrored, views: .flip).answers
                == evaluation.answers)
    }

    @Test("change nothing of symmetric images, bit for bit")
    func symmetric() throws {
        let symmetric = try images(like: TinyModel.images(21)) { min($0, $1 - 1 - $0) }
        let classifier = try TinyModel.classifier()
        #expect(
            try classifier.evaluate(symmetric, views: .flip)
                == classifier.evaluate(symmetric))
    }

    @Test("give the same bits on any number of threads")
    func sameBits() throws {
        let images = try TinyModel.images(21)
        let expected = try TinyModel.classifier(batch: 8, threads: 1)
            .evaluate(images, views: .flip)
        for threads in [2, 3] {
            let evaluation = try TinyModel.classifier(batch: 8, threads: threads)
                .evaluate(images, workers: threads, views: .flip)
            #expect(evaluation == expected, "\(threads) threads")
        }
    }
}
