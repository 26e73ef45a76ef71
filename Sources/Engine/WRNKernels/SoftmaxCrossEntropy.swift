// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The softmax cross-entropy of a batch of logits, and its gradient.
package struct SoftmaxCrossEntropy {
    /// The class, or a probability for each class, of each image.
    package enum Targets {
        /// One class for each image.
        case labels([Int32])
        /// A probability for each class of each image, image after image; those of an image add up
        /// to 1.
        case probabilities([Float])
        /// The same with a factor for each image, by which its loss is multiplied, and the class of
        /// each, by which hits are counted: the weights of classes may make another one the largest
        /// of its probabilities.
        case weighted([Float], factors: [Double], labels: [Int32])
    }

    private let logits: FeatureMap
    private let gradient: UnsafeMutablePointer<Float>

    /// Describes the loss of 1 x 1 logits of float32; the gradient has their layout.
    package init(logits: FeatureMap, gradient: UnsafeMutablePointer<Float>) {
        self.logits = logits
        self.gradient = gradient
    }

    /// The mean loss of the first `images` rows, and how many of them have their label, or without
    /// labels their likeliest target, as the largest logit.
    package func run(_ targets: Targets, images: Int) -> (loss: Double, correct: Int) {
        if case .weighted(let probabilities, let factors, let labels) = targets {
            return run(probabilities, factors: factors, labels: labels, images: images)
        }
        var correct: Int32 = 0
        let (rows, classes) = (Int32(images), Int32(logits.channels))
        let loss =
            switch targets {
            case .labels(let labels):
                wrn_softmax_cross_entropy(
                    logits.floats, logits.pixelStride, rows, classes, labels, gradient, &correct)
            case .probabilities(let probabilities), .weighted(let probabilities, _, _):
                wrn_soft_cross_entropy(
                    logits.floats, logits.pixelStride, rows, classes, probabilities, gradient,
                    &correct)
            }
        return (loss, Int(correct))
    }

    /// The mean of the images' losses times their factors, image after image, and how many images
    /// have their label as the largest logit.
    private func run(
        _ targets: [Float], factors: [Double], labels: [Int32], images: Int
    ) -> (loss: Double, correct: Int) {
        precondition(factors.count == images, "\(factors.count) factors for \(images) images")
        precondition(labels.count == images, "\(labels.count) labels for \(images) images")
        let (classes, stride) = (logits.channels, logits.pixelStride)
        precondition(targets.count == images * classes, "targets of other images")
        // Only its hits: without a gradient it writes nothing else.
        var correct: Int32 = 0
        _ = wrn_softmax_cross_entropy(
            logits.floats, stride, Int32(images), Int32(classes), labels, nil, &correct)
        var loss = 0.0
        targets.withUnsafeBufferPointer { targets in
            guard let targets = targets.baseAddress else { return }
            for (image, factor) in factors.enumerated() {
                var targetHits: Int32 = 0
                let row = gradient + image * stride
                loss +=
                    factor
                    * wrn_soft_cross_entropy(
                        logits.floats + image * stride, logits.pixelStride, 1, Int32(classes),
                        targets + image * classes, row, &targetHits)
                let share = factor / Double(images)
                for index in 0..<classes { row[index] = Float(Double(row[index]) * share) }
            }
        }
        return (loss / Double(images), Int(correct))
    }
}
