// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The softmax cross-entropy of a batch of logits, and its gradient.
package struct SoftmaxCrossEntropy {
    private let logits: FeatureMap
    private let gradient: UnsafeMutablePointer<Float>

    /// Describes the loss of 1 x 1 logits; the gradient has their layout.
    package init(logits: FeatureMap, gradient: UnsafeMutablePointer<Float>) {
        self.logits = logits
        self.gradient = gradient
    }

    /// The mean loss of the first `labels.count` rows, and how many of them have their label as the largest logit.
    package func run(labels: [Int32]) -> (loss: Double, correct: Int) {
        var correct: Int32 = 0
        let loss = wrn_softmax_cross_entropy(
            logits.base, logits.pixelStride, Int32(labels.count), Int32(logits.channels), labels,
            gradient, &correct)
        return (loss, Int(correct))
    }
}
