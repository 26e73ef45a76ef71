// SPDX-License-Identifier: Apache-2.0

public import WRNImages
import WRNRandom

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Augmentation {
    /// A part of the stored image, of random area and aspect ratio, that is resized to the
    /// network's size.
    ///
    /// - Reference: Szegedy et al. 2015, "Going Deeper with Convolutions"; the algorithm is
    ///   torchvision's `RandomResizedCrop.get_params`.
    public struct RandomResizedCrop: Codable, Hashable, Sendable {
        /// The area as a share of the image's, drawn uniformly.
        public var scale: ClosedRange<Double>
        /// The width divided by the height, drawn uniformly in its logarithm.
        public var ratio: ClosedRange<Double>

        /// Creates a crop; the defaults are those of GoogLeNet and of torchvision.
        public init(
            scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3.0 / 4...4.0 / 3
        ) {
            self.scale = scale
            self.ratio = ratio
        }

        /// The rectangle in an image of `height` x `width` that a stream of random numbers chooses.
        ///
        /// Ten times an area and a ratio are drawn; the first rectangle that fits is put anywhere
        /// in the image. If none fits, it is the largest one in the middle whose ratio is allowed.
        func region(height: Int, width: Int, stream: RandomStream) -> PixelRegion {
            for index in 0..<AugmentationDraw.tries {
                let draw = AugmentationDraw.resizedCrop + 4 * index
                let area = Double(height * width) * stream.uniform(at: draw, in: scale)
                let ratio = exp(
                    stream.uniform(at: draw + 1, in: log(ratio.lowerBound)...log(ratio.upperBound)))
                let columns = Int((area * ratio).squareRoot().rounded(.toNearestOrEven))
                let rows = Int((area / ratio).squareRoot().rounded(.toNearestOrEven))
                if (1...width).contains(columns) && (1...height).contains(rows) {
                    return PixelRegion(
                        top: stream.integer(at: draw + 2, below: height - rows + 1),
                        left: stream.integer(at: draw + 3, below: width - columns + 1),
                        height: rows, width: columns)
                }
            }
            let whole = Double(width) / Double(height)
            let nearest = min(max(whole, ratio.lowerBound), ratio.upperBound)
            var (rows, columns) = (height, width)
            // A rectangle has a pixel each way, however long and thin the image is.
            if whole < nearest {
                rows = max(1, Int((Double(width) / nearest).rounded(.toNearestOrEven)))
            }
            if whole > nearest {
                columns = max(1, Int((Double(height) * nearest).rounded(.toNearestOrEven)))
            }
            return PixelRegion(
                top: (height - rows) / 2, left: (width - columns) / 2, height: rows, width: columns)
        }

        var problem: String? {
            scale.problem("the areas of a random resized crop", in: 0...1, excludesZero: true)
                ?? ratio.problem(
                    "the aspect ratios of a random resized crop", in: 0.001...1000,
                    excludesZero: false)
        }
    }
}

extension Augmentation {
    /// The rectangle of a stored image that is resized to the network's size; nil where it is the
    /// whole image.
    ///
    /// - Parameters:
    ///   - height: The rows of the stored image.
    ///   - width: Its columns.
    ///   - seed: The seed of the random numbers, together with the epoch and the image's index in
    ///     the set.
    public func region(
        height: Int, width: Int, seed: UInt64, epoch: Int, image: Int
    ) -> PixelRegion? {
        randomResizedCrop?.region(
            height: height, width: width,
            stream: RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image))
    }
}
