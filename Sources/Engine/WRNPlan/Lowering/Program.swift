// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNTensor

/// A graph lowered to fused steps on typed buffers, for any device and any number of images.
///
/// It determines what is computed from what, and what is fused into what. How a step is computed,
/// how a buffer is laid out and where it lies is for the device that the program is bound to.
package struct Program: Sendable {
    /// The network.
    package let graph: Graph
    /// The purpose that it was lowered for.
    package let mode: PlanMode
    /// The precision of its buffers.
    package let precision: Precision
    package internal(set) var buffers: [Buffer] = []
    package internal(set) var steps: [Step] = []
    package internal(set) var normalizations: [LoweredNormalization] = []
    package internal(set) var dropouts: [DropoutMask] = []
    package internal(set) var factors: [ConstantFactor] = []
    /// The buffers of the images and of the result.
    package internal(set) var input = BufferID(index: 0)
    package internal(set) var output = BufferID(index: 0)
    /// The results of nodes that are read after the last step, beside the output.
    package internal(set) var kept: [BufferID] = []

    /// Lowers a graph.
    ///
    /// - Parameters:
    ///   - kept: Nodes whose results are read after the last step, beside the output.
    ///   - scope: The part of the network that is trained.
    ///   - precision: The type of activations and their gradients in memory.
    package static func lowered(
        _ graph: Graph, for mode: PlanMode, keeping kept: [NodeID] = [],
        scope: TrainingScope = TrainingScope(), precision: Precision = .float32
    ) -> Program {
        let forward = ForwardLowering.lower(
            graph, for: mode, keeping: kept, hasFrozenStatistics: scope.frozenStatistics,
            precision: precision)
        var program = mode == .training ? BackwardLowering.lower(forward, scope) : forward
        program.assignElementTypes()
        return program
    }

    init(_ graph: Graph, for mode: PlanMode, precision: Precision) {
        self.graph = graph
        self.mode = mode
        self.precision = precision
    }

    /// A buffer for one value of each pixel and channel of a shape, whose type follows from its
    /// readers and writers.
    ///
    /// - Parameter differentiated: The buffer whose gradient it holds.
    mutating func addValues(
        _ shape: FeatureShape, _ name: String, gradientOf differentiated: BufferID? = nil
    ) -> BufferID {
        addBuffer(
            Buffer(
                name: name, content: .values, shape: shape, elementType: .float32,
                differentiated: differentiated))
    }

    /// A buffer for one bit of each pixel and channel of a shape.
    mutating func addBits(_ shape: FeatureShape, _ name: String) -> BufferID {
        addBuffer(Buffer(name: name, content: .values, shape: shape, elementType: .bool))
    }

    /// A buffer for two sums over the pixels of each channel of a shape.
    mutating func addSums(_ shape: FeatureShape, _ name: String) -> BufferID {
        addBuffer(Buffer(name: name, content: .sums, shape: shape, elementType: .float32))
    }

    private mutating func addBuffer(_ buffer: Buffer) -> BufferID {
        buffers.append(buffer)
        return BufferID(index: buffers.count - 1)
    }

    package subscript(_ id: BufferID) -> Buffer { buffers[id.index] }

    /// The shape of an image in a buffer, or of that whose sums it holds.
    package func shape(of id: BufferID) -> FeatureShape { self[id].shape }
}

/// The purpose of a planned network.
package enum PlanMode: String, Codable, Sendable, CaseIterable {
    /// Classifying: forward with running statistics.
    case inference
    /// Training: forward with the batch's statistics, backward, and an update.
    case training
}

/// A buffer's place in its program.
package struct BufferID: Hashable, Sendable {
    package let index: Int
}

/// A buffer of a program: numbers of one type for each image of a batch.
package struct Buffer: Sendable {
    /// The content of a buffer.
    package enum Content: Sendable {
        /// A value for each pixel and channel: activations, their gradient, or which of them
        /// dropout keeps.
        case values
        /// Two sums over the pixels of each channel. A device may keep partial sums apart.
        case sums
    }

    package let name: String
    package let content: Content
    /// The shape of an image, or of that whose pixels are summed.
    package let shape: FeatureShape
    /// The type of what is stored.
    package internal(set) var elementType: ElementType
    /// The buffer whose gradient this one holds, or of which it holds a part.
    let differentiated: BufferID?

    init(
        name: String, content: Content, shape: FeatureShape, elementType: ElementType,
        differentiated: BufferID? = nil
    ) {
        self.name = name
        self.content = content
        self.shape = shape
        self.elementType = elementType
        self.differentiated = differentiated
    }
}

/// A batch normalisation of the graph, with what lowering decided about it.
package struct LoweredNormalization: Sendable {
    package let node: NodeID
    package let parameters: BatchNormalization
    package let channels: Int
    /// The buffer that is normalised.
    package let source: BufferID
    /// Whether it uses its running statistics in training, too.
    package var hasFrozenStatistics = false
    /// 1 / (1 - p) of the dropout that ends its view, folded into its affine map.
    package var factor: Float = 1
}

/// A dropout of the graph and the buffer of bits of the values that it keeps.
package struct DropoutMask: Sendable {
    package let node: NodeID
    package let probability: Double
    package let shape: FeatureShape
    package let bits: BufferID
    /// The factor of the kept values after the activation; 1 where 1 / (1 - p) is in the affine map
    /// before it.
    package let factor: Float
}

/// A factor that a view applies to every channel where there is no normalisation to fold it into.
package struct ConstantFactor: Hashable, Sendable {
    package let value: Float
    package let channels: Int
}

/// A view of a buffer: a normalisation, an activation and dropout that are computed at the load and
/// never stored.
package struct BufferView: Hashable, Sendable {
    package enum Affine: Hashable, Sendable {
        /// A normalisation's affine map.
        case normalization(Int)
        /// The affine map of a normalisation's gradient, over the buffer and `second`.
        case normalizationGradient(Int)
        /// A constant factor.
        case factor(Int)
    }

    /// The buffer.
    package let source: BufferID
    package var second: BufferID?
    package var affine: Affine?
    /// The activation after the affine map.
    package var activation: Activation?
    /// The dropout that applies.
    package var dropout: Int?

    init(_ source: BufferID) {
        self.source = source
    }

    /// Whether it is the buffer itself.
    package var isBare: Bool { self == BufferView(source) }

    /// The normalisation that it applies.
    package var normalization: Int? {
        if case .normalization(let index) = affine { index } else { nil }
    }
}

extension Activation? {
    /// Whether `next` behind it computes what `next` alone does.
    func isAbsorbed(by next: Activation) -> Bool {
        self == nil || (self == next && next.isIdempotent)
    }
}
