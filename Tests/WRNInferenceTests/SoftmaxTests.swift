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

    @Test("ranks count from the likeliest, of equal logits from the first")
    func ranks() throws {
        let softmax = try #require(Softmax([1, 3, -2, 3]))
        #expect((0..<4).map(softmax.rank) == [3, 1, 4, 2])
        #expect((0..<4).map(softmax.probability) == softmax.probabilities)
    }

    @Test("two answers have the means of their probabilities")
    func averages() throws {
        let one = try #require(Softmax([0.5, -1, 2]))
        let other = try #require(Softmax([3, 0, -2]))
        let mean = Softmax(averaging: [one, other])
        for index in 0..<3 {
            let expected = (one.probabilities[index] + other.probabilities[index]) / 2
            #expect(abs(mean.probabilities[index] - expected) < 1e-15)
            #expect(abs(mean.loss(label: index) + log(expected)) < 1e-14)
        }
        #expect(mean.likeliest == 0)
        #expect(Softmax(averaging: [other, one]).probabilities == mean.probabilities)
    }

    @Test("two equal answers are their mean, also where probabilities are too small to tell")
    func equalAverages() throws {
        let softmax = try #require(Softmax([1e4, -3, -2, 0.1]))
        let mean = Softmax(averaging: [softmax, softmax])
        #expect(mean.probabilities == softmax.probabilities)
        #expect((0..<4).map(mean.loss) == (0..<4).map(softmax.loss))
        #expect((0..<4).map(mean.rank) == [1, 4, 3, 2])
    }
}
