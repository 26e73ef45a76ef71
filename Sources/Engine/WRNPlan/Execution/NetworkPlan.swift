// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

/// A network lowered for the processor and a batch, with its place in memory, before any is taken.
///
/// Sessions, estimates and descriptions are made of one plan, so that a graph is lowered once.
struct NetworkPlan: Sendable {
    let graph: Graph
    let batch: Int
    let mode: PlanMode
    let scope: TrainingScope
    let program: Program
    let arena: ArenaPlanner
    /// What its bytes are for, beside the scratch memory of each thread.
    let memory: PlanDescription.Memory

    /// Plans for inference, or for training the whole of a network in a scope that has been checked.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range or the bytes are more than can
    ///   be counted.
    init(
        _ graph: Graph, batch: Int, for mode: PlanMode, precision: Precision = .float32,
        keeping kept: [NodeID] = [], scope: TrainingScope = TrainingScope()
    ) throws(PlanError) {
        try checkBatch(batch)
        try MemoryEstimate.checkCountable(graph, batch: batch)
        self.graph = graph
        self.batch = batch
        self.mode = mode
        self.scope = scope
        program = Program.lowered(
            graph, for: mode, images: batch, precision: precision, keeping: kept, scope: scope)
        arena = program.arena(keepsOutput: true)
        let shared = program.steps.map { $0.sharedScratchFloats(images: batch) }.max() ?? 0
        memory = PlanDescription.Memory(
            program, of: graph, for: mode, arenaByteCount: arena.byteCount,
            workspaceByteCount: shared * MemoryLayout<Float>.stride)
    }

    /// Plans the part of a network below some layers, whose results are kept.
    ///
    /// - Throws: As ``init(_:batch:for:precision:keeping:scope:)``.
    init(_ part: NetworkPart, batch: Int, precision: Precision) throws(PlanError) {
        try self.init(
            part.graph, batch: batch, for: .inference, precision: precision,
            keeping: part.outputs.map(\.node))
    }

    /// Plans a network to train.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the output is no row of logits, nothing is left to train,
    ///   the precision is none of training's, the batch is out of range, or the bytes are more than can be
    ///   counted.
    init(
        training graph: Graph, batch: Int, scope: TrainingScope, options: ExecutionOptions
    ) throws(PlanError) {
        try checkTrainable(graph)
        try scope.check(graph)
        try options.checkTrains()
        try self.init(graph, batch: batch, for: .training, scope: scope)
    }

    /// Refuses what this process cannot hold.
    ///
    /// - Parameter allocated: The bytes of it that are there already.
    /// - Throws: A ``PlanError/invalidRequest(_:)`` that says how much is needed, and what limits it.
    func checkFits(allocated: Int = 0) throws(PlanError) {
        try MemoryLimit.check(memory.totalByteCount - allocated, graph, batch: batch)
    }
}
