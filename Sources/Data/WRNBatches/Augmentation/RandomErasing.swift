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
    /// A rectangle of random area and aspect ratio that is set to 0 after normalisation, in some of
    /// the images.
    ///
    /// - Reference: Zhong et al. 2020, "Random Erasing Data Augmentation"; the algorithm is
    ///   torchvision's `RandomErasing.get_params`.
    public struct RandomErasing: Codable, Hashable, Sendable {
        /// How likely an image loses a rectangle.
        public var probability: Double
        /// The area as a share of the image's, drawn uniformly.
        public var scale: ClosedRange<Double>
        /// The height divided by the width, drawn uniformly in its logarithm.
        public var ratio: ClosedRange<Double>

        /// Creates an erasing; the defaults are those of torchvision.
        public init(
            probability: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33,
            ratio: ClosedRange<Double> = 0.3...3.3
        ) {
            self.probability = probability
            self.scale = scale
            self.ratio = ratio
        }

        /// The rectangle of an image; nil when the image keeps all pixels, or none of ten
        /// rectangles is smaller than the image both ways.
        func region(height: Int, width: Int, stream: RandomStream) -> PixelRegion? {
            guard stream.uniform(at: AugmentationDraw.erasing) < probability else { return nil }
            for index in 0..<AugmentationDraw.tries {
                let draw = AugmentationDraw.erasedRectangle + 4 * index
                let area = Double(height * width) * stream.uniform(at: draw, in: scale)
                let ratio = exp(
                    stream.uniform(at: draw + 1, in: log(ratio.lowerBound)...log(ratio.upperBound)))
                let rows = Int((area * ratio).squareRoot().rounded(.toNearestOrEven))
                let columns = Int((area / ratio).squareRoot().rounded(.toNearestOrEven))
                guard rows < height && columns < width else { continue }
                guard rows > 0 && columns > 0 else { return nil }
                return PixelRegion(
                    top: stream.integer(at: draw + 2, below: height - rows + 1),
                    left: stream.integer(at: draw + 3, below: width - columns + 1),
                    height: rows, width: columns)
            }
            return nil
        }

        var problem: String? {
            guard (0...1).contains(probability) else {
                return "the probability of erasing must be in 0...1, not \(probability)"
            }
            return scale.problem("the erased areas", in: 0...1, excludesZero: false)
                ?? ratio.problem(
                    "the aspect ratios of erased rectangles", in: 0.001...1000, excludesZero: false)
        }
    }
}
