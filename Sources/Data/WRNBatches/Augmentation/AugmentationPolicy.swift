// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNImages
import WRNRandom

extension Augmentation {
    /// Operations drawn from a fixed set of fourteen, as torchvision draws them.
    public enum Policy: Codable, Hashable, Sendable {
        /// Several operations one after the other, all with the magnitude of one of 31 bins.
        ///
        /// - Reference: Cubuk et al. 2020, "RandAugment: Practical Automated Data Augmentation with
        ///   a Reduced Search Space".
        case randAugment(operations: Int = 2, magnitude: Int = 9)
        /// One operation, with the magnitude of any of 31 bins that reach further.
        ///
        /// - Reference: Müller and Hutter 2021, "TrivialAugment: Tuning-free Yet State-of-the-Art
        ///   Data Augmentation".
        case trivialAugmentWide

        /// The operations on an image of `height` x `width` that a stream of random numbers
        /// chooses, in their order.
        func operations(height: Int, width: Int, stream: RandomStream) -> [ImageOperation] {
            let (space, count) =
                switch self {
                case .randAugment(let operations, _):
                    (PolicySpace.randAugment(height: height, width: width), operations)
                case .trivialAugmentWide: (PolicySpace.trivialAugmentWide, 1)
                }
            return (0..<count).map { index in
                let draw = AugmentationDraw.policy + 3 * index
                let kind = PolicySpace.Kind.allCases[
                    stream.integer(at: draw, below: PolicySpace.Kind.allCases.count)]
                let bin =
                    switch self {
                    case .randAugment(_, let magnitude): magnitude
                    case .trivialAugmentWide:
                        stream.integer(at: draw + 1, below: PolicySpace.bins)
                    }
                return space.operation(kind, bin: bin, isNegative: stream.bool(at: draw + 2))
            }
        }

        var problem: String? {
            guard case .randAugment(let operations, let magnitude) = self else { return nil }
            guard (1...16).contains(operations) else {
                return "RandAugment takes 1 to 16 operations, not \(operations)"
            }
            guard (0..<PolicySpace.bins).contains(magnitude) else {
                return
                    "the magnitude of RandAugment is in 0...\(PolicySpace.bins - 1), "
                    + "not \(magnitude)"
            }
            return nil
        }
    }
}

/// How strong each operation of a policy is in each of 31 bins.
struct PolicySpace {
    /// The operations in torchvision's order, by which they are drawn.
    enum Kind: Int, CaseIterable {
        case identity, shearX, shearY, translateX, translateY, rotate, brightness, color, contrast
        case sharpness, posterize, solarize, autocontrast, equalize
    }

    /// The number of magnitudes.
    static let bins = 31

    private let shear: Float
    private let translation: (x: Float, y: Float)
    private let rotation: Float
    private let enhancement: Float
    /// How many of a channel's eight bits the last bin takes away.
    private let lostBits: Int

    /// RandAugment's space; translations grow with the image.
    static func randAugment(height: Int, width: Int) -> PolicySpace {
        func translation(_ extent: Int) -> Float { Float(150.0 / 331.0 * Double(extent)) }
        return PolicySpace(
            shear: 0.3, translation: (translation(width), translation(height)), rotation: 30,
            enhancement: 0.9, lostBits: 4)
    }

    /// TrivialAugment's wide space.
    static let trivialAugmentWide = PolicySpace(
        shear: 0.99, translation: (32, 32), rotation: 135, enhancement: 0.99, lostBits: 6)

    /// An operation at the magnitude of a bin; `isNegative` turns those round that have a
    /// direction.
    func operation(_ kind: Kind, bin: Int, isNegative: Bool) -> ImageOperation {
        func signed(_ largest: Float) -> Double {
            let magnitude = Double(Self.magnitude(from: 0, to: largest, bin: bin))
            return isNegative ? -magnitude : magnitude
        }
        return switch kind {
        case .identity: .identity
        case .shearX: .shearX(signed(shear))
        case .shearY: .shearY(signed(shear))
        case .translateX: .translateX(Int(signed(translation.x)))
        case .translateY: .translateY(Int(signed(translation.y)))
        case .rotate: .rotate(signed(rotation))
        case .brightness: .brightness(1 + signed(enhancement))
        case .color: .saturation(1 + signed(enhancement))
        case .contrast: .contrast(1 + signed(enhancement))
        case .sharpness: .sharpness(1 + signed(enhancement))
        case .posterize: .posterize(8 - Self.lostBits(lostBits, bin: bin))
        case .solarize: .solarize(Double(Self.magnitude(from: 255, to: 0, bin: bin)))
        case .autocontrast: .autocontrast
        case .equalize: .equalize
        }
    }

    /// The bin's place between two numbers: `torch.linspace` in single precision, which counts from
    /// the nearer end.
    ///
    /// These are PyTorch's numbers on a processor without vector units; with them it rounds a few
    /// of them differently in the last bit.
    private static func magnitude(from first: Float, to last: Float, bin: Int) -> Float {
        let step = (last - first) / Float(bins - 1)
        return bin < bins / 2 ? first + step * Float(bin) : last - step * Float(bins - 1 - bin)
    }

    private static func lostBits(_ most: Int, bin: Int) -> Int {
        Int((Float(bin) / (Float(bins - 1) / Float(most))).rounded(.toNearestOrEven))
    }
}
