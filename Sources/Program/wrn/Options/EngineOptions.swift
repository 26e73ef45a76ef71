// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNEngine
import WRNGraph
import WRNKernels
import WRNModel
import WRNPlan
import WRNTensor
import WRNWorkers
import WRNZoo

/// The options for the engine.
struct EngineOptions: ParsableArguments {
    @Option(help: "The images that go through the network at once.")
    var batch = 64

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "The type of activations: float32 or bfloat16; also f32, bf16 (default: float32).",
            valueName: "type"))
    var precision: Precision?

    var device: Device { .cpu(execution) }

    var execution: ExecutionOptions {
        ExecutionOptions(threads: threads, precision: precision ?? .float32)
    }

    init() {}

    init(batch: Int, threads: Int?, precision: Precision?) {
        self.batch = batch
        self.threads = threads
        self.precision = precision
    }

    func validate() throws {
        try checkOption("--batch", batch, isIn: BatchSize.range)
        try checkOption("--threads", threads, isIn: 1...1024)
    }
}

/// The options of `wrn plan` and `wrn bench`.
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

    /// The plan of a session, and the network's name and graph.
    ///
    /// - Parameter batch: The images of a batch; nil for those of the option.
    /// - Throws: A `ValidationError` when the numbers are out of range.
    func described(
        batch: Int? = nil
    ) throws -> (plan: PlanDescription, name: String, graph: Graph) {
        let (architecture, graph) = try network.network()
        do {
            let plan = try PlanDescription(
                graph: graph, batch: batch ?? engine.batch, mode: mode, options: execution)
            return (plan, architecture.name, graph)
        } catch {
            if case .invalidRequest(let sentence) = error { throw ValidationError(sentence) }
            throw error
        }
    }

    /// The predicted times in both precisions.
    func prediction(_ graph: Graph, batch: Int? = nil) throws -> PrecisionPrediction {
        try PrecisionPrediction(
            graph: graph, batch: batch ?? engine.batch, mode: mode, options: execution)
    }

    /// A session on random weights and images.
    func benchmark(_ graph: Graph, batch: Int? = nil) throws -> PlanBenchmark {
        try PlanBenchmark(
            graph: graph, tensors: Model.initialTensors(for: graph, seed: 1),
            batch: batch ?? engine.batch, mode: mode, options: execution)
    }

    /// A session for training steps whose shards workers share, on random weights and images.
    func benchmark(
        _ graph: Graph, shards: Int, _ workers: any WorkerGroup
    ) throws -> WorkerBenchmark {
        try WorkerBenchmark(
            graph: graph, tensors: Model.initialTensors(for: graph, seed: 1), batch: engine.batch,
            shards: shards, group: workers, options: execution)
    }

    private var mode: PlanMode { train ? .training : .inference }

    private var execution: ExecutionOptions {
        ExecutionOptions(
            threads: engine.threads, instructionSet: instructionSet,
            precision: engine.execution.precision)
    }
}
