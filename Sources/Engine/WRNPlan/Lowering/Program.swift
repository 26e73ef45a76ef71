// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// A graph lowered to steps on buffers, before any memory exists.
struct Program {
    /// The images of a full batch.
    let images: Int
    var buffers: [Buffer] = []
    var steps: [Step] = []
    var normalizations: [Normalization] = []
    var dropouts: [DropoutMask] = []
    var factors: [ConstantFactor] = []
    /// Where the images go, and where the result is.
    var input = BufferID(index: 0)
    var output = BufferID(index: 0)
    /// The results of nodes that are read after the last step, beside the output.
    var kept: [BufferID] = []

    init(images: Int) {
        self.images = images
    }

    mutating func addBuffer(_ content: Buffer.Content, _ name: String) -> BufferID {
        buffers.append(Buffer(name: name, content: content))
        return BufferID(index: buffers.count - 1)
    }

    mutating func addFeatures(_ shape: FeatureShape, _ name: String) -> BufferID {
        addBuffer(.features(shape), name)
    }

    /// A buffer for two sums per window and channel.
    mutating func addSums(_ windows: Windows, channels: Int, _ name: String) -> BufferID {
        addBuffer(.sums(windows, channels: channels), name)
    }

    /// A buffer for a convolution's weights in the order in which its kernel reads them.
    mutating func addPacked(
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, _ name: String
    ) -> BufferID {
        let plan = ConvolutionPlan(shape, direction, images: images)
        return addBuffer(.floats(plan.packedCount), name + ".weight.packed")
    }

    /// The shape of a buffer that holds features.
    func shape(of id: BufferID) -> FeatureShape {
        guard case .features(let shape) = buffers[id.index].content else {
            preconditionFailure("buffer \(buffers[id.index].name) holds no features")
        }
        return shape
    }
}

/// A buffer's place in its program.
struct BufferID: Hashable {
    let index: Int
}

/// A piece of the arena: what it holds follows from its content, where it lies is the arena planner's to say.
struct Buffer {
    enum Content {
        /// Activations or their gradient.
        case features(FeatureShape)
        /// Dropout's keep bits for features of this shape.
        case dropoutMask(FeatureShape)
        /// Two sums per window and channel.
        case sums(Windows, channels: Int)
        /// Working memory of one step.
        case floats(Int)
    }

    let name: String
    let content: Content

    func byteCount(images: Int) -> Int {
        switch content {
        case .features(let shape):
            images * FeatureMap.floatCount(shape) * MemoryLayout<Float>.stride
        case .dropoutMask(let shape):
            images * FeatureMap.floatCount(shape) / Kernels.lanes * MemoryLayout<UInt16>.stride
        case .sums(let windows, let channels):
            WindowSums.floatCount(windows: windows, channels: channels, images: images)
                * MemoryLayout<Float>.stride
        case .floats(let count):
            count * MemoryLayout<Float>.stride
        }
    }
}

extension FeatureMap {
    /// The floats of one image of this shape in the engine's layout.
    static func floatCount(_ shape: FeatureShape) -> Int {
        floatCount(channels: shape.channels, height: shape.height, width: shape.width)
    }
}

/// A batch normalisation of the graph, with what lowering decided about it.
struct Normalization {
    let node: NodeID
    let parameters: BatchNormalization
    let channels: Int
    /// The buffer that is normalised.
    let source: BufferID
    /// Whether it uses its running statistics in training, too.
    var hasFrozenStatistics = false
    /// 1 / (1 - p) of the dropout that ends its view, folded into its affine map.
    var factor: Float = 1
}

/// A dropout of the graph and the buffer of its keep bits.
struct DropoutMask {
    let node: NodeID
    let probability: Double
    let shape: FeatureShape
    let bits: BufferID
}

/// A factor that a view applies to every channel where there is no normalisation to fold it into.
struct ConstantFactor: Hashable {
    let value: Float
    let channels: Int
}
