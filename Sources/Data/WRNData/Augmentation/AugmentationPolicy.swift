// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNRandom

/// Operations drawn from a fixed set of fourteen, as torchvision draws them.
public enum AugmentationPolicy: Codable, Hashable, Sendable {
    /// Several operations one after the other, all with the magnitude of one of 31 bins.
    ///
    /// - Reference: Cubuk et al. 2020, "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space".
    case randAugment(operations: Int = 2, magnitude: Int = 9)
    /// One operation, with the magnitude of any of 31 bins that reach further.
    ///
    /// - Reference: Müller and Hutter 2021, "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation".
    case trivialAugmentWide

    /// The operations on an image of `height` x `width` that a stream of random numbers chooses, in their order.
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
                "the magnitude of RandAugment is in 0...\(PolicySpace.bins - 1), not \(magnitude)"
        }
        return nil
    }
}
