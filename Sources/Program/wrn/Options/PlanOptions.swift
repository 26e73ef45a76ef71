// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNGraph
import WRNKernels
import WRNModel
import WRNPlan
import WRNZoo

/// Which network is planned, and for what.
struct PlanOptions: ParsableArguments {
    @OptionGroup var network: NetworkOptions

    @Flag(help: "Training steps (forward, backward, update) and not inference.")
    var train = false

    @OptionGroup var engine: EngineOptions

    @Option(
        help: ArgumentHelp(
            "The instructions to use (default: the fastest that the processor has).",
            valueName: "set"))
    var instructionSet: InstructionSet?

    /// The plan of a session, and what it is called.
    ///
    /// - Throws: A `ValidationError` when the numbers are out of range.
    func described() throws -> (plan: PlanDescription, name: String, graph: Graph) {
        let (architecture, graph) = try network.network()
        do {
            let plan = try PlanDescription(
                graph: graph, batch: engine.batch, mode: mode, options: execution)
            return (plan, architecture.name, graph)
        } catch {
            if case .invalidRequest(let sentence) = error { throw ValidationError(sentence) }
            throw error
        }
    }

    /// A session on random weights and images.
    func benchmark(_ graph: Graph) throws -> PlanBenchmark {
        try PlanBenchmark(
            graph: graph, tensors: Model.initialTensors(for: graph, seed: 1), batch: engine.batch,
            mode: mode, options: execution)
    }

    private var mode: PlanMode { train ? .training : .inference }

    private var execution: ExecutionOptions {
        ExecutionOptions(
            threads: engine.threads, instructionSet: instructionSet, precision: engine.precision)
    }
}
