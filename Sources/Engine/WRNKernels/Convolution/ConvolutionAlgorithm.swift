// SPDX-License-Identifier: Apache-2.0

package import WRNTensor

/// The algorithm of a convolution.
package enum ConvolutionAlgorithm: Hashable, Sendable {
    /// Multiplies each input with each weight that it meets.
    case direct
    /// The same of inputs and weights rounded to bfloat16, with sums in float32.
    case directBFloat16
    /// The same on the processor's tile unit, AMX-BF16.
    case tiles
    /// Winograd's F(size x size, 3 x 3): tiles of `size`² outputs from (size + 2)² products; size
    /// is 4 or 2.
    case winograd(size: Int)

    /// Whether it computes 3x3 convolutions of stride 1 only.
    var isWinograd: Bool {
        if case .winograd = self { true } else { false }
    }

    /// The type of the numbers that it multiplies.
    package var factorType: ElementType { isWinograd || self == .direct ? .float32 : .bfloat16 }

    /// The channels that one step of it multiplies and adds.
    var channelsPerStep: Int { self == .directBFloat16 ? 2 : 1 }

    /// The name that people give it.
    package var name: String {
        switch self {
        case .direct: "direct"
        case .directBFloat16: "direct, bfloat16"
        case .tiles: "tiles, bfloat16"
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
    /// Whether there is a tile unit that this process may use.
    package let hasTiles: Bool

    /// Collects the numbers.
    package init(pairs: Double, hasTiles: Bool = false) {
        self.pairs = pairs
        self.hasTiles = hasTiles
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
/// 4. Tiles: the products of whole tiles, `tileRate` or for the gradient of a weight
///    `tileGradientRate` of them in one step; `tileElementCost` for each element of a patch that is
///    loaded, and of the result. Both rates and that cost are from a prototype on one processor,
///    Emerald Rapids.
///
/// The first of the cheapest wins, float32 before bfloat16. For float32 the rule does not depend on
/// the instruction set: the ratio of arithmetic to memory differs less between sets than between
/// machines of one set, and so the memory of a plan is the same on every processor.
struct ConvolutionCost {
    /// Multiply-adds in the time of reading one float of weights from memory.
    static let weightCost = 24.0
    /// Multiply-adds on tiles in the time of one in float32, of a convolution and of the gradient
    /// of a weight.
    static let tileRate = 12.0
    static let tileGradientRate = 8.0
    /// Multiply-adds in the time of loading, or of rounding and storing, one element for tiles.
    static let tileElementCost = 8.0
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
        case .tiles:
            return tileCost(
                rate: tileRate,
                depth: min(
                    kernelSize * kernelSize * TilePatch.padded(inputs),
                    kernelSize * TilePatch.padded(kernelSize * inputs)), inputs: inputs,
                outputs: outputs, pixels: images * TilePatch.rounded(height * width, TilePatch.size)
            )
        case .winograd(let size):
            let tiles = Double(images * ((height + size - 1) / size) * ((width + size - 1) / size))
            let elements = Double((size + 2) * (size + 2))
            let blocks = Double((Kernels.padded(inputs) + Kernels.padded(outputs)) / Kernels.lanes)
            return max(tiles, weightCost) * elements * pairs
                + tiles * blocks * transformCost(size: size)
        }
    }

    /// The cost on tiles of what sums over `depth` products for each of `pixels` pixels and each
    /// output, or for each output as often.
    private static func tileCost(
        rate: Double, depth: Int, inputs: Int, outputs: Int, pixels: Int
    ) -> Double {
        let (loaded, produced) = (Double(Kernels.padded(inputs)), Double(Kernels.padded(outputs)))
        return max(Double(pixels) / rate, weightCost / 2) * Double(depth) * produced
            + Double(pixels) * (loaded + produced) * tileElementCost
    }

    /// The cheapest algorithm for `shape` in `direction`.
    static func cheapest(
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, images: Int,
        _ rates: BFloat16Rates
    ) -> ConvolutionAlgorithm {
        let (height, width) = shape.producedExtents(direction)
        let (inputs, outputs) = (
            shape.reducedChannels(direction), shape.producedChannels(direction)
        )
        var candidates = candidates(shape)
        if rates.pairs > 0 { candidates.append(.directBFloat16) }
        if rates.hasTiles { candidates.append(.tiles) }
        return cheapest(of: candidates) { algorithm in
            cost(
                algorithm, rates, kernelSize: shape.kernelSize, inputs: inputs, outputs: outputs,
                height: height, width: width, images: images)
        }
    }

    /// The cheapest algorithm for the gradient of the weight of `shape`, which reads no weights.
    static func cheapestWeightGradient(
        _ shape: ConvolutionShape, images: Int, _ rates: BFloat16Rates
    ) -> ConvolutionAlgorithm {
        cheapest(of: candidates(shape) + (rates.hasTiles ? [.tiles] : [])) { algorithm in
            weightGradientCost(algorithm, shape, images: images)
        }
    }

    /// The cost of the gradient of the weight of `shape`.
    static func weightGradientCost(
        _ algorithm: ConvolutionAlgorithm, _ shape: ConvolutionShape, images: Int
    ) -> Double {
        let (height, width) = (shape.outputHeight, shape.outputWidth)
        if algorithm == .tiles {
            return tileCost(
                rate: tileGradientRate,
                depth: shape.tapCount * Kernels.padded(shape.inputChannels),
                inputs: shape.inputChannels, outputs: shape.outputChannels,
                pixels: images * TilePatch.padded(height * width))
        }
        return cost(
            algorithm, kernelSize: shape.kernelSize, inputs: shape.inputChannels,
            outputs: shape.outputChannels, height: height, width: width, images: images)
    }

    /// The algorithms that multiply float32.
    private static func candidates(_ shape: ConvolutionShape) -> [ConvolutionAlgorithm] {
        shape.kernelSize == 3 && shape.stride == 1
            ? [.direct, .winograd(size: 4), .winograd(size: 2)] : [.direct]
    }

    private static func cheapest(
        of candidates: [ConvolutionAlgorithm], _ cost: (ConvolutionAlgorithm) -> Double
    ) -> ConvolutionAlgorithm {
        candidates.map { ($0, cost($0)) }.min { $0.1 < $1.1 }?.0 ?? .direct
    }
}
