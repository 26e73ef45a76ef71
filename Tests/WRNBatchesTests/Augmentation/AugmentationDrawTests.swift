// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNRandom

@testable import WRNBatches

@Suite("What augmentation draws")
struct AugmentationDrawTests {
    private static let everything = Augmentation(
        horizontalFlip: true, cropPadding: 3, cropBorder: .zero,
        randomResizedCrop: Augmentation.RandomResizedCrop(), policy: .randAugment(operations: 3),
        colorJitter: Augmentation.ColorJitter(
            brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1),
        randomErasing: Augmentation.RandomErasing(), cutout: 6, mixup: 0.2, cutmix: 1)

    private struct Drawn: Equatable {
        let region: PixelRegion?
        let pixels: PixelImage
        let erased: [PixelRegion]
        let mixing: Mixing?
    }

    private func drawn(
        _ augmentation: Augmentation, seed: UInt64 = 1, epoch: Int = 2, image: Int
    ) -> Drawn {
        let pixels = AugmentationFixture.noise(height: 12, width: 10, channels: 3, image: 0)
        return Drawn(
            region: augmentation.region(
                height: 50, width: 40, seed: seed, epoch: epoch, image: image),
            pixels: augmentation.augmented(pixels, seed: seed, epoch: epoch, image: image),
            erased: augmentation.erasedRegions(
                height: 12, width: 10, seed: seed, epoch: epoch, image: image),
            mixing: augmentation.mixing(
                height: 12, width: 10, seed: seed, epoch: epoch, batch: image))
    }

    @Test("depends on seed, epoch and image, and on nothing that was asked before")
    func isPure() {
        let first = (0..<40).map { drawn(Self.everything, image: $0) }
        let again = (0..<40).reversed().map { drawn(Self.everything, image: $0) }
        #expect(first == again.reversed())
        for (seed, epoch) in [(2, 2), (1, 3)] as [(UInt64, Int)] {
            for index in 0..<40 {
                let other = drawn(Self.everything, seed: seed, epoch: epoch, image: index)
                #expect(other.region != first[index].region)
                #expect(other.pixels != first[index].pixels)
                #expect(other.mixing != first[index].mixing)
            }
        }
    }

    @Test("of one part does not change when other parts are asked for")
    func partsAreIndependent() {
        for index in 0..<40 {
            let all = drawn(Self.everything, image: index)
            var only = Augmentation.none
            only.randomResizedCrop = Augmentation.RandomResizedCrop()
            #expect(drawn(only, image: index).region == all.region)
            only.randomErasing = Augmentation.RandomErasing()
            only.cutout = 6
            #expect(drawn(only, image: index).erased == all.erased)
            #expect(
                Augmentation(horizontalFlip: true, cropPadding: 3)
                    .placement(seed: 1, epoch: 2, image: index)
                    == Self.everything.placement(seed: 1, epoch: 2, image: index))
        }
    }

    @Test("of flips that alternate begins as at random, and turns each image in every epoch")
    func alternatingFlips() {
        let alternate = Augmentation(horizontalFlip: .alternate, cropPadding: 3)
        let random = Augmentation(horizontalFlip: true, cropPadding: 3)
        var flipped = 0
        for image in 0..<400 {
            let first = alternate.placement(seed: 9, epoch: 0, image: image)
            #expect(first == random.placement(seed: 9, epoch: 0, image: image))
            if first.isFlipped { flipped += 1 }
            for epoch in 1..<7 {
                let next = alternate.placement(seed: 9, epoch: epoch, image: image)
                #expect(next.isFlipped == (first.isFlipped != !epoch.isMultiple(of: 2)))
                // Nothing else alternates with them.
                var shifted = random.placement(seed: 9, epoch: epoch, image: image)
                shifted.isFlipped = next.isFlipped
                #expect(next == shifted)
            }
        }
        #expect((160...240).contains(flipped))
    }

    @Test("uses no random number twice")
    func indicesAreDisjoint() {
        var used: [Int] = [AugmentationDraw.flip, AugmentationDraw.rowShift]
        used += [AugmentationDraw.columnShift, AugmentationDraw.erasing]
        used += [AugmentationDraw.cutoutRow, AugmentationDraw.cutoutColumn]
        used += (0..<4 * AugmentationDraw.tries).map { AugmentationDraw.resizedCrop + $0 }
        used += (0..<4 * AugmentationDraw.tries).map { AugmentationDraw.erasedRectangle + $0 }
        used += (0..<3 * 16).map { AugmentationDraw.policy + $0 }
        used += (0..<3).map { AugmentationDraw.jitterOrder + $0 }
        used += (0..<4).map { AugmentationDraw.jitterFactors + $0 }
        #expect(Set(used).count == used.count)
        #expect(
            [AugmentationDraw.flip, AugmentationDraw.rowShift, AugmentationDraw.columnShift] == [
                0, 1, 2,
            ])
    }

    @Test("needs pixels only where more than a placement is asked for")
    func fastPath() {
        #expect(Augmentation.standard.needsOnlyPlacement)
        #expect(Augmentation.none.needsOnlyPlacement)
        func needs(_ change: (inout Augmentation) -> Void) -> Bool {
            var augmentation = Augmentation.standard
            change(&augmentation)
            return !augmentation.needsOnlyPlacement
        }
        #expect(needs { $0.cropBorder = .zero })
        #expect(needs { $0.randomResizedCrop = Augmentation.RandomResizedCrop() })
        #expect(needs { $0.policy = .trivialAugmentWide })
        #expect(needs { $0.colorJitter = Augmentation.ColorJitter(hue: 0.1) })
        #expect(!needs { $0.randomErasing = Augmentation.RandomErasing() })
        #expect(!needs { $0.cutout = 8 })
        #expect(!needs { $0.cutmix = 1 })
    }

    @Test("erases as often as it says, and squares lie in the image")
    func erasing() {
        var augmentation = Augmentation.none
        augmentation.randomErasing = Augmentation.RandomErasing(probability: 0.25)
        let erased = (0..<4000).flatMap {
            augmentation.erasedRegions(height: 32, width: 32, seed: 3, epoch: 0, image: $0)
        }
        #expect((880...1120).contains(erased.count))
        #expect(erased.allSatisfy { $0.height < 32 && $0.width < 32 })
        augmentation = .none
        augmentation.cutout = 16
        let squares = (0..<4000).flatMap {
            augmentation.erasedRegions(height: 32, width: 32, seed: 3, epoch: 0, image: $0)
        }
        #expect(squares.count == 4000)
        #expect(squares.allSatisfy { $0.top >= 0 && $0.top + $0.height <= 32 })
        #expect(squares.allSatisfy { (8...16).contains($0.height) && (8...16).contains($0.width) })
        // A centre is at least 8 rows from either border in 17 of 32 rows.
        #expect((2000...2250).contains(squares.count { $0.height == 16 }))
        augmentation.cutout = 1
        #expect(
            augmentation.erasedRegions(height: 1, width: 1, seed: 0, epoch: 0, image: 0)
                == [PixelRegion(top: 0, left: 0, height: 1, width: 1)])
    }

    @Test("chooses every operation and magnitude about equally often")
    func policies() {
        var augmentation = Augmentation.none
        augmentation.policy = .trivialAugmentWide
        let operations = (0..<14_000).flatMap {
            augmentation.operations(height: 32, width: 32, seed: 5, epoch: 0, image: $0)
        }
        #expect(operations.count == 14_000)
        #expect((880...1120).contains(operations.count { $0 == .equalize }))
        #expect((880...1120).contains(operations.count { $0 == .identity }))
        let turns = operations.compactMap { operation -> Double? in
            guard case .rotate(let degrees) = operation else { return nil }
            return degrees
        }
        #expect((880...1120).contains(turns.count))
        #expect((380...620).contains(turns.count { $0 < 0 }))
        #expect(Set(turns.map { ($0 * 31).rounded() }).count == 61)
    }

    @Test("puts the four changes of colour in every order")
    func jitterOrder() {
        var augmentation = Augmentation.none
        augmentation.colorJitter = Augmentation.ColorJitter(
            brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)
        let orders = (0..<4800).map { image in
            augmentation.operations(height: 8, width: 8, seed: 9, epoch: 0, image: image)
                .map { $0.description.prefix(while: \.isLetter) }.joined(separator: " ")
        }
        let counts = Dictionary(grouping: orders, by: \.self).mapValues(\.count)
        #expect(counts.count == 24)
        #expect(counts.values.allSatisfy { (140...260).contains($0) })
    }
}
