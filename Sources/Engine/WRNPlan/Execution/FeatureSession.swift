// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNTensor

/// A network that ends at some layers, ready to compute their results: planned once, its weights packed, its memory allocated.
///
///     let part = try NetworkPart(of: graph, upTo: ["group2", "pool"])
///     let session = try FeatureSession(part, tensors: tensors, batch: 16)
///     let features = try session.features(for: images, count: 16)
///
/// A result is what the node computes in inference, whatever the plan fuses around it, up to rounding; see ``Graph/layer(named:)``.
/// A session is used by one thread at a time.
public final class FeatureSession {
    /// The network and its outputs.
    public let part: NetworkPart
    /// The most images of one call.
    public let batch: Int

    let program: BoundProgram

    /// Plans a network for at most `batch` images at a time and loads its weights; those of other layers are not looked at.
    ///
    /// - Throws: A ``PlanError`` when the batch or the options are out of range, or a tensor is missing or has another shape.
    public init(
        _ part: NetworkPart, tensors: [String: Tensor], batch: Int,
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        let kept = part.outputs.map(\.node)
        try MemoryEstimate.checkFits(part.graph, batch: batch, for: .inference, keeping: kept)
        let (kernels, pool) = try options.workspaceParts()
        self.part = part
        self.batch = batch
        program = BoundProgram(
            Program.lowered(
                part.graph, for: .inference, images: batch, precision: options.precision,
                keeping: kept),
            graph: part.graph, mode: .inference, kernels: kernels, pool: pool)
        try program.memory.load(tensors)
        program.useRunningStatistics()
        program.packWeights()
    }

    /// The results of `count` images, one array for each output: `count` x H x W x C values (NHWC).
    ///
    /// - Parameter images: `count` x H x W x C values (NHWC), normalised as in training.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when there are more images than the batch, or `images` has another length.
    public func features(for images: [Float], count: Int) throws(PlanError) -> [[Float]] {
        try checkImages(images, count: count, batch: batch, shape: part.graph.inputShape)
        if count == 0 { return part.outputs.map { _ in [] } }
        program.loadInput(images, count: count)
        program.run(BoundProgram.Run(images: count))
        return program.memory.program.kept.map { program.values(of: $0, count: count) }
    }

    /// The bytes of all memory that the session holds.
    public var plannedByteCount: Int { program.byteCount }
}
