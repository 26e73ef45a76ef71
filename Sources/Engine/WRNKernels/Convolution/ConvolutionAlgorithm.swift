// SPDX-License-Identifier: Apache-2.0

package import WRNTensor

/// The algorithm of a convolution.
package enum ConvolutionAlgorithm: Hashable, Sendable {
    /// Multiplies each input with each weight that it meets.
    case direct
    /// The same of inputs and weights rounded to bfloat16, with sums in float32.
    case directBFloat16
    /// Winograd's F(size x size, 3 x 3): tiles of `size`² outputs from (size + 2)² products; size
    /// is 4 or 2.
    case winograd(size: Int)

    /// Whether it computes 3x3 convolutions of stride 1 only.
    var isWinograd: Bool {
        if case .winograd = self { true } else { false }
    }

    /// The type of the numbers that it multiplies.
    package var factorType: ElementType { self == .directBFloat16 ? .bfloat16 : .float32 }

    /// The channels that one step of it multiplies and adds.
    var channelsPerStep: Int { self == .directBFloat16 ? 2 : 1 }

    /// The name that people give it.
    package var name: String {
        switch self {
        case .direct: "direct"
        case .directBFloat16: "direct, bfloat16"
        case .winograd(let size): "Winograd F(\(size)x\(size), 3x3)"
        }
    }
}

/// How fast a processor multiplies numbers of bfloat16, by which the written rule chooses
/// algorithms for maps of that type.
///
/// The numbers are constants of processors, not measured as a program runs, so that results repeat.
package struct BFloat16Rates: Hashable, Sendable {
    /// The multiply-adds that are done in the time of one in float32 by instructions that add the
    /// products of pairs to a sum in float32; 0 where there are none.
    package let pairs: Double

    /// Collects the numbers.
    package init(pairs: Double) {
        self.pairs = pairs
    }

    /// A processor, or a map, for which only float32 is multiplied.
    package static let none = BFloat16Rates(pairs: 0)
}

/// The written rule by which an algorithm is chosen: from the shape, the number of images and, for
/// maps of bfloat16, the processor's rates, never by timing, so that results repeat.
///
/// The number of images is in training the planned batch; in inference a fixed one, so that results
/// do not depend on the batch.
///
/// Everything is counted in multiply-adds of one lane, the unit in which a kernel's time is spent
/// when it computes:
///
/// 1. The products: of the direct convolution k² per pixel and pair of channels, with bfloat16 as
///    many of them in one step as the processor's rate is; of Winograd (size + 2)² per tile.
/// 2. The transforms: `transformCost` per tile and block of channels, in and out; the fewer
///    channels, the more they weigh.
/// 3. The weights: each float that is read costs `weightCost`, which passes the products where a
///    batch has few pixels and many channels. Products and reading overlap, so the larger counts.
///    Numbers of bfloat16 cost half.
///
/// The first of the cheapest wins, float32 before bfloat16. For float32 the rule does not depend on
/// the instruction set: the ratio of arithmetic to memory differs less between sets than between
/// machines of one set, and so the memory of a plan is the same on every processor.
struct ConvolutionCost {
    /// Multiply-adds in the time of reading one float of weights from memory.
    static let weightCost = 24.0
    /// Multiply-adds in the time of one transform of one tile and block, by the tile's size.
    static func transformCost(size: Int) -> Double { size == 4 ? 6000 : 3300 }

    /// The cost of a convolution from `inputs` to `outputs` channels that makes `images` times
    /// `height` x `width` pixels.
    static func cost(
        _ algorithm: ConvolutionAlgorithm, _ rates: BFloat16Rates = .none, kernelSize: Int,
        inputs: Int, outputs: Int, height: Int, width: Int, images: Int
    ) -> Double {
        let pairs = Double(inputs) * Double(Kernels.padded(outputs))
        let taps = Double(kernelSize * kernelSize)
        let pixels = Double(images * height * width)
        switch algorithm {
        case .direct:
            return max(pixels, weightCost) * taps * pairs
        case .directBFloat16:
            return max(pixels / rates.pairs, weightCost / 2) * taps * pairs
        case .winograd(let size):
            let tiles = Double(images * ((height + size - 1) / size) * ((width + size - 1) / size))
            let elements = Double((size + 2) * (size + 2))
            let blocks = Double((Kernels.padded(inputs) + Kernels.padded(outputs)) / Kernels.lanes)
            return max(tiles, weightCost) * elements * pairs
                + tiles * blocks * transformCost(size: size)
        }
    }

    /// The cheapest algorithm for `shape` in `direction`.
    static func cheapest(
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, images: Int,
        _ rates: BFloat16Rates
    ) -> ConvolutionAlgorithm {
        let (height, width) = shape.producedExtents(direction)
        return cheapest(
            shape, rates, inputs: shape.reducedChannels(direction),
            outputs: shape.producedChannels(direction), height: height, width: width,
            images: images)
    }

    /// The cheapest algorithm for the gradient of the weight of `shape`, which reads no weights.
    static func cheapestWeightGradient(
        _ shape: ConvolutionShape, images: Int
    ) -> ConvolutionAlgorithm {
        cheapest(
            shape, .none, inputs: shape.inputChannels, outputs: shape.outputChannels,
            height: shape.outputHeight, width: shape.outputWidth, images: images)
    }

    private static func cheapest(
        _ shape: ConvolutionShape, _ rates: BFloat16Rates, inputs: Int, outputs: Int,
        height: Int, width: Int, images: Int
    ) -> ConvolutionAlgorithm {
        var candidates = [ConvolutionAlgorithm.direct]
        if shape.kernelSize == 3, shape.stride == 1 {
            candidates += [.winograd(size: 4), .winograd(size: 2)]
        }
        if rates.pairs > 0 { candidates.append(.directBFloat16) }
        let costs = candidates.map { algorithm in
            (
                algorithm,
                cost(
                    algorithm, rates, kernelSize: shape.kernelSize, inputs: inputs,
                    outputs: outputs, height: height, width: width, images: images)
            )
        }
        return costs.min { $0.1 < $1.1 }?.0 ?? .direct
    }
}
