// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNTensor

/// A device that computes networks.
///
///     let trainer = try Trainer(run, train: images, validation: others, device: .cpu(threads: 8))
///
/// The layers above the engine name a device and nothing else of it: the device plans networks and
/// makes the executors that they use.
public struct Device: Sendable {
    package let engine: any DeviceEngine

    package init(_ engine: any DeviceEngine) {
        self.engine = engine
    }
}

/// The requirements of a device: a new one implements these.
package protocol DeviceEngine: Sendable {
    /// The threads of this process that compute.
    var threads: Int { get }
    /// The name of the vector instructions in use; nil where there are none, or the requested ones
    /// are missing.
    var instructionSetName: String? { get }
    /// The precision in which it computes.
    var precision: Precision { get }

    /// The same device with another precision.
    func computing(in precision: Precision) -> any DeviceEngine

    /// Plans a network that classifies at most `batch` images at a time.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range.
    func inference(_ graph: Graph, batch: Int) throws(PlanError) -> InferencePlan

    /// Prepares the weights of a network for any number of executors.
    ///
    /// - Throws: A ``PlanError`` when the device is not available, or a tensor is missing or has
    ///   another shape.
    func prepare(
        _ graph: Graph, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedWeights

    /// Prepares the weights of the part of a network below some layers for any number of executors;
    /// those of other layers are not looked at.
    ///
    /// - Throws: As ``prepare(_:_:)`` of a whole network.
    func prepare(
        _ part: NetworkPart, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedFeatureWeights

    /// Plans the part of a network below some layers, for at most `batch` images at a time.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range.
    func features(_ part: NetworkPart, batch: Int) throws(PlanError) -> FeaturePlan

    /// Plans a network to train on at most `batch` images at a time.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range, the output is no
    ///   row of logits, or nothing is left to train.
    func training(
        _ graph: Graph, batch: Int, seed: UInt64, scope: TrainingScope
    ) throws(PlanError) -> TrainingPlan
}

extension Device {
    /// The threads of this process that compute.
    package var threads: Int { engine.threads }
    /// The name of the vector instructions in use; nil where there are none, or the requested ones
    /// are missing.
    package var instructionSetName: String? { engine.instructionSetName }
    /// The precision in which it computes; that of the reference is finer than either.
    package var precision: Precision { engine.precision }

    /// The same device with another precision; the reference stays as it is.
    package func computing(in precision: Precision) -> Device {
        Device(engine.computing(in: precision))
    }

    /// The number of threads that prepare batches for it: preparing one takes a small part of a
    /// step on it.
    package var loadingThreads: Int { min(max(threads / 2, 1), 8) }

    /// Plans a network that classifies at most `batch` images at a time.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range.
    package func inference(_ graph: Graph, batch: Int) throws(PlanError) -> InferencePlan {
        try engine.inference(graph, batch: batch)
    }

    /// Prepares the weights of a network for any number of executors.
    ///
    /// - Throws: A ``PlanError`` when the device is not available, or a tensor is missing or has
    ///   another shape.
    package func prepare(
        _ graph: Graph, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedWeights {
        try engine.prepare(graph, tensors)
    }

    /// Prepares the weights of the part of a network below some layers for any number of executors;
    /// those of other layers are not looked at.
    ///
    /// - Throws: As for a whole network.
    package func prepare(
        _ part: NetworkPart, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedFeatureWeights {
        try engine.prepare(part, tensors)
    }

    /// Plans the part of a network below some layers, for at most `batch` images at a time.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range.
    package func features(_ part: NetworkPart, batch: Int) throws(PlanError) -> FeaturePlan {
        try engine.features(part, batch: batch)
    }

    /// Plans a network to train on at most `batch` images at a time; the whole of it unless a scope
    /// is given.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range, the output is no
    ///   row of logits, or nothing is left to train.
    package func training(
        _ graph: Graph, batch: Int, seed: UInt64, scope: TrainingScope = TrainingScope()
    ) throws(PlanError) -> TrainingPlan {
        try engine.training(graph, batch: batch, seed: seed, scope: scope)
    }
}

/// A network planned for a device and a batch, before it has weights or memory.
///
/// It is lowered once: what it will take is known from the plan, and executors are made of the same
/// plan.
package struct ExecutionPlan<Executor>: Sendable {
    /// The network.
    package let graph: Graph
    /// The most images of one call.
    package let batch: Int
    /// The bytes of all memory that an executor will hold, beside the scratch memory of its
    /// threads.
    package let byteCount: Int
    private let make: @Sendable ([String: Tensor]) throws(PlanError) -> Executor

    package init(
        graph: Graph, batch: Int, byteCount: Int,
        make: @escaping @Sendable ([String: Tensor]) throws(PlanError) -> Executor
    ) {
        self.graph = graph
        self.batch = batch
        self.byteCount = byteCount
        self.make = make
    }

    /// Allocates an executor and loads its weights; those of other layers are ignored.
    ///
    /// - Throws: A ``PlanError`` when this process cannot hold it, the device is not to be had, or
    ///   a tensor is missing or has another shape.
    package func executor(_ tensors: [String: Tensor]) throws(PlanError) -> Executor {
        try make(tensors)
    }

    /// Refuses what this process cannot hold, before weights are made, which takes minutes for
    /// large networks.
    ///
    /// - Parameters:
    ///   - byteCount: The bytes that are held at the same time by others.
    ///   - weightCopies: How often the weights are there besides, while they are made and saved.
    /// - Throws: A ``PlanError/invalidRequest(_:)`` with how much is needed, and what limits it.
    package func checkFits(beside byteCount: Int = 0, weightCopies: Int = 0) throws(PlanError) {
        let copies = weightCopies * MemoryLayout<Float>.stride * graph.parameterCount
        try MemoryLimit.check(self.byteCount + byteCount + copies, graph, batch: batch)
    }
}

package typealias InferencePlan = ExecutionPlan<any InferenceExecutor>
package typealias FeaturePlan = ExecutionPlan<any FeatureExecutor>
package typealias TrainingPlan = ExecutionPlan<any TrainingExecutor>
