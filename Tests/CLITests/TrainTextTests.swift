// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets

@testable import WRNRuns
@testable import wrn

@Suite("What training shows")
struct TrainTextTests {
    @Test("A bar fits any width: figures go first, then the bar")
    func barFits() {
        let bar = ProgressBar(
            title: "epoch 2/5", fraction: 0.5, figures: ["31 s left", "820 images/s"])
        #expect(
            bar.line(width: 100)
                == "epoch 2/5 [====================                    ]  31 s left  820 images/s")
        #expect(bar.line(width: 47) == "epoch 2/5 [=====     ]  31 s left  820 images/s")
        #expect(bar.line(width: 46) == "epoch 2/5 [============           ]  31 s left")
        #expect(bar.line(width: 33) == "epoch 2/5 [=====     ]  31 s left")
        #expect(bar.line(width: 22) == "epoch 2/5 [=====     ]")
        #expect(bar.line(width: 21) == "epoch 2/5")
        #expect(bar.line(width: 5) == "epoch")
        for width in 0...120 { #expect(bar.line(width: width).count <= width) }
    }

    @Test("A bar survives fractions that are none")
    func barClamps() {
        let cases: [(Double, Int)] = [(-1, 0), (0, 0), (1, 10), (7, 10)]
        for (fraction, filled) in cases {
            let bar = ProgressBar(title: "t", fraction: fraction, figures: [])
            #expect(bar.line(width: 14).filter { $0 == "=" }.count == filled)
        }
    }

    @Test("An epoch that waited for images says so, and how fast they come")
    func waiting() {
        func text(wait: Double?) -> String? {
            TrainingText.waiting(
                EpochRecord(
                    epoch: 1, step: 1, learningRate: 0.1, trainLoss: 1, trainAccuracy: 0,
                    validationLoss: 1, validationAccuracy: 0, imagesPerSecond: 10, seconds: 200,
                    waitSeconds: wait, loaderImagesPerSecond: 812.4, brokenFiles: nil))
        }
        #expect(
            text(wait: 50)
                == "  25.00 % of it waiting for images; one loader thread prepares 812 images/s")
        #expect(text(wait: 9) == nil)
        #expect(text(wait: nil) == nil)
    }

    @Test("The line of an epoch without validation has the training images' figures alone")
    func withoutValidation() {
        let record = EpochRecord(
            epoch: 1, step: 1, learningRate: 0.1, trainLoss: 1, trainAccuracy: 0.25,
            validationLoss: nil, validationAccuracy: nil, imagesPerSecond: 10, seconds: 2,
            waitSeconds: nil, loaderImagesPerSecond: nil, brokenFiles: nil)
        #expect(
            TrainingText.line(record, epochs: 3, split: .test)
                == "epoch 1/3  train 1.0000 (25.00 %)  2 s")
        #expect(
            TrainingText.legend(.validation, every: 5) == [
                "After each epoch: loss (accuracy) on the training images; after every 5 and the "
                    + "last, on the validation images."
            ])
    }

    @Test("The program's path is shortened below the working directory")
    func shortenedPath() {
        #expect(Invocation.shortened("/a/b/wrn", from: "/a") == "b/wrn")
        #expect(Invocation.shortened("/a/wrn", from: "/a") == "./wrn")
        #expect(Invocation.shortened("/ab/wrn", from: "/a") == "/ab/wrn")
        #expect(Invocation.shortened("wrn", from: "/a") == "wrn")
    }
}
