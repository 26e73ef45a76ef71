// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import WRNInference

@Suite("Softmax")
struct SoftmaxTests {
    @Test("probabilities and losses are those of the formula")
    func formula() throws {
        let softmax = try #require(Softmax([0.5, -1, 2]))
        let sum = exp(0.5) + exp(-1.0) + exp(2.0)
        for (probability, logit) in zip(softmax.probabilities, [0.5, -1, 2]) {
            #expect(abs(probability - exp(logit) / sum) < 1e-15)
        }
        #expect(abs(softmax.loss(label: 1) - (log(sum) + 1)) < 1e-15)
        #expect(softmax.likeliest == 2)
    }

    @Test("huge logits neither overflow nor lose the loss")
    func hugeLogits() throws {
        let softmax = try #require(Softmax([1e30, -1e30, 0]))
        #expect(softmax.probabilities == [1, 0, 0])
        #expect(softmax.loss(label: 0) == 0)
        #expect(softmax.loss(label: 1) == 2 * Double(Float(1e30)))
    }

    @Test("of equal logits the first is the likeliest, also in a slice")
    func ties() throws {
        let logits: [Float] = [9, 1, 3, 3]
        #expect(try #require(Softmax(logits[1...])).likeliest == 1)
    }

    @Test("no probability follows from NaN or infinity", arguments: [Float.nan, .infinity])
    func notFinite(_ value: Float) {
        #expect(Softmax([0, value])?.likeliest == nil)
        #expect(Softmax([0, -value])?.likeliest == nil)
    }
}
