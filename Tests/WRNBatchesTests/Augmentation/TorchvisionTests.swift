// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNRandom

@testable import WRNBatches
@testable import WRNDatasets

@Suite("With torchvision's random numbers, augmentation is torchvision's")
struct TorchvisionTests {
    @Test("in the rectangles of random resized crops")
    func crops() throws {
        for crop in try AugmentationFixture.read().crops {
            var augmentation = Augmentation.none
            augmentation.randomResizedCrop = Augmentation.RandomResizedCrop(
                scale: crop.scale, ratio: crop.ratio)
            let region = augmentation.region(
                height: crop.height, width: crop.width, seed: 11, epoch: 2, image: crop.image)
            #expect(
                region?.numbers == crop.region,
                "\(crop.height)x\(crop.width), image \(crop.image)")
        }
    }

    @Test("in the rectangles of random erasing")
    func erasures() throws {
        let erasures = try AugmentationFixture.read().erasures
        #expect(erasures.count { $0.region == nil } > 20)
        for erasure in erasures {
            var augmentation = Augmentation.none
            augmentation.randomErasing = Augmentation.RandomErasing(
                probability: erasure.probability, scale: erasure.scale, ratio: erasure.ratio)
            let regions = augmentation.erasedRegions(
                height: erasure.height, width: erasure.width, seed: 1 << 40 + 5, epoch: 7,
                image: erasure.image)
            #expect(
                regions.map(\.numbers) == [erasure.region].compactMap(\.self),
                "\(erasure.height)x\(erasure.width), image \(erasure.image)")
        }
    }

    @Test("in the strength of every operation in every bin")
    func spaces() throws {
        for expected in try AugmentationFixture.read().spaces {
            let isWide = expected.policy == "trivialAugmentWide"
            let space =
                isWide
                ? PolicySpace.trivialAugmentWide
                : PolicySpace.randAugment(height: expected.height, width: expected.width)
            #expect(expected.magnitudes.count == PolicySpace.Kind.allCases.count)
            for (kind, magnitudes) in zip(PolicySpace.Kind.allCases, expected.magnitudes) {
                let isSigned = expected.signed[kind.rawValue]
                for bin in 0..<PolicySpace.bins {
                    for isNegative in [false, true] {
                        let magnitude = magnitudes.count == 1 ? 0 : magnitudes[bin]
                        let signed = isSigned && isNegative ? -magnitude : magnitude
                        #expect(
                            space.operation(kind, bin: bin, isNegative: isNegative)
                                == Self.operation(kind, signed), "\(kind) \(bin)")
                    }
                }
            }
        }
    }

    /// What torchvision's `_apply_op` does with a magnitude.
    private static func operation(_ kind: PolicySpace.Kind, _ value: Double) -> ImageOperation {
        switch kind {
        case .identity: .identity
        case .shearX: .shearX(value)
        case .shearY: .shearY(value)
        case .translateX: .translateX(Int(value))
        case .translateY: .translateY(Int(value))
        case .rotate: .rotate(value)
        case .brightness: .brightness(1 + value)
        case .color: .saturation(1 + value)
        case .contrast: .contrast(1 + value)
        case .sharpness: .sharpness(1 + value)
        case .posterize: .posterize(Int(value))
        case .solarize: .solarize(value)
        case .autocontrast: .autocontrast
        case .equalize: .equalize
        }
    }

    @Test("in every byte after flip, padded crop, policy and colour jitter")
    func pipelines() throws {
        let pipelines = try AugmentationFixture.read().pipelines
        #expect(pipelines.count == 24)
        for expected in pipelines {
            try expected.augmentation.check(height: expected.height, width: expected.width)
            let digests = expected.digests.indices.map { index in
                let image = AugmentationFixture.noise(
                    height: expected.height, width: expected.width, channels: expected.channels,
                    image: index)
                return AugmentationFixture.digest(
                    expected.augmentation.augmented(image, seed: 2026, epoch: 3, image: index)
                        .pixels)
            }
            #expect(
                digests == expected.digests,
                "\(expected.height)x\(expected.width)x\(expected.channels) \(expected.augmentation)"
            )
        }
    }

    @Test("in the numbers and the classes of mixed batches")
    func mixes() throws {
        let (count, height, width, channels) = (4, 6, 5, 2)
        let images = (0..<count * height * width * channels).map { index in
            (Float(index) * 0.37).truncatingRemainder(dividingBy: 3) - 1.5
        }
        for expected in try AugmentationFixture.read().mixes {
            var augmentation = Augmentation.none
            if expected.kind == "mixup" {
                augmentation.mixup = expected.alpha
            } else {
                augmentation.cutmix = expected.alpha
            }
            let mixing = try #require(
                augmentation.mixing(
                    height: height, width: width, seed: 99, epoch: 1, batch: expected.batch))
            var mixed = images
            mixing.apply(to: &mixed, count: count, height: height, width: width)
            #expect(mixed == expected.images, "\(expected.kind), batch \(expected.batch)")
            let targets = mixing.targets(labels: [0, 2, 2, 1], classes: 3)
            // torchvision rounds 1 - λ on its own; here the two shares add up to exactly 1.
            for (own, theirs) in zip(targets, expected.targets) {
                #expect(abs(own - theirs) <= 0x1p-24, "\(expected.kind), batch \(expected.batch)")
            }
        }
    }
}
