// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNBatches
@testable import WRNDatasets
@testable import WRNRuns
@testable import WRNTraining

/// Smoothed labels and mixed images against PyTorch's cross-entropy.
@Suite("PyTorch's targets")
struct TargetParityTests {
    private struct Case: Decodable {
        let classes: Int
        let smoothing: Double
        /// The share of an image's own class; nil where no images are mixed.
        let share: Double?
        let labels: [Int]
        let logits: [Double]
        let loss: Double
        let gradient: [Double]
    }

    private static func targets(_ test: Case) throws -> [Double] {
        let side = TinyImages.side
        let images = try LabelledImages(
            name: "grey", channels: 1, height: side, width: side,
            pixels: [UInt8](repeating: 9, count: test.classes * side * side),
            labels: Array(0..<test.classes), classNames: (0..<test.classes).map { "\($0)" })
        let configuration = try TrainingConfiguration(
            network: "wrn-10-0.25", source: "grey", train: images, validation: images, epochs: 1,
            batch: 8,
            stepRules: TrainingConfiguration.StepRules(labelSmoothing: test.smoothing))
        let mixing = test.share.map { Mixing(kind: .mixup, weight: $0) }
        return try #require(configuration.targets(test.labels, mixing)).map(Double.init)
    }

    /// The targets are of single precision, hence 1e-6.
    @Test("give its loss and its gradient of the logits")
    func lossAndGradient() throws {
        let cases = try fixture([Case].self, from: "pytorch/targets.json")
        #expect(cases.count == 6)
        for test in cases {
            let targets = try Self.targets(test)
            #expect(targets.count == test.logits.count)
            var loss = 0.0
            for (image, _) in test.labels.enumerated() {
                let range = image * test.classes..<(image + 1) * test.classes
                let sum = test.logits[range].map(exp).reduce(0, +)
                for index in range {
                    let share = exp(test.logits[index]) / sum
                    loss -= targets[index] * log(share) / Double(test.labels.count)
                    let gradient = (share - targets[index]) / Double(test.labels.count)
                    #expect(abs(gradient - test.gradient[index]) < 1e-6, "\(test)")
                }
            }
            #expect(abs(loss - test.loss) < 1e-6, "\(test)")
        }
    }

    @Test("are none where labels are neither smoothed nor mixed")
    func labels() throws {
        let tiny = try TinyRun()
        #expect(try tiny.configuration().targets([1], nil) == nil)
    }
}
