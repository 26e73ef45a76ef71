// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNPlan
import WRNTensor

/// The predicted time of a training step that several workers share, joined by a network.
///
/// A step has V shards of equal size, of which each of N workers computes V / N, one after the
/// other. In the backward pass of its last shard a worker sends the gradients of each layer as soon
/// as they are complete, in their order and at the network's rate, while it goes on to compute:
/// 2 (N - 1) / N times the bytes of the gradients, and receives as many at the same time. Then each
/// worker updates all parameters. With the time C of a shard, the time U of the update, the time M
/// that the messages take of the processors, and the time F at which the last sum has arrived,
/// counted from the beginning of the step,
///
///     step = max(V / N · C + M, F) + U
///     efficiency = (V · C + U) / (N · step)
///
/// M is 1.7 ns for each byte sent, divided by the threads: what TCP took to send it and to receive
/// another, measured with Open MPI on a Zen 3. No switch is shared.
package struct WorkerPrediction: Codable, Hashable, Sendable {
    /// The number of workers.
    package let workers: Int
    /// The shards of a step, a multiple of the workers.
    package let shards: Int
    /// What the network carries in each direction, in bits a second.
    package let bitsPerSecond: Double
    /// The bytes that a worker sends in a step; it receives as many.
    package let sentByteCount: Int
    /// The time of a step of one worker that computes all shards.
    package let singleSeconds: Double
    /// The time of a step of all workers.
    package let seconds: Double
    /// The part of it that messages take of the processors that compute.
    package let messageSeconds: Double
    /// The part of it in which a worker only waits for the network.
    package let waitingSeconds: Double

    /// Whether it follows from measured times of a shard's steps.
    package let isMeasured: Bool

    /// The processor time of sending a byte over TCP and of receiving another, in seconds.
    private static let secondsPerByte = 1.7e-9

    /// The speed of all workers as a part of N times that of one: 1 where nothing is lost.
    package var efficiency: Double { singleSeconds / (Double(workers) * seconds) }

    /// Predicts from the steps of one shard's plan, by their measured times where it has them.
    ///
    /// - Parameters:
    ///   - plan: The training plan of a batch of a shard's images.
    ///   - graph: The network of the plan.
    ///   - shards: A multiple of `workers`.
    ///   - bitsPerSecond: What the network carries in each direction, above 0.
    package init(
        _ plan: PlanDescription, of graph: Graph, workers: Int, shards: Int, bitsPerSecond: Double
    ) {
        self.workers = workers
        self.shards = shards
        self.bitsPerSecond = bitsPerSecond
        isMeasured = plan.measuredRuns != nil
        let sentPart = 2 * Double(workers - 1) / Double(workers)
        func sentBytes(_ values: Int) -> Double {
            sentPart * Double(values * MemoryLayout<Float>.stride)
        }
        let values = Dictionary(
            uniqueKeysWithValues: graph.nodes.map { node in
                (node.name, node.parameters.map(\.shape.elementCount).reduce(0, +))
            })
        // A layer's gradients are complete with the last step that computes one of them.
        var lastSteps: [String: Int] = [:]
        for step in plan.steps where step.kind.completesGradients {
            lastSteps[step.node] = step.number
        }
        let last = Dictionary(grouping: lastSteps.keys, by: { lastSteps[$0] ?? 0 })
        let update = plan.steps.filter { $0.kind == .update }.map(\.seconds).reduce(0, +)
        let shard = plan.steps.map(\.seconds).reduce(0, +) - update
        var computed = Double(shards / workers - 1) * shard
        // When the network has carried all that was sent.
        var carried = 0.0
        var rest = values
        for step in plan.steps where step.kind != .update {
            computed += step.seconds
            for node in last[step.number] ?? [] {
                let bytes = sentBytes(rest.removeValue(forKey: node) ?? 0)
                carried = max(carried, computed) + 8 * bytes / bitsPerSecond
            }
        }
        // What no step is known to complete comes last.
        let remaining = sentBytes(rest.values.reduce(0, +))
        if remaining > 0 { carried = max(carried, computed) + 8 * remaining / bitsPerSecond }
        sentByteCount = Int(sentBytes(values.values.reduce(0, +)))
        singleSeconds = Double(shards) * shard + update
        messageSeconds = Self.secondsPerByte * Double(sentByteCount) / Double(plan.threads)
        let busy = computed + messageSeconds
        waitingSeconds = workers == 1 ? 0 : max(0, carried - busy)
        seconds = busy + waitingSeconds + update
    }
}

extension PlanDescription.Step {
    /// The measured time, where there is one, or the predicted.
    fileprivate var seconds: Double { measuredSeconds ?? predictedSeconds }
}

extension StepOutline.Kind {
    /// Whether a step of this kind computes gradients of its node's parameters.
    fileprivate var completesGradients: Bool {
        switch self {
        case .weightGradient, .biasGradient, .normalizationGradient: true
        default: false
        }
    }
}
