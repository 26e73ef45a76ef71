// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// The algorithm of a convolution.
package enum ConvolutionAlgorithm: Hashable, Sendable {
    /// Multiplies each input with each weight that it meets.
    case direct
    /// Winograd's F(size x size, 3 x 3): tiles of `size`² outputs from (size + 2)² products; size
    /// is 4 or 2.
    case winograd(size: Int)

    /// The choices for a 3x3 convolution of stride 1.
    static let candidates: [ConvolutionAlgorithm] = [
        .direct, .winograd(size: 4), .winograd(size: 2),
    ]

    /// The name that people give it.
    package var name: String {
        switch self {
        case .direct: "direct"
        case .winograd(let size): "Winograd F(\(size)x\(size), 3x3)"
        }
    }
}

/// The written rule by which an algorithm is chosen: from the shape and the number of images alone,
/// never by timing, so that results repeat.
///
/// In training that is the planned batch; in inference a fixed number, so that results do not
/// depend on the batch.
///
/// Everything is counted in multiply-adds of one lane, the unit in which a kernel's time is spent
/// when it computes:
///
/// 1. The products: of the direct convolution k² per pixel and pair of channels, two in one step
///    with bfloat16; of Winograd (size + 2)² per tile.
/// 2. The transforms: `transformCost` per tile and block of channels, in and out; the fewer
///    channels, the more they weigh.
/// 3. The weights: each float that is read costs `weightCost`, which passes the products where a
///    batch has few pixels and many channels. Products and reading overlap, so the larger counts.
///
/// The first of the cheapest wins. The rule does not depend on the instruction set: the ratio of
/// arithmetic to memory differs less between sets than between machines of one set, and so the
/// memory of a plan is the same on every processor.
struct ConvolutionCost {
    /// Multiply-adds in the time of reading one float of weights from memory.
    static let weightCost = 24.0
    /// Multiply-adds in the time of one transform of one tile and block, by the tile's size.
    static func transformCost(size: Int) -> Double { size == 4 ? 6000 : 3300 }

    /// The cost of a convolution from `inputs` to `outputs` channels that makes `images` times
    /// `height` x `width` pixels.
    static func cost(
        _ algorithm: ConvolutionAlgorithm, _ precision: Precision = .float32, kernelSize: Int,
        inputs: Int, outputs: Int, height: Int, width: Int, images: Int
    ) -> Double {
        let pairs = Double(inputs) * Double(Kernels.padded(outputs))
        switch algorithm {
        case .direct:
            let taps = Double(kernelSize * kernelSize)
            let pixels = Double(images * height * width)
            return max(pixels, weightCost) * taps * pairs / Double(precision.channelsPerStep)
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
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, images: Int
    ) -> ConvolutionAlgorithm {
        let (height, width) = shape.producedExtents(direction)
        return cheapest(
            shape, shape.precision, inputs: shape.reducedChannels(direction),
            outputs: shape.producedChannels(direction), height: height, width: width,
            images: images)
    }

    /// The cheapest algorithm for the gradient of the weight of `shape`, which reads no weights.
    static func cheapestWeightGradient(
        _ shape: ConvolutionShape, images: Int
    ) -> ConvolutionAlgorithm {
        cheapest(
            shape, inputs: shape.inputChannels, outputs: shape.outputChannels,
            height: shape.outputHeight, width: shape.outputWidth, images: images)
    }

    private static func cheapest(
        _ shape: ConvolutionShape, _ precision: Precision = .float32, inputs: Int, outputs: Int,
        height: Int, width: Int, images: Int
    ) -> ConvolutionAlgorithm {
        guard shape.kernelSize == 3, shape.stride == 1 else { return .direct }
        let costs = ConvolutionAlgorithm.candidates.map { algorithm in
            (
                algorithm,
                cost(
                    algorithm, precision, kernelSize: 3, inputs: inputs, outputs: outputs,
                    height: height, width: width, images: images)
            )
        }
        return costs.min { $0.1 < $1.1 }?.0 ?? .direct
    }
}
