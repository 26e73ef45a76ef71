// SPDX-License-Identifier: Apache-2.0

/// The choice made for one convolution: its algorithm, and what follows from that and the batch before any memory exists.
package struct ConvolutionPlan: Hashable, Sendable {
    /// The numbers of the convolution.
    package let shape: ConvolutionShape
    /// Which way its weights are read.
    package let direction: ConvolutionOperator.Direction
    /// The images of a full batch.
    package let images: Int
    /// How it is computed.
    package let algorithm: ConvolutionAlgorithm
    /// Whether weights are packed piece by piece as they are used, and never stored.
    package let packsOnTheWay: Bool

    /// Chooses by the written rule unless `algorithm` is given, which must be able to compute the shape.
    package init(
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, images: Int,
        algorithm: ConvolutionAlgorithm? = nil, packsOnTheWay: Bool = false
    ) {
        self.shape = shape
        self.direction = direction
        self.images = images
        self.packsOnTheWay = packsOnTheWay
        self.algorithm = algorithm ?? ConvolutionCost.cheapest(shape, direction, images: images)
        precondition(
            self.algorithm == .direct || (shape.kernelSize == 3 && shape.stride == 1),
            "\(self.algorithm.name) computes 3x3 convolutions of stride 1 only")
    }

    /// The images of a batch that are assumed in choosing an algorithm for inference.
    static let inferenceImages = 64

    /// Chooses for inference, where an image's result must have the same bits in every batch: the algorithm, which decides on them, is
    /// that of a large batch, and whatever is planned changes only when work is done.
    ///
    /// The best algorithms of large batches have many weights when packed, and few images do not repay reading them: then they are made of
    /// the weights as they are, again in each run.
    package static func inference(_ shape: ConvolutionShape, images: Int) -> ConvolutionPlan {
        let algorithm = ConvolutionCost.cheapest(shape, .forward, images: inferenceImages)
        let plan = ConvolutionPlan(shape, .forward, images: images, algorithm: algorithm)
        guard case .winograd(let size) = algorithm,
            ConvolutionCost.isCheaperPackingOnTheWay(WinogradTiling(size: size, plan: plan), plan)
        else { return plan }
        return ConvolutionPlan(
            shape, .forward, images: images, algorithm: algorithm, packsOnTheWay: true)
    }

    /// The floats of the weight when packed and kept.
    package var packedCount: Int {
        if packsOnTheWay { return 0 }
        let produced = Kernels.padded(shape.producedChannels(direction))
        return switch algorithm {
        case .direct:
            // A block of results is 16 wide, so that elements of two bytes fill whole floats.
            shape.tapCount * shape.packedDepth(direction) * produced * shape.precision.byteCount
                / MemoryLayout<Float>.stride
        case .winograd(let size):
            (size + 2) * (size + 2) * shape.reducedChannels(direction) * produced
        }
    }

    /// How the numbers that are multiplied are rounded.
    package var precision: Precision { algorithm == .direct ? shape.precision : .float32 }

    /// The scratch floats that threads share.
    package var sharedScratchFloats: Int {
        guard case .winograd(let size) = algorithm else { return 0 }
        let tiling = WinogradTiling(size: size, plan: self)
        guard tiling.sharesTiles else { return 0 }
        let channels = Kernels.padded(shape.reducedChannels(direction))
        return tiling.blocks.count
            * WinogradTiles.floatCount(
                size: size, blocks: channels / Kernels.lanes,
                tileCount: tiling.blocks.tilesPerBlock, order: .elements)
    }

    /// How the result is divided where sums are taken.
    package var windows: Windows {
        switch algorithm {
        case .direct:
            let (height, width) = shape.producedExtents(direction)
            let step = shape.phases(direction)[0].outputStep
            let tiling = DirectTiling(shape, direction, images: images)
            return Windows(height: height, width: width, rows: min(height, tiling.rows * step))
        case .winograd(let size):
            let (height, width) = shape.producedExtents(direction)
            let tiling = WinogradTiling(size: size, plan: self)
            return Windows(
                height: height, width: width, rows: min(height, tiling.blocks.rowsPerBlock * size))
        }
    }

    /// How the work is cut, for people.
    package var cutDescription: String {
        switch algorithm {
        case .direct:
            let tiling = DirectTiling(shape, direction, images: images)
            let parts = tiling.panelParts == 1 ? "" : ", outputs in \(tiling.panelParts) parts"
            return "\(tiling.rows) rows\(parts)"
        case .winograd(let size):
            let tiling = WinogradTiling(size: size, plan: self)
            return
                "\(tiling.blocks.tilesPerBlock) tiles\(tiling.sharesTiles ? ", outputs apart" : "")"
                + (packsOnTheWay ? ", weights packed on the way" : "")
        }
    }
}
