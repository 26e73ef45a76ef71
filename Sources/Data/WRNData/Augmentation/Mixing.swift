// SPDX-License-Identifier: Apache-2.0

public import WRNImages

/// How the images of one batch are mixed with each other: each with the one before it, the first with the last, as torchvision pairs them.
public struct Mixing: Hashable, Sendable {
    /// The way of mixing.
    public enum Kind: Hashable, Sendable {
        /// Both images are averaged by the weight.
        case mixup
        /// The partner's rectangle replaces the image's; it may be empty.
        case cutmix(PixelRegion)
    }

    /// The way of mixing.
    public let kind: Kind
    /// λ, the share of an image's own class, in 0...1; 1 - λ is its partner's.
    public let weight: Double

    init(kind: Kind, weight: Double) {
        self.kind = kind
        self.weight = weight
    }

    /// The position of the image that is mixed into the one at `position` of a batch of `count`.
    public func partner(of position: Int, count: Int) -> Int {
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
    /// - Precondition: `images` is `count` images of `height` x `width`, and the rectangle lies in them.
    public func apply(to images: inout [Float], count: Int, height: Int, width: Int) {
        guard count > 1 else { return }
        let size = images.count / count
        precondition(
            size * count == images.count && size.isMultiple(of: height * width),
            "\(images.count) values are no \(count) images of \(height) x \(width)")
        // From the last to the first, so that each partner is still as it was; only the last one has to be kept.
        let last = Array(images[(count - 1) * size..<count * size])
        images.withUnsafeMutableBufferPointer { images in
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

    /// The classes of a mixed batch: `labels.count` rows of `classes` probabilities, λ for the own class and 1 - λ for the partner's.
    ///
    /// - Precondition: Each label is in `0 ..< classes`.
    public func targets(labels: [Int], classes: Int) -> [Float] {
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
