// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// A program whose steps know their memory: what the processor runs.
final class BoundProgram {
    /// What changes from run to run.
    struct Run {
        var images: Int
        var stepIndex = 0
        var seed: UInt64 = 0
        var targets = SoftmaxCrossEntropy.Targets.labels([])
    }

    let memory: NetworkMemory
    let workspace: Workspace
    private let graph: Graph
    private var actions: [Action] = []
    private var packings: [WeightPacking] = []
    /// The loss and hits of the last run of a program for training.
    private(set) var result = StepResult(loss: 0, correct: 0)

    private typealias Action = (_ run: Run, _ program: BoundProgram) -> Void

    init(
        _ program: Program, graph: Graph, mode: ForwardLowering.Mode,
        kernels: Kernels, pool: ThreadPool
    ) {
        self.graph = graph
        let memory = NetworkMemory(program, graph: graph, mode: mode)
        self.memory = memory
        var binder = StepBinder(graph: graph, memory: memory, kernels: kernels)
        actions = program.steps.map { binder.bind($0) }
        packings = binder.packings
        workspace = Workspace(
            kernels: kernels, pool: pool, scratch: binder.scratch)
    }

    /// The bytes of all memory that the program uses.
    var byteCount: Int { memory.byteCount + workspace.byteCount }

    /// Packs the weights whose packed form is kept; to be called after they changed.
    func packWeights() {
        for packing in packings { packing.run(in: workspace) }
    }

    /// Makes every normalisation's map from its running statistics.
    func useRunningStatistics() {
        for index in memory.program.normalizations.indices {
            NormalizationStep(index, graph: graph, memory: memory).useRunningStatistics()
        }
    }

    /// Runs all steps.
    func run(_ run: Run) {
        for action in actions { action(run, self) }
    }

    /// Runs all steps and takes the time of each, in seconds, behind those that are there.
    func run(_ run: Run, recording seconds: inout [Double]) {
        for action in actions { seconds.append(secondsTaken { action(run, self) }) }
    }

    /// Copies images in NHWC order without padding to where the program reads them.
    func loadInput(_ images: [Float], count: Int) {
        let input = memory.map(memory.program.input)
        let (channels, stride) = (input.channels, input.pixelStride)
        images.withUnsafeBufferPointer { source in
            for pixel in 0..<count * input.pixelCount {
                for c in 0..<channels {
                    input.base[pixel * stride + c] = source[pixel * channels + c]
                }
                // The arena lends this memory to others between runs.
                for c in channels..<stride { input.base[pixel * stride + c] = 0 }
            }
        }
    }

    /// The result of the last run, `count` rows without padding.
    func output(count: Int) -> [Float] { values(of: memory.program.output, count: count) }

    /// What the last run left in a buffer of features, for `count` images, without padding.
    func values(of buffer: BufferID, count: Int) -> [Float] {
        let map = memory.map(buffer)
        var result: [Float] = []
        result.reserveCapacity(count * map.pixelCount * map.channels)
        for pixel in 0..<count * map.pixelCount {
            result += UnsafeBufferPointer(
                start: map.base + pixel * map.pixelStride, count: map.channels)
        }
        return result
    }

    func record(_ loss: (loss: Double, correct: Int)) {
        result = StepResult(loss: loss.loss, correct: loss.correct)
    }
}
