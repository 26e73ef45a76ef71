// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// The choice made for one convolution: its algorithm, and what follows from that and the batch
/// before any memory exists.
package struct ConvolutionPlan: Hashable, Sendable {
    /// The numbers of the convolution.
    package let shape: ConvolutionShape
    /// The direction in which its weights are read.
    package let direction: ConvolutionOperator.Direction
    /// The images of a full batch.
    package let images: Int
    /// The rates by which the algorithm is chosen.
    package let rates: BFloat16Rates
    /// The algorithm.
    package let algorithm: ConvolutionAlgorithm

    /// Chooses by the written rule unless `algorithm` is given, which must be able to compute the
    /// shape.
    ///
    /// - Parameter rates: Those of the processor where inputs and results lie in bfloat16; else
    ///   nothing but float32 is multiplied.
    package init(
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, images: Int,
        rates: BFloat16Rates = .none, algorithm: ConvolutionAlgorithm? = nil
    ) {
        self.shape = shape
        self.direction = direction
        self.images = images
        self.rates = rates
        self.algorithm =
            algorithm ?? ConvolutionCost.cheapest(shape, direction, images: images, rates)
        precondition(
            !self.algorithm.isWinograd || (shape.kernelSize == 3 && shape.stride == 1),
            "\(self.algorithm.name) computes 3x3 convolutions of stride 1 only")
    }

    /// The images of a batch that are assumed in choosing an algorithm for inference.
    static let inferenceImages = 64

    /// Chooses for inference, where an image's result has the same bits in every batch: the
    /// algorithm, which decides on them, is that of a large batch, and the planned one only decides
    /// how the work is cut.
    package static func inference(
        _ shape: ConvolutionShape, images: Int, rates: BFloat16Rates = .none
    ) -> ConvolutionPlan {
        ConvolutionPlan(
            shape, .forward, images: images, rates: rates,
            algorithm: ConvolutionCost.cheapest(
                shape, .forward, images: inferenceImages, rates))
    }

    /// The floats of the weight when packed.
    package var packedCount: Int {
        let produced = Kernels.padded(shape.producedChannels(direction))
        return switch algorithm {
        case .direct, .directBFloat16:
            // A block of results is 16 wide, so that elements of two bytes fill whole floats.
            shape.tapCount * packedDepth * produced * algorithm.factorType.byteCount
                / MemoryLayout<Float>.stride
        case .tiles:
            (TilePatch(shape, direction).weightOffsets(blocks: produced / Kernels.lanes).last ?? 0)
                * algorithm.factorType.byteCount / MemoryLayout<Float>.stride
        case .winograd(let size):
            (size + 2) * (size + 2) * shape.reducedChannels(direction) * produced
        }
    }

    /// The elements of a kernel element's weights when packed for a direct convolution, for each
    /// channel of the result.
    var packedDepth: Int {
        let step = algorithm.channelsPerStep
        return (shape.reducedChannels(direction) + step - 1) / step * step
    }

    /// The start of a phase's weights in the weight packed for a direct convolution, in bytes.
    func packedOffset(phase: Int) -> Int {
        shape.phases(direction)[..<phase].map(\.taps.count).reduce(0, +)
            * packedDepth * Kernels.padded(shape.producedChannels(direction))
            * algorithm.factorType.byteCount
    }

    /// The scratch floats that threads share.
    package var sharedScratchFloats: Int {
        if algorithm == .tiles {
            let tiling = TileTiling(self)
            return tiling.sharedFloats(TilePatch(shape, direction, rows: tiling.rows))
        }
        guard case .winograd(let size) = algorithm else { return 0 }
        let tiling = WinogradTiling(size: size, plan: self)
        guard tiling.sharesTiles else { return 0 }
        let channels = Kernels.padded(shape.reducedChannels(direction))
        return tiling.blocks.count
            * WinogradTiles.floatCount(
                size: size, blocks: channels / Kernels.lanes,
                tileCount: tiling.blocks.tilesPerBlock, order: .elements)
    }

    /// The division of the result where sums are taken.
    package var windows: Windows {
        switch algorithm {
        case .direct, .directBFloat16:
            let (height, width) = shape.producedExtents(direction)
            let step = shape.phases(direction)[0].outputStep
            let tiling = DirectTiling(self)
            return Windows(height: height, width: width, rows: min(height, tiling.rows * step))
        case .tiles:
            let (height, width) = shape.producedExtents(direction)
            let step = shape.phases(direction)[0].outputStep
            let rows = TileTiling(self).rows
            return Windows(height: height, width: width, rows: min(height, rows * step))
        case .winograd(let size):
            let (height, width) = shape.producedExtents(direction)
            let tiling = WinogradTiling(size: size, plan: self)
            return Windows(
                height: height, width: width, rows: min(height, tiling.blocks.rowsPerBlock * size))
        }
    }

    /// The division of the work, in words.
    package var cutDescription: String {
        switch algorithm {
        case .direct, .directBFloat16:
            let tiling = DirectTiling(self)
            let parts = tiling.panelParts == 1 ? "" : ", outputs in \(tiling.panelParts) parts"
            return "\(tiling.rows) rows\(parts)"
        case .tiles: return TileTiling(self).description
        case .winograd(let size):
            let tiling = WinogradTiling(size: size, plan: self)
            return
                "\(tiling.blocks.tilesPerBlock) tiles\(tiling.sharesTiles ? ", outputs apart" : "")"
        }
    }
}

extension ConvolutionPlan {
    /// The cost of the chosen algorithm by the written rule, in multiply-adds.
    package var cost: Double {
        // The phases of a strided convolution's gradient meet each output and kernel element once,
        // as the convolution does.
        let (height, width) =
            shape.stride == 1
            ? shape.producedExtents(direction) : (shape.outputHeight, shape.outputWidth)
        return ConvolutionCost.cost(
            algorithm, rates, kernelSize: shape.kernelSize,
            inputs: shape.reducedChannels(direction),
            outputs: shape.producedChannels(direction), height: height, width: width,
            images: images)
    }
}

extension WeightGradientPlan {
    /// The cost of the chosen algorithm by the written rule, in multiply-adds.
    package var cost: Double {
        ConvolutionCost.weightGradientCost(algorithm, shape, images: images)
    }
}
