// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNKernels
package import WRNPlan
package import WRNTensor

/// The weights of a network as inference reads them: normalisations folded in, packed for the
/// kernels, and never changed, so that any number of sessions on any threads share one copy.
///
///     let weights = try PreparedWeights(graph: graph, tensors: tensors)
///     let first = try InferenceSession(weights, batch: 16)
///     let second = try InferenceSession(weights, batch: 1)
///
/// A session adds the memory of its activations and its threads, and nothing of the weights.
package final class PreparedWeights: Sendable {
    /// The network.
    package var graph: Graph { program.graph }
    /// The layers whose results are requested, where the network ends at some; nil for a whole
    /// network.
    package let part: NetworkPart?

    let numbers: NetworkWeights
    let kernels: Kernels
    /// Of a batch of one image: what the weights look like does not depend on the batch.
    private let convolutions: ConvolutionChoices

    /// Prepares the weights of a whole network.
    ///
    /// - Parameter options: The instructions and the precision of all sessions, and the number of
    ///   threads that prepare the weights.
    /// - Throws: A ``PlanError`` when the options are out of range, or a tensor is missing or has
    ///   another shape.
    package convenience init(
        graph: Graph, tensors: [String: Tensor], options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        let (kernels, pool) = try options.workspaceParts()
        try self.init(
            Program.lowered(graph, for: .inference, precision: options.precision), part: nil,
            tensors, kernels: kernels, pool: pool)
    }

    /// Prepares the weights of a network that ends at some layers; those of other layers are
    /// ignored.
    ///
    /// - Throws: As ``init(graph:tensors:options:)``.
    package convenience init(
        _ part: NetworkPart, tensors: [String: Tensor],
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        let (kernels, pool) = try options.workspaceParts()
        try self.init(
            Program.lowered(part, options.precision), part: part, tensors, kernels: kernels,
            pool: pool)
    }

    init(
        _ program: Program, part: NetworkPart?, _ tensors: [String: Tensor], kernels: Kernels,
        pool: ThreadPool
    ) throws(PlanError) {
        self.part = part
        self.kernels = kernels
        convolutions = ConvolutionChoices(program, batch: 1, rates: kernels.bfloat16Rates)
        numbers = NetworkWeights(convolutions)
        try fill(
            tensors,
            in: Workspace(kernels: kernels, pool: pool, scratch: Workspace.Scratch()))
    }

    /// The bytes of all weights.
    package var byteCount: Int { numbers.byteCount }

    /// The steps of every session.
    var program: Program { convolutions.program }
    var rates: BFloat16Rates { convolutions.rates }

    /// Replaces all weights, or none; to be called by their only owner.
    func fill(_ tensors: [String: Tensor], in workspace: Workspace) throws(PlanError) {
        try numbers.load(tensors)
        numbers.prepare(convolutions, in: workspace)
    }
}
