// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
package import WRNImages
import WRNRandom

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The mixing of the images of one batch: each with the one before it, the first with the last, as
/// torchvision pairs them; in a batch of several shards, those of each shard among themselves.
package struct Mixing: Hashable, Sendable {
    /// The way of mixing.
    package enum Kind: Hashable, Sendable {
        /// Both images are averaged by the weight.
        case mixup
        /// The partner's rectangle replaces the image's; it may be empty.
        case cutmix(PixelRegion)
    }

    /// The way of mixing.
    package let kind: Kind
    /// λ, the share of an image's own class, in 0...1; 1 - λ is its partner's.
    package let weight: Double

    init(kind: Kind, weight: Double) {
        self.kind = kind
        self.weight = weight
    }

    /// The position of the image that is mixed into the one at `position` of a batch of `count`.
    package func partner(of position: Int, count: Int) -> Int {
        position == 0 ? count - 1 : position - 1
    }

    /// Mixes the images of a batch in place.
    ///
    ///     mixup:   x[i] = λ x[i] + (1 - λ) x[partner of i], in single precision
    ///     cutmix:  x[i] = x[partner of i] in the rectangle
    ///
    /// - Parameters:
    ///   - images: `[count, height, width, channels]` values.
    ///   - count: The images of the batch.
    /// - Precondition: `images` is `count` images of `height` x `width`, and the rectangle lies in
    ///   them.
    package func apply(to images: inout [Float], count: Int, height: Int, width: Int) {
        guard count > 1 else { return }
        images.withUnsafeMutableBufferPointer { images in
            apply(to: images, count: count, height: height, width: width)
        }
    }

    /// Mixes some of the images of a batch among themselves.
    ///
    /// - Parameters:
    ///   - all: `[total, height, width, channels]` values.
    ///   - chosen: Which of the images are mixed.
    ///   - total: The images of `all`.
    /// - Precondition: `all` is `total` images of `height` x `width`, and the rectangle lies in
    ///   them.
    func apply(
        to all: inout [Float], _ chosen: Range<Int>, of total: Int, height: Int, width: Int
    ) {
        guard chosen.count > 1 else { return }
        let size = all.count / total
        all.withUnsafeMutableBufferPointer { all in
            apply(
                to: UnsafeMutableBufferPointer(
                    rebasing: all[chosen.lowerBound * size..<chosen.upperBound * size]),
                count: chosen.count, height: height, width: width)
        }
    }

    private func apply(
        to images: UnsafeMutableBufferPointer<Float>, count: Int, height: Int, width: Int
    ) {
        let size = images.count / count
        precondition(
            size * count == images.count && size.isMultiple(of: height * width),
            "\(images.count) values are no \(count) images of \(height) x \(width)")
        // From the last to the first, so that each partner is still as it was; only the last one
        // has to be kept.
        let last = Array(images[(count - 1) * size..<count * size])
        last.withUnsafeBufferPointer { last in
            for position in stride(from: count - 1, through: 0, by: -1) {
                let own = UnsafeMutableBufferPointer(
                    rebasing: images[position * size..<(position + 1) * size])
                let partner =
                    position == 0
                    ? last
                    : UnsafeBufferPointer(
                        rebasing: images[(position - 1) * size..<position * size])
                mix(partner, into: own, height: height, width: width)
            }
        }
    }

    private func mix(
        _ partner: UnsafeBufferPointer<Float>, into own: UnsafeMutableBufferPointer<Float>,
        height: Int, width: Int
    ) {
        switch kind {
        case .mixup:
            let (share, rest) = (Float(weight), Float(1 - weight))
            for index in 0..<own.count { own[index] = own[index] * share + partner[index] * rest }
        case .cutmix(let region):
            let channels = own.count / (height * width)
            for row in region.top..<region.top + region.height {
                let start = (row * width + region.left) * channels
                for index in start..<start + region.width * channels {
                    own[index] = partner[index]
                }
            }
        }
    }

    /// The classes of a mixed batch: `labels.count` rows of `classes` probabilities, λ for the own
    /// class and 1 - λ for the partner's.
    ///
    /// - Precondition: Each label is in `0 ..< classes`.
    package func targets(labels: [Int], classes: Int) -> [Float] {
        var targets = [Float](repeating: 0, count: labels.count * classes)
        for (position, label) in labels.enumerated() {
            precondition(
                (0..<classes).contains(label), "label \(label) is none of \(classes) classes")
            let other = labels[partner(of: position, count: labels.count)]
            // Equal classes must add up to exactly 1.
            if other == label {
                targets[position * classes + label] = 1
            } else {
                targets[position * classes + label] = Float(weight)
                targets[position * classes + other] = 1 - Float(weight)
            }
        }
        return targets
    }
}

extension Augmentation {
    /// How the images of one batch are mixed; nil without ``mixup`` and ``cutmix``.
    ///
    /// - Parameters:
    ///   - height: The rows of the network's input.
    ///   - width: The columns of the network's input.
    ///   - seed: The seed of the random numbers, together with the epoch and the batch's number in
    ///     it.
    /// - Reference: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization"; Yun et al.
    ///   2019, "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
    ///   Features".
    package func mixing(
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

    /// The indices of the random numbers of one batch, in its stream of ``RandomPurpose/mixing``;
    /// none ever changes its place.
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

    /// A rectangle with its centre on any pixel and 1 - λ of the image's area, cut to the image; λ
    /// becomes what is left of it.
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
    /// c sqrt(2α) is Student's t with 2α degrees of freedom (Bailey 1994), from which the symmetric
    /// Beta follows (Devroye 1996, "Random Variate Generation in One Line of Code").
    static func symmetricBeta(_ alpha: Double, _ stream: RandomStream) -> Double {
        let u = 1 - stream.uniform(at: MixingDraw.radius)
        let v = stream.uniform(at: MixingDraw.angle)
        let c = expm1(-log(u) / alpha).squareRoot() * cos(2 * Double.pi * v)
        // Written so that an infinite c gives 0 or 1.
        let half = 0.5 / (1 + 1 / (c * c)).squareRoot()
        return c < 0 ? 0.5 - half : 0.5 + half
    }
}
