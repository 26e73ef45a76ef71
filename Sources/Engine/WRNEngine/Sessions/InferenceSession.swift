// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNKernels
package import WRNPlan
package import WRNTensor

/// A network ready to classify: planned once, its weights packed, its memory allocated.
///
///     let session = try InferenceSession(graph: graph, tensors: tensors, batch: 16)
///     let logits = try session.logits(for: images, count: 16)
///
/// A session is used by one thread at a time; several sessions can share one copy of the weights,
/// see ``PreparedWeights``.
package final class InferenceSession {
    private let plan: NetworkPlan
    /// The weights, which other sessions may share.
    package private(set) var weights: PreparedWeights

    private(set) var program: BoundProgram

    /// Plans `graph` for at most `batch` images at a time and loads its weights.
    ///
    /// - Throws: A ``PlanError`` when the batch or the options are out of range, or a tensor is
    ///   missing or has another shape.
    package convenience init(
        graph: Graph, tensors: [String: Tensor], batch: Int,
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        try self.init(
            NetworkPlan(graph, batch: batch, for: .inference, options: options),
            tensors: tensors, options: options)
    }

    /// Takes the memory of a plan and loads the weights.
    init(
        _ plan: NetworkPlan, tensors: [String: Tensor], options: ExecutionOptions
    ) throws(PlanError) {
        let (kernels, pool) = try options.workspaceParts()
        try plan.checkFits(kernels: kernels, threads: options.threads)
        self.plan = plan
        weights = try PreparedWeights(
            plan.program, part: nil, tensors, kernels: kernels, pool: pool)
        program = BoundProgram(plan, weights: weights.numbers, kernels: kernels, pool: pool)
    }

    /// Plans a session on weights that are there already.
    ///
    /// - Parameter threads: The number of threads, the caller's included; nil for all processors.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the weights are those of a part of a
    ///   network, or the batch or the number of threads is out of range.
    package init(
        _ weights: PreparedWeights, batch: Int, threads: Int? = nil
    ) throws(PlanError) {
        guard weights.part == nil else {
            throw .invalidRequest("these weights end at a layer; logits need a whole network")
        }
        plan = try NetworkPlan(weights.program, batch: batch, rates: weights.rates)
        let options = ExecutionOptions(threads: threads)
        try plan.checkFits(
            allocated: weights.byteCount, kernels: weights.kernels, threads: options.threads)
        let pool = try options.pool()
        self.weights = weights
        program = BoundProgram(
            plan, weights: weights.numbers, kernels: weights.kernels, pool: pool)
    }

    /// The network.
    package var graph: Graph { weights.graph }
    /// The most images of one call.
    package var batch: Int { plan.batch }

    /// Replaces all weights and running statistics; sessions that shared the old ones keep them.
    ///
    /// - Throws: A ``PlanError`` when a tensor is missing or has another shape; then nothing has
    ///   changed.
    package func load(_ tensors: [String: Tensor]) throws(PlanError) {
        // No other code can observe a change in place, and it takes no second copy.
        if isKnownUniquelyReferenced(&weights) {
            try weights.fill(tensors, in: program.workspace)
            return
        }
        let pool = program.workspace.pool
        weights = try PreparedWeights(
            plan.program, part: nil, tensors, kernels: weights.kernels, pool: pool)
        program = BoundProgram(
            plan, weights: weights.numbers, kernels: weights.kernels, pool: pool)
    }

    /// The logits of `count` images, row by row: `count` x classes values.
    ///
    /// An image's logits have the same bits in every batch, on any number of threads.
    ///
    /// - Parameters:
    ///   - images: `count` x H x W x C values (NHWC), normalised as in training.
    ///   - threads: The most threads of this call; nil for all of the session's.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when there are more images than the batch, or
    ///   `images` has another length.
    package func logits(
        for images: [Float], count: Int, threads: Int? = nil
    ) throws(PlanError) -> [Float] {
        try checkImages(
            valueCount: images.count, count: count, batch: batch, shape: graph.inputShape)
        if count == 0 { return [] }
        let pool = program.workspace.pool
        pool.limitThreads(to: max(threads ?? pool.threadCount, 1))
        program.loadInput(images[...], count: count)
        program.run(BoundProgram.Run(images: count))
        return program.output(count: count)
    }

    /// The bytes of all memory that the session uses, its weights included.
    package var plannedByteCount: Int { program.byteCount }

    /// The bytes of the memory that no other session uses: activations and the threads' own.
    package var ownByteCount: Int { program.byteCount - weights.byteCount }
}
