// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNRandom

@testable import WRNBatches

@Suite("Mixing")
struct MixingTests {
    @Test(
        "draws weights with the mean and the variance of Beta",
        arguments: [0.05, 0.2, 0.5, 1, 4, 100])
    func beta(_ alpha: Double) {
        let count = 20_000
        let weights = (0..<count).map {
            Augmentation.symmetricBeta(
                alpha, RandomStream(seed: 7, purpose: .mixing, step: 1, item: $0))
        }
        #expect(weights.allSatisfy { (0...1).contains($0) })
        let mean = weights.reduce(0, +) / Double(count)
        let variance = weights.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(count)
        let expected = 1 / (4 * (2 * alpha + 1))
        // Five standard errors of the mean; the variance of the squares is below that of a coin's.
        #expect(abs(mean - 0.5) < 5 * (expected / Double(count)).squareRoot())
        #expect(abs(variance / expected - 1) < 0.05)
    }

    @Test("draws uniform weights where alpha is 1, and halves of the arcsine law where it is 1/2")
    func betaShape() {
        func share(_ alpha: Double, below limit: Double) -> Double {
            let count = 20_000
            let hits = (0..<count).count {
                Augmentation.symmetricBeta(
                    alpha, RandomStream(seed: 8, purpose: .mixing, item: $0)) < limit
            }
            return Double(hits) / Double(count)
        }
        for limit in [0.1, 0.25, 0.5, 0.9] { #expect(abs(share(1, below: limit) - limit) < 0.02) }
        // 2/π asin(sqrt(x))
        #expect(abs(share(0.5, below: 0.25) - 1.0 / 3) < 0.02)
        #expect(abs(share(0.5, below: 0.75) - 2.0 / 3) < 0.02)
    }

    @Test("keeps to 0 and 1 at the ends of the distribution")
    func extremes() {
        for alpha in [1e-9, 1e-300, 1000] {
            for item in 0..<200 {
                let weight = Augmentation.symmetricBeta(
                    alpha, RandomStream(seed: 1, purpose: .mixing, item: item))
                #expect((0...1).contains(weight))
                if alpha < 1 { #expect(weight == 0 || weight == 1) }
            }
        }
    }

    @Test("tosses a fair coin between its two kinds")
    func kinds() throws {
        let both = Augmentation(horizontalFlip: false, cropPadding: 0, mixup: 0.2, cutmix: 1)
        let isCut = try (0..<4000).map { batch in
            let mixing = try #require(
                both.mixing(height: 8, width: 8, seed: 1, epoch: 0, batch: batch))
            return mixing.kind != .mixup
        }
        #expect((1850...2150).contains(isCut.count(where: \.self)))
        #expect(
            Augmentation.standard.mixing(height: 8, width: 8, seed: 1, epoch: 0, batch: 0) == nil)
    }

    @Test("cuts a rectangle in the image, and weighs by its area")
    func rectangles() throws {
        let augmentation = Augmentation(horizontalFlip: false, cropPadding: 0, cutmix: 1)
        for batch in 0..<500 {
            let mixing = try #require(
                augmentation.mixing(height: 9, width: 14, seed: 2, epoch: 0, batch: batch))
            guard case .cutmix(let region) = mixing.kind else {
                Issue.record("\(mixing)")
                continue
            }
            #expect(region.top >= 0 && region.top + region.height <= 9)
            #expect(region.left >= 0 && region.left + region.width <= 14)
            #expect(abs(mixing.weight - (1 - Double(region.height * region.width) / 126)) < 1e-12)
        }
    }

    @Test("in place is what it is with a copy of the batch", arguments: [1, 2, 5])
    func inPlace(_ count: Int) {
        let (height, width, channels) = (4, 3, 2)
        let size = height * width * channels
        let images = (0..<count * size).map { Float($0 * $0 % 37) }
        let region = PixelRegion(top: 1, left: 1, height: 2, width: 2)
        for mixing in [
            Mixing(kind: .mixup, weight: 0.3), Mixing(kind: .cutmix(region), weight: 2.0 / 3),
        ] {
            var mixed = images
            mixing.apply(to: &mixed, count: count, height: height, width: width)
            for index in images.indices {
                let (position, offset) = index.quotientAndRemainder(dividingBy: size)
                let partner = mixing.partner(of: position, count: count)
                #expect(partner == (position + count - 1) % count)
                let (own, other) = (images[index], images[partner * size + offset])
                let (row, column) = (offset / channels / width, offset / channels % width)
                let isInside = (1...2).contains(row) && (1...2).contains(column)
                let expected =
                    mixing.kind == .mixup
                    ? own * Float(0.3) + other * Float(0.7) : isInside ? other : own
                #expect(count == 1 ? mixed[index] == own : mixed[index] == expected)
            }
        }
    }

    @Test("gives each image the classes of both, which add up to 1")
    func targets() {
        let mixing = Mixing(kind: .mixup, weight: 0.3)
        let targets = mixing.targets(labels: [0, 2, 2], classes: 3)
        #expect(targets == [0.3, 0, 1 - Float(0.3), 1 - Float(0.3), 0, 0.3, 0, 0, 1])
        #expect(mixing.targets(labels: [1], classes: 2) == [0, 1])
        for weight in [0, 1e-9, 1.0 / 3, 0.7, 1 - 1e-9, 1] {
            let row = Mixing(kind: .mixup, weight: weight).targets(labels: [0, 1], classes: 2)
            #expect(row[0] + row[1] == 1 && row[2] + row[3] == 1)
        }
    }
}
