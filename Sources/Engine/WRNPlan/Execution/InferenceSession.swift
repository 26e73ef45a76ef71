// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNTensor

/// A network ready to classify: planned once, its weights packed, its memory allocated.
///
///     let session = try InferenceSession(graph: graph, tensors: tensors, batch: 16)
///     let logits = try session.logits(for: images, count: 16)
///
/// A session is used by one thread at a time.
public final class InferenceSession {
    /// The network.
    public let graph: Graph
    /// The most images of one call.
    public let batch: Int

    let program: BoundProgram

    /// Plans `graph` for at most `batch` images at a time and loads its weights.
    ///
    /// - Throws: A ``PlanError`` when the batch or the options are out of range, or a tensor is missing or has another shape.
    public init(
        graph: Graph, tensors: [String: Tensor], batch: Int,
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        try MemoryEstimate.checkFits(graph, batch: batch, for: .inference)
        let (kernels, pool) = try options.workspaceParts()
        self.graph = graph
        self.batch = batch
        program = BoundProgram(
            Program.lowered(
                graph, for: .inference, images: batch, precision: options.precision),
            graph: graph,
            mode: .inference, kernels: kernels, pool: pool)
        try load(tensors)
    }

    /// Replaces all weights and running statistics.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape; then nothing has changed.
    public func load(_ tensors: [String: Tensor]) throws(PlanError) {
        try program.memory.load(tensors)
        program.useRunningStatistics()
        program.packWeights()
    }

    /// The logits of `count` images, row by row: `count` x classes values.
    ///
    /// - Parameter images: `count` x H x W x C values (NHWC), normalised as in training.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when there are more images than the batch, or `images` has another length.
    public func logits(for images: [Float], count: Int) throws(PlanError) -> [Float] {
        try checkImages(images, count: count, batch: batch, shape: graph.inputShape)
        if count == 0 { return [] }
        program.loadInput(images, count: count)
        program.run(BoundProgram.Run(images: count))
        return program.output(count: count)
    }

    /// The bytes of all memory that the session holds.
    public var plannedByteCount: Int { program.byteCount }
}

func checkBatch(_ batch: Int) throws(PlanError) {
    guard (1...65_536).contains(batch) else {
        throw .invalidRequest("the batch must be in 1...65536, not \(batch)")
    }
}

func checkImages(
    _ images: [Float], count: Int, batch: Int, shape: FeatureShape
) throws(PlanError) {
    guard (0...batch).contains(count) else {
        throw .invalidRequest("the network was planned for at most \(batch) images, not \(count)")
    }
    guard images.count == count * shape.elementCount else {
        throw .invalidRequest(
            "\(count) images of \(shape) are \(count * shape.elementCount) values, not \(images.count)"
        )
    }
}
