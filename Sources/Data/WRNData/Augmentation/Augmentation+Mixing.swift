// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNRandom

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Augmentation {
    /// How the images of one batch are mixed; nil without ``mixup`` and ``cutmix``.
    ///
    /// - Parameters:
    ///   - height: The rows that the network sees.
    ///   - width: The columns that the network sees.
    ///   - seed: What everything is drawn from, with the epoch and the batch's number in it.
    /// - Reference: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization"; Yun et al. 2019, "CutMix: Regularization Strategy to
    ///   Train Strong Classifiers with Localizable Features".
    public func mixing(
        height: Int, width: Int, seed: UInt64, epoch: Int, batch: Int
    ) -> Mixing? {
        let stream = RandomStream(seed: seed, purpose: .mixing, step: epoch, item: batch)
        switch (mixup, cutmix) {
        case (nil, nil): return nil
        case (let alpha?, nil): return Self.mixup(alpha, stream)
        case (nil, let alpha?): return Self.cutmix(alpha, height: height, width: width, stream)
        case (let mixup?, let cutmix?):
            return stream.bool(at: MixingDraw.kind)
                ? Self.cutmix(cutmix, height: height, width: width, stream)
                : Self.mixup(mixup, stream)
        }
    }

    /// The indices of the random numbers of one batch, in its stream of ``RandomPurpose/mixing``; none is ever moved.
    private enum MixingDraw {
        static let kind = 0
        static let radius = 1
        static let angle = 2
        static let row = 3
        static let column = 4
    }

    private static func mixup(_ alpha: Double, _ stream: RandomStream) -> Mixing {
        Mixing(kind: .mixup, weight: symmetricBeta(alpha, stream))
    }

    /// A rectangle with its centre on any pixel and 1 - λ of the image's area, cut to the image; λ becomes what is left of it.
    private static func cutmix(
        _ alpha: Double, height: Int, width: Int, _ stream: RandomStream
    ) -> Mixing {
        let half = 0.5 * (1 - symmetricBeta(alpha, stream)).squareRoot()
        func part(_ draw: Int, _ extent: Int) -> Range<Int> {
            let centre = stream.integer(at: draw, below: extent)
            let reach = Int(half * Double(extent))
            return (centre - reach..<centre + reach).clamped(to: 0..<extent)
        }
        let (rows, columns) = (part(MixingDraw.row, height), part(MixingDraw.column, width))
        let region = PixelRegion(
            top: rows.lowerBound, left: columns.lowerBound, height: rows.count,
            width: columns.count)
        return Mixing(
            kind: .cutmix(region),
            weight: 1 - Double(rows.count * columns.count) / Double(height * width))
    }

    /// A number of the distribution Beta(α, α), from two uniform ones and without rejection.
    ///
    ///     c = sqrt(u^(-1/α) - 1) cos(2π v),   (1 + c / sqrt(1 + c²)) / 2
    ///
    /// c sqrt(2α) is Student's t with 2α degrees of freedom (Bailey 1994), from which the symmetric Beta follows (Devroye 1996, "Random
    /// Variate Generation in One Line of Code").
    static func symmetricBeta(_ alpha: Double, _ stream: RandomStream) -> Double {
        let u = 1 - stream.uniform(at: MixingDraw.radius)
        let v = stream.uniform(at: MixingDraw.angle)
        let c = expm1(-log(u) / alpha).squareRoot() * cos(2 * Double.pi * v)
        // Written so that an infinite c gives 0 or 1.
        let half = 0.5 / (1 + 1 / (c * c)).squareRoot()
        return c < 0 ? 0.5 - half : 0.5 + half
    }
}
