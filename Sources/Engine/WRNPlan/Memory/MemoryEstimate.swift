// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The memory that a network will take, known before any is allocated.
///
/// Both numbers count weights, activations and, in training, gradients and velocities. A session adds scratch memory for each of its
/// threads, which depends on the processor and is small beside the rest.
public struct MemoryEstimate: Hashable, Sendable {
    /// The bytes of an ``InferenceSession``.
    public var inferenceByteCount: Int { inference.totalByteCount }
    /// The bytes of a ``TrainingSession``.
    public var trainingByteCount: Int { training.totalByteCount }
    /// What the bytes of an ``InferenceSession`` are for.
    public let inference: PlanDescription.Memory
    /// What the bytes of a ``TrainingSession`` are for.
    public let training: PlanDescription.Memory

    /// Lowers `graph` for `batch` images and adds up.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range or the bytes are more than can be counted.
    /// - Complexity: Grows with the square of the number of nodes; milliseconds for the paper's networks.
    public init(graph: Graph, batch: Int) throws(PlanError) {
        try checkBatch(batch)
        try Self.checkCountable(graph, batch: batch)
        inference = Self.memory(graph, batch: batch, for: .inference)
        training = Self.memory(graph, batch: batch, for: .training)
    }

    /// What ``NetworkMemory`` would allocate.
    private static func memory(
        _ graph: Graph, batch: Int, for mode: PlanMode, keeping kept: [NodeID] = []
    ) -> PlanDescription.Memory {
        let program = Program.lowered(graph, for: mode, images: batch, keeping: kept)
        let shared = program.steps.map { $0.sharedScratchFloats(images: batch) }.max() ?? 0
        return PlanDescription.Memory(
            program, of: graph, for: mode,
            workspaceByteCount: shared * MemoryLayout<Float>.stride)
    }

    /// Refuses a request whose bytes might overflow an integer on the way to their sum.
    static func checkCountable(_ graph: Graph, batch: Int) throws(PlanError) {
        var values = 0.0
        for node in graph.nodes {
            // Channels are padded to whole vectors, and a buffer may be there several times.
            values += Double(node.shape.channels + 64) * Double(node.shape.pixelCount)
        }
        let bytes = 32 * (values * Double(batch) + 8 * Double(graph.parameterCount))
        guard bytes < Double(1 << 60) else {
            throw .invalidRequest(
                "a batch of \(batch) images of \(graph.inputShape) needs more memory than can be "
                    + "counted; choose a smaller batch or smaller images")
        }
    }
}

extension MemoryEstimate {
    /// The memory of this machine in bytes; nil where the system does not say.
    public static var physicalByteCount: Int? {
        let (pages, pageSize) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && pageSize > 0 ? Int(pages) * Int(pageSize) : nil
    }

    /// Refuses what this machine cannot hold, before the system ends the process for trying.
    ///
    /// - Parameter allocated: The bytes of it that are there already.
    static func checkFits(
        _ graph: Graph, batch: Int, for mode: PlanMode, keeping kept: [NodeID] = [],
        allocated: Int = 0
    ) throws(PlanError) {
        try checkBatch(batch)
        try checkCountable(graph, batch: batch)
        let needed = memory(graph, batch: batch, for: mode, keeping: kept).totalByteCount
        try checkFits(needed - allocated, graph, batch: batch)
    }

    /// Refuses a training that this process cannot hold, before its weights are made, which takes minutes for large networks.
    ///
    /// Beside the session of the steps there is one for evaluations, and copies of the weights while they are made and saved.
    ///
    /// - Parameters:
    ///   - batch: The most images of one step.
    ///   - evaluationBatch: The most images of one step of an evaluation; nil where none is made.
    /// - Throws: A ``PlanError/invalidRequest(_:)`` that says how much is needed, and what limits it.
    package static func checkTrainingFits(
        _ graph: Graph, batch: Int, evaluationBatch: Int?
    ) throws(PlanError) {
        try checkBatch(batch)
        try checkCountable(graph, batch: max(batch, evaluationBatch ?? 1))
        var needed = memory(graph, batch: batch, for: .training).totalByteCount
        if let evaluationBatch {
            try checkBatch(evaluationBatch)
            needed += memory(graph, batch: evaluationBatch, for: .inference).totalByteCount
        }
        needed += 2 * MemoryLayout<Float>.stride * graph.parameterCount
        try checkFits(needed, graph, batch: batch)
    }

    private static func checkFits(
        _ needed: Int, _ graph: Graph, batch: Int
    ) throws(PlanError) {
        guard let limit = MemoryLimit.least, needed > limit.byteCount else { return }
        throw .invalidRequest(
            "a batch of \(batch) images of \(graph.inputShape) needs \(MemoryLimit.text(needed, roundsUp: true)) of memory, "
                + "\(limit.words); choose a smaller batch or a smaller network")
    }
}
