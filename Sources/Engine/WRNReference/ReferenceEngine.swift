// SPDX-License-Identifier: Apache-2.0

import WRNGraph
public import WRNPlan
import WRNTensor

extension Device {
    /// The reference implementation: every node by its formula, in double precision, on one thread.
    ///
    /// Other devices are compared with it. It takes minutes where they take milliseconds.
    public static var reference: Device { Device(ReferenceEngine()) }
}

/// The reference as a device: its plans are the graph itself.
struct ReferenceEngine: DeviceEngine {
    let threads = 1
    let instructionSetName: String? = nil
    /// Double precision, which rounds to neither, stands for the finer one.
    let precision = Precision.float32

    func computing(in precision: Precision) -> any DeviceEngine { self }

    func inference(_ graph: Graph, batch: Int) throws(PlanError) -> InferencePlan {
        try checkBatch(batch)
        return InferencePlan(
            graph: graph, batch: batch, byteCount: Self.byteCount(graph, batch: batch, copies: 1)
        ) { (tensors: [String: Tensor]) throws(PlanError) -> any InferenceExecutor in
            try ReferenceExecutor(graph: graph, tensors: tensors, batch: batch)
        }
    }

    func prepare(
        _ graph: Graph, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedWeights {
        // Tensors that do not fit the network are an error now, not at the first executor.
        try ReferenceExecutor(graph: graph, tensors: tensors, batch: 1).sharedWeights
    }

    func prepare(
        _ part: NetworkPart, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedFeatureWeights {
        let executor = try ReferenceExecutor(graph: part.graph, tensors: tensors, batch: 1)
        return ReferenceFeatures(part, executor).sharedWeights
    }

    func features(_ part: NetworkPart, batch: Int) throws(PlanError) -> FeaturePlan {
        try checkBatch(batch)
        return FeaturePlan(
            graph: part.graph, batch: batch,
            byteCount: Self.byteCount(part.graph, batch: batch, copies: 1)
        ) { (tensors: [String: Tensor]) throws(PlanError) -> any FeatureExecutor in
            ReferenceFeatures(
                part, try ReferenceExecutor(graph: part.graph, tensors: tensors, batch: batch))
        }
    }

    func training(
        _ graph: Graph, batch: Int, seed: UInt64, scope: TrainingScope
    ) throws(PlanError) -> TrainingPlan {
        try checkBatch(batch)
        try checkTrainable(graph)
        try scope.check(graph)
        return TrainingPlan(
            graph: graph, batch: batch, byteCount: Self.byteCount(graph, batch: batch, copies: 2)
        ) { (tensors: [String: Tensor]) throws(PlanError) -> any TrainingExecutor in
            try ReferenceExecutor(
                graph: graph, tensors: tensors, batch: batch, seed: seed, scope: scope)
        }
    }

    /// The bytes of every node's result and of the weights, each so many times: itself, and in
    /// training its gradient.
    fileprivate static func byteCount(_ graph: Graph, batch: Int, copies: Int) -> Int {
        let values = graph.nodes.reduce(0.0) { $0 + Double($1.shape.elementCount) }
        let count = values * Double(batch) + Double(graph.parameterCount)
        let bytes = count * Double(copies * MemoryLayout<Double>.stride)
        return bytes < Double(1 << 60) ? Int(bytes) : 1 << 60
    }
}

/// The tensors of a network, which executors of the reference share as they are.
struct ReferenceWeights: SharedWeights {
    let graph: Graph
    let tensors: [String: Tensor]

    var byteCount: Int { graph.parameterCount * MemoryLayout<Double>.stride }

    func executor(batch: Int, threads: Int?) throws(PlanError) -> any InferenceExecutor {
        try checkBatch(batch)
        return try ReferenceExecutor(graph: graph, tensors: tensors, batch: batch)
    }

    func weights(of part: NetworkPart) throws(PlanError) -> any SharedFeatureWeights {
        try ReferenceEngine().prepare(part, tensors)
    }

    func tensor(named name: String) -> Tensor? { tensors[name] }
}

/// The tensors of a part of a network, which executors of the reference share as they are.
struct ReferencePartWeights: SharedFeatureWeights {
    let part: NetworkPart
    let tensors: [String: Tensor]

    var byteCount: Int { part.graph.parameterCount * MemoryLayout<Double>.stride }

    func executor(batch: Int, threads: Int?) throws(PlanError) -> any FeatureExecutor {
        try checkBatch(batch)
        return ReferenceFeatures(
            part, try ReferenceExecutor(graph: part.graph, tensors: tensors, batch: batch))
    }
}

/// The reference's results of some layers.
final class ReferenceFeatures: FeatureExecutor {
    let part: NetworkPart
    private let executor: ReferenceExecutor

    init(_ part: NetworkPart, _ executor: ReferenceExecutor) {
        self.part = part
        self.executor = executor
    }

    var batch: Int { executor.batch }
    var plannedByteCount: Int { executor.plannedByteCount }
    var sharedWeights: any SharedFeatureWeights {
        ReferencePartWeights(part: part, tensors: executor.tensors())
    }

    func features(for images: [Float], count: Int) throws(PlanError) -> [[Float]] {
        try executor.results(of: part.outputs.map(\.node), for: images, count: count)
    }
}

extension ReferenceExecutor {
    /// The weights, for further executors.
    package var sharedWeights: any SharedWeights {
        ReferenceWeights(graph: graph, tensors: tensors())
    }

    /// The bytes of every node's result and gradient for a full batch, and of the weights and
    /// theirs.
    package var plannedByteCount: Int {
        ReferenceEngine.byteCount(graph, batch: batch, copies: 2)
    }
}
