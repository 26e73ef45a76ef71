// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNKernels
package import WRNPlan
package import WRNTensor

/// A network that ends at some layers, ready to compute their results: planned once, its weights
/// packed, its memory allocated.
///
///     let part = try NetworkPart(of: graph, upTo: ["group2", "pool"])
///     let session = try FeatureSession(part, tensors: tensors, batch: 16)
///     let features = try session.features(for: images, count: 16)
///
/// A result is what the node computes in inference, whatever the plan fuses around it, up to
/// rounding; see ``Graph/layer(named:)``. A session is used by one thread at a time; several
/// sessions can share one copy of the weights, see ``PreparedWeights``.
package final class FeatureSession {
    /// The network and its outputs.
    package let part: NetworkPart
    /// The most images of one call.
    package let batch: Int
    /// The weights, which other sessions may share.
    package let weights: PreparedWeights

    let program: BoundProgram

    /// Plans a network for at most `batch` images at a time and loads its weights; those of other
    /// layers are ignored.
    ///
    /// - Throws: A ``PlanError`` when the batch or the options are out of range, or a tensor is
    ///   missing or has another shape.
    package convenience init(
        _ part: NetworkPart, tensors: [String: Tensor], batch: Int,
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        try self.init(
            NetworkPlan(part, batch: batch, options: options), of: part, tensors: tensors,
            options: options)
    }

    /// Takes the memory of a part's plan and loads the weights.
    init(
        _ plan: NetworkPlan, of part: NetworkPart, tensors: [String: Tensor],
        options: ExecutionOptions
    ) throws(PlanError) {
        let (kernels, pool) = try options.workspaceParts()
        try plan.checkFits(kernels: kernels, threads: options.threads)
        self.part = part
        batch = plan.batch
        weights = try PreparedWeights(
            plan.program, part: part, tensors, kernels: kernels, pool: pool)
        program = BoundProgram(plan, weights: weights.numbers, kernels: kernels, pool: pool)
    }

    /// Plans a session on weights of a part of a network that are there already.
    ///
    /// - Parameter threads: The number of threads, the caller's included; nil for all processors.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the weights are those of a whole network, or
    ///   the batch or the number of threads is out of range.
    package init(
        _ weights: PreparedWeights, batch: Int, threads: Int? = nil
    ) throws(PlanError) {
        guard let part = weights.part else {
            throw .invalidRequest(
                "these weights are a whole network's; features need a part of one")
        }
        let plan = try NetworkPlan(weights.program, batch: batch, rates: weights.rates)
        let options = ExecutionOptions(threads: threads)
        try plan.checkFits(
            allocated: weights.byteCount, kernels: weights.kernels, threads: options.threads)
        let pool = try options.pool()
        self.part = part
        self.batch = batch
        self.weights = weights
        program = BoundProgram(
            plan, weights: weights.numbers, kernels: weights.kernels, pool: pool)
    }

    /// The results of `count` images, one array for each output: `count` x H x W x C values (NHWC).
    ///
    /// - Parameter images: `count` x H x W x C values (NHWC), normalised as in training.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when there are more images than the batch, or
    ///   `images` has another length.
    package func features(for images: [Float], count: Int) throws(PlanError) -> [[Float]] {
        try checkImages(
            valueCount: images.count, count: count, batch: batch, shape: part.graph.inputShape)
        if count == 0 { return part.outputs.map { _ in [] } }
        program.loadInput(images[...], count: count)
        program.run(BoundProgram.Run(images: count))
        return program.memory.program.kept.map { program.values(of: $0, count: count) }
    }

    /// The bytes of all memory that the session uses, its weights included.
    package var plannedByteCount: Int { program.byteCount }

    /// The bytes of the memory that no other session uses: activations and the threads' own.
    package var ownByteCount: Int { program.byteCount - weights.byteCount }
}
