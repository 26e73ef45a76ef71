// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNRandom

extension Augmentation {
    /// Random changes of brightness, contrast, saturation and hue, in random order.
    ///
    /// - Reference: torchvision's `ColorJitter` on Pillow images; Krizhevsky et al. 2012 and Howard
    ///   2013 began with such changes.
    public struct ColorJitter: Codable, Hashable, Sendable {
        /// How far from 1 the factor of brightness may be; it is at least 0.
        public var brightness: Double
        /// How far from 1 the factor of contrast may be; it is at least 0.
        public var contrast: Double
        /// How far from 1 the factor of saturation may be; it is at least 0.
        public var saturation: Double
        /// How far the hue may turn each way, as a fraction of the circle; in 0...0.5.
        public var hue: Double

        /// Creates a jitter; what is 0 is not changed.
        public init(
            brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0
        ) {
            self.brightness = brightness
            self.contrast = contrast
            self.saturation = saturation
            self.hue = hue
        }

        /// The changes that a stream of random numbers chooses, in their order.
        func operations(stream: RandomStream) -> [ImageOperation] {
            var order = [0, 1, 2, 3]
            for last in [3, 2, 1] {
                let draw = AugmentationDraw.jitterOrder + last - 1
                order.swapAt(last, stream.integer(at: draw, below: last + 1))
            }
            func factor(_ index: Int, _ amount: Double) -> Double {
                stream.uniform(
                    at: AugmentationDraw.jitterFactors + index, in: max(0, 1 - amount)...1 + amount)
            }
            return order.compactMap { index in
                switch index {
                case 0: brightness > 0 ? .brightness(factor(0, brightness)) : nil
                case 1: contrast > 0 ? .contrast(factor(1, contrast)) : nil
                case 2: saturation > 0 ? .saturation(factor(2, saturation)) : nil
                default:
                    hue > 0
                        ? .hue(
                            stream.uniform(at: AugmentationDraw.jitterFactors + 3, in: -hue...hue))
                        : nil
                }
            }
        }

        var problem: String? {
            for (name, amount) in [
                ("brightness", brightness), ("contrast", contrast), ("saturation", saturation),
            ] where !(0...1000).contains(amount) {
                return "the jitter of \(name) must be in 0...1000, not \(amount)"
            }
            return (0...0.5).contains(hue)
                ? nil : "the jitter of hue must be in 0...0.5, not \(hue)"
        }
    }
}
