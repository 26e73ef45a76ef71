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
    }

    private let logits: FeatureMap
    private let gradient: UnsafeMutablePointer<Float>

    /// Describes the loss of 1 x 1 logits of float32; the gradient has their layout.
    package init(logits: FeatureMap, gradient: UnsafeMutablePointer<Float>) {
        self.logits = logits
        self.gradient = gradient
    }

    /// The mean loss of the first `images` rows, and how many of them have their likeliest target
    /// as the largest logit.
    package func run(_ targets: Targets, images: Int) -> (loss: Double, correct: Int) {
        var correct: Int32 = 0
        let (rows, classes) = (Int32(images), Int32(logits.channels))
        let loss =
            switch targets {
            case .labels(let labels):
                wrn_softmax_cross_entropy(
                    logits.floats, logits.pixelStride, rows, classes, labels, gradient, &correct)
            case .probabilities(let probabilities):
                wrn_soft_cross_entropy(
                    logits.floats, logits.pixelStride, rows, classes, probabilities, gradient,
                    &correct)
            }
        return (loss, Int(correct))
    }
}
