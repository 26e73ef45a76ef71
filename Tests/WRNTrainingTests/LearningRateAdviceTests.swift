// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import WRNRuns
@testable import WRNTraining

@Suite("What a curve of losses over rates advises")
struct LearningRateAdviceTests {
    private static let rates = (0..<200).map { pow(10, -4 + 5 * Double($0) / 199) }

    /// Numbers in -1...1 that look like chance and are always the same.
    private static func noise(_ count: Int, seed: UInt64 = 1) -> [Double] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 52) - 1
        }
    }

    /// Falls fastest at 0.05, is smallest near 0.3, and grows beyond.
    private static func valley(_ rate: Double) -> Double {
        let x = log10(rate)
        return 2.3 - 1.2 / (1 + exp(-(x + 1.3) / 0.15)) + 2 * pow(max(x + 0.5, 0), 2)
    }

    private static func advice(
        _ losses: [Double], rates: [Double] = rates, hasDiverged: Bool = false
    ) -> LearningRateAdvice {
        LearningRateAdvice(learningRates: rates, losses: losses, hasDiverged: hasDiverged)
    }

    @Test("A smooth valley: between where it falls fastest and where it is smallest")
    func smoothValley() throws {
        let advice = Self.advice(Self.rates.map(Self.valley))
        #expect(advice.verdict == .clear)
        let steepest = try #require(advice.steepest)
        #expect((0.04...0.06).contains(steepest))
        let (lower, upper) = (try #require(advice.lower), try #require(advice.upper))
        #expect((0.15...0.4).contains(upper))
        let suggestion = try #require(advice.suggestion)
        #expect(abs(suggestion - (steepest * upper).squareRoot()) < 1e-12)
        #expect(lower < suggestion && suggestion < upper && lower >= 0.02)
    }

    @Test("Noise moves the suggestion by less than a factor of two", arguments: [1, 2, 3, 4, 5])
    func noisyValley(_ seed: Int) throws {
        let clean = try #require(Self.advice(Self.rates.map(Self.valley)).suggestion)
        let noise = Self.noise(200, seed: UInt64(seed))
        let noisy = Self.advice(zip(Self.rates, noise).map { Self.valley($0) + 0.15 * $1 })
        #expect(noisy.verdict == .clear)
        let suggestion = try #require(noisy.suggestion)
        #expect((0.5...2).contains(suggestion / clean))
    }

    @Test("Of a level bottom the beginning is taken")
    func levelBottom() throws {
        let losses = Self.rates.map { 2.3 - 2.3 / (1 + exp(-(log10($0) + 2.5) / 0.1)) }
        let advice = Self.advice(losses)
        #expect(try #require(advice.upper) < 0.02)
        #expect(try #require(advice.suggestion) < 0.01)
    }

    @Test("What falls by chance behind a rise is no minimum")
    func laterFall() throws {
        // Behind 1 the loss jumps about, and once far down.
        let losses = Self.rates.enumerated().map { index, rate in
            rate < 1 ? Self.valley(rate) : index % 40 < 20 ? 3.5 : 0.2
        }
        let upper = try #require(Self.advice(losses, hasDiverged: true).upper)
        #expect(upper < 0.5)
    }

    @Test("A flat curve has no suggestion, whatever its noise", arguments: [0, 0.01, 0.3])
    func flat(_ amount: Double) {
        for seed in 1...20 {
            let losses = Self.noise(200, seed: UInt64(seed)).map { 2.3 + amount * $0 }
            let advice = Self.advice(losses)
            #expect(advice.verdict == .flat && advice.suggestion == nil && advice.lower == nil)
        }
    }

    @Test("A loss that only grows has no suggestion")
    func divergesAtOnce() {
        let short = Self.advice((0..<12).map { 2.3 * exp(Double($0) / 4) }, hasDiverged: true)
        #expect(short.verdict == .divergesAtOnce && short.suggestion == nil)
        let long = Self.advice((0..<60).map { 2.3 + 0.2 * Double($0) }, hasDiverged: true)
        #expect(long.verdict == .divergesAtOnce && long.suggestion == nil)
        let whole = Self.advice((0..<200).map { 2.3 + 0.02 * Double($0) })
        #expect(whole.verdict == .divergesAtOnce)
        let nothing = Self.advice([.nan], hasDiverged: false)
        #expect(nothing.verdict == .divergesAtOnce)
    }

    @Test("A loss that falls to the end says that better rates may follow")
    func stillFalling() throws {
        let advice = Self.advice((0..<200).map { 2.3 - 0.005 * Double($0) })
        #expect(advice.verdict == .stillFalling)
        #expect(advice.upper == Self.rates.last)
        let suggestion = try #require(advice.suggestion)
        #expect(suggestion <= Self.rates[199] && suggestion >= Self.rates[20])
        // The same fall before an explosion is a whole curve.
        let exploded = Self.advice(
            (0..<200).map { 2.3 - 0.005 * Double($0) }, hasDiverged: true)
        #expect(exploded.verdict == .clear)
    }

    @Test("Too few steps have no suggestion")
    func tooShort() {
        let losses = Self.rates.prefix(19).map { _ in 2.3 }
        #expect(Self.advice(losses).verdict == .tooShort)
        #expect(Self.advice([]).verdict == .tooShort)
        #expect(Self.advice([2.3]).suggestion == nil)
    }

    @Test("A loss that falls and explodes within a few steps does not grow from the first rate on")
    func explodesEarly() {
        let losses = [2.33, 2.32, 2.25, 2.2, 2.3, 4, 9]
        #expect(Self.advice(losses, hasDiverged: true).verdict == .tooShort)
        #expect(Self.advice(losses + [.nan]).verdict == .tooShort)
        #expect(Self.advice([2.33, 2.33, 4, 9], hasDiverged: true).verdict == .divergesAtOnce)
    }

    @Test(
        "A loss that is no number ends the curve, as an explosion does",
        arguments: [
            Double.nan, .infinity,
        ])
    func notANumber(_ bad: Double) {
        var losses = Self.rates.map(Self.valley)
        losses[160] = bad
        losses[170] = -100
        let whole = Self.advice(losses)
        let cut = Self.advice(Array(losses.prefix(160)), hasDiverged: true)
        #expect(whole == cut)
        #expect(whole.verdict == .clear && whole.suggestion != nil)
    }

    @Test(
        "The smooth curve is a straight line's own, has its slope, and costs no more for many steps"
    )
    func smooths() {
        let line = (0..<100_000).map { 3 - 0.25 * Double($0) }
        let curve = SmoothedCurve(line)
        for place in [5000, 50_000, 94_999] {
            #expect(abs(curve.values[place] - line[place]) < 1e-4)
            #expect(abs(curve.slopes[place] + 0.25) < 1e-6)
        }
        #expect(SmoothedCurve([]).values.isEmpty)
        #expect(SmoothedCurve([2]).values == [2])
        // The noise of a mean of 2 · 10 + 1 values whose deviation is 1/sqrt(3).
        let noise = SmoothedCurve(Self.noise(200)).noise
        #expect((0.08...0.25).contains(noise))
    }
}
