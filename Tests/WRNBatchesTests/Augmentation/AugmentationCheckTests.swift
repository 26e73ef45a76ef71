// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNBatches

@Suite("An augmentation is refused")
struct AugmentationCheckTests {
    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func problem(_ change: (inout Augmentation) -> Void) -> String? {
        var augmentation = Augmentation.standard
        change(&augmentation)
        return message { try augmentation.validate() }
    }

    @Test("for numbers out of range, in these words")
    func ranges() {
        #expect(problem { _ in } == nil)
        #expect(
            problem { $0.cropPadding = -1 } == "the crop padding must be 0 or more pixels, not -1"
        )
        #expect(
            problem { $0.randomResizedCrop = Augmentation.RandomResizedCrop(scale: 0...1) }
                == "the areas of a random resized crop must be above 0 and at most 1.0, not 0.0 to 1.0"
        )
        #expect(
            problem { $0.randomResizedCrop = Augmentation.RandomResizedCrop(scale: 0.5...1.5) }
                == "the areas of a random resized crop must be above 0 and at most 1.0, not 0.5 to 1.5"
        )
        #expect(
            problem { $0.randomResizedCrop = Augmentation.RandomResizedCrop(ratio: -1...2) }
                == "the aspect ratios of a random resized crop must be at least 0.001 and at most 1000.0, "
                + "not -1.0 to 2.0")
        #expect(
            problem { $0.policy = .randAugment(operations: 0) }
                == "RandAugment takes 1 to 16 operations, not 0")
        #expect(
            problem { $0.policy = .randAugment(operations: 17) }
                == "RandAugment takes 1 to 16 operations, not 17")
        #expect(
            problem { $0.policy = .randAugment(magnitude: 31) }
                == "the magnitude of RandAugment is in 0...30, not 31")
        #expect(
            problem { $0.colorJitter = Augmentation.ColorJitter(brightness: -0.1) }
                == "the jitter of brightness must be in 0...1000, not -0.1")
        #expect(
            problem { $0.colorJitter = Augmentation.ColorJitter(contrast: .infinity) }
                == "the jitter of contrast must be in 0...1000, not inf")
        #expect(
            problem { $0.colorJitter = Augmentation.ColorJitter(saturation: .nan) }
                == "the jitter of saturation must be in 0...1000, not nan")
        #expect(
            problem { $0.colorJitter = Augmentation.ColorJitter(hue: 0.6) }
                == "the jitter of hue must be in 0...0.5, not 0.6")
        #expect(
            problem { $0.randomErasing = Augmentation.RandomErasing(probability: 1.5) }
                == "the probability of erasing must be in 0...1, not 1.5")
        #expect(
            problem { $0.randomErasing = Augmentation.RandomErasing(scale: -0.5...1) }
                == "the erased areas must be at least 0.0 and at most 1.0, not -0.5 to 1.0")
        #expect(
            problem { $0.randomErasing = Augmentation.RandomErasing(ratio: 0...1) }
                == "the aspect ratios of erased rectangles must be at least 0.001 and at most 1000.0, "
                + "not 0.0 to 1.0")
        #expect(
            problem { $0.cutout = 0 } == "the side of a cutout must be 1 or more pixels, not 0")
        #expect(
            problem { $0.mixup = 0 }
                == "the alpha of mixup must be above 0 and at most 1000, not 0.0")
        #expect(
            problem { $0.cutmix = .nan }
                == "the alpha of cutmix must be above 0 and at most 1000, not nan")
    }

    @Test("for images that it does not suit, in these words")
    func images() {
        var augmentation = Augmentation.standard
        #expect(message { try augmentation.check(height: 5, width: 9) } == nil)
        #expect(
            message { try augmentation.check(height: 4, width: 9) }
                == "a crop padding of 4 pixels does not suit images of 4 x 9; it is 0 to 3")
        augmentation.cutout = 19
        #expect(
            message { try augmentation.check(height: 5, width: 9) }
                == "a cutout of 19 pixels does not suit images of 5 x 9; its side is 1 to 18")
        augmentation.cutout = 18
        augmentation.mixup = -1
        #expect(
            message { try augmentation.check(height: 5, width: 9) }
                == "the alpha of mixup must be above 0 and at most 1000, not -1.0")
        #expect(message { try augmentation.check(channels: 2) } == nil)
        augmentation.colorJitter = Augmentation.ColorJitter(hue: 0.1)
        #expect(
            message { try augmentation.check(channels: 2) }
                == "colour jitter is for images of 1 channel (grey) or 3 (red, green, blue), not 2")
        augmentation.policy = .trivialAugmentWide
        #expect(
            message { try augmentation.check(channels: 4) }
                == "a policy is for images of 1 channel (grey) or 3 (red, green, blue), not 4")
        #expect(message { try augmentation.check(channels: 1) } == nil)
    }
}
