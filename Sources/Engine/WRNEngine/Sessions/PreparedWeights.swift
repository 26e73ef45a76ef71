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
    /// The whole network's weights whose numbers these are: held, as their only owner may change
    /// them.
    private let whole: PreparedWeights?

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
        whole = nil
        convolutions = ConvolutionChoices(program, batch: 1, rates: kernels.bfloat16Rates)
        numbers = NetworkWeights(convolutions)
        try fill(
            tensors,
            in: Workspace(kernels: kernels, pool: pool, scratch: Workspace.Scratch()))
    }

    /// Takes the weights of a part of a network from those of the whole: the same numbers where the
    /// steps of both read them in the same form, or a copy where not.
    ///
    /// - Throws: A ``PlanError`` when a parameter of the part is none of the network's.
    package init(_ part: NetworkPart, of whole: PreparedWeights) throws(PlanError) {
        self.part = part
        kernels = whole.kernels
        convolutions = ConvolutionChoices(
            Program.lowered(part, whole.program.precision), batch: 1, rates: whole.rates)
        guard !convolutions.readWeights(as: whole.convolutions) else {
            self.whole = whole
            numbers = whole.numbers
            return
        }
        self.whole = nil
        numbers = NetworkWeights(convolutions)
        try fill(
            whole.numbers.tensors(),
            in: Workspace(
                kernels: kernels, pool: ExecutionOptions().pool(), scratch: Workspace.Scratch()))
    }

    /// Whether these are the numbers of other weights, and not a copy.
    package func shares(_ other: PreparedWeights) -> Bool { numbers === other.numbers }

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

extension ConvolutionChoices {
    /// Whether the steps of two programs of one network read its weights in the same form: packed
    /// for the same algorithms, with the same normalisations folded in and the same factors.
    fileprivate func readWeights(as other: ConvolutionChoices) -> Bool {
        struct Form: Hashable {
            let plan: ConvolutionPlan
            let folded: Int?
        }
        func forms(_ choices: ConvolutionChoices) -> [NodeID: Form] {
            var forms: [NodeID: Form] = [:]
            for case .convolution(let step) in choices.program.steps {
                forms[step.node] = Form(plan: choices.plan(step), folded: step.folded)
            }
            return forms
        }
        let (own, others) = (program, other.program)
        return own.graph == others.graph && own.factors == others.factors
            && own.normalizations.map(\.node) == others.normalizations.map(\.node)
            && own.normalizations.map(\.factor) == others.normalizations.map(\.factor)
            && forms(self) == forms(other)
    }
}
