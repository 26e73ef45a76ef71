// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
public import WRNKernels
public import WRNPlan
public import WRNTensor

extension Device {
    /// The processor, computing with vector instructions on several threads.
    ///
    /// The number of threads does not change a bit of the results; another set of instructions may.
    ///
    /// - Parameters:
    ///   - threads: The number of threads, the caller's included; nil for all available processors.
    ///   - instructionSet: The instructions to use; nil for the fastest that the processor has.
    ///   - precision: The type of activations and their gradients in memory.
    public static func cpu(
        threads: Int? = nil, instructionSet: InstructionSet? = nil, precision: Precision = .float32
    ) -> Device {
        .cpu(
            ExecutionOptions(
                threads: threads, instructionSet: instructionSet, precision: precision))
    }

    /// The processor, computing by the options.
    package static func cpu(_ options: ExecutionOptions) -> Device {
        Device(CPUEngine(options: options))
    }
}

/// The processor as a device: plans are lowered programs, executors are sessions.
struct CPUEngine: DeviceEngine {
    let options: ExecutionOptions

    var threads: Int { options.threads }
    var instructionSetName: String? { options.instructionSetName }
    var precision: Precision { options.precision }

    func computing(in precision: Precision) -> any DeviceEngine {
        var options = options
        options.precision = precision
        return CPUEngine(options: options)
    }

    /// The bytes of a plan's memory, the scratch memory of all threads included.
    private func byteCount(_ plan: NetworkPlan) throws(PlanError) -> Int {
        try plan.memory(kernels: options.kernels(), threads: threads).totalByteCount
    }

    func inference(_ graph: Graph, batch: Int) throws(PlanError) -> InferencePlan {
        let plan = try NetworkPlan(graph, batch: batch, for: .inference, options: options)
        let options = options
        return InferencePlan(graph: graph, batch: batch, byteCount: try byteCount(plan)) {
            (tensors: [String: Tensor]) throws(PlanError) -> any InferenceExecutor in
            try InferenceSession(plan, tensors: tensors, options: options)
        }
    }

    func prepare(
        _ graph: Graph, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedWeights {
        try PreparedWeights(graph: graph, tensors: tensors, options: options)
    }

    func prepare(
        _ part: NetworkPart, _ tensors: [String: Tensor]
    ) throws(PlanError) -> any SharedFeatureWeights {
        PreparedPart(
            part: part, weights: try PreparedWeights(part, tensors: tensors, options: options))
    }

    func features(_ part: NetworkPart, batch: Int) throws(PlanError) -> FeaturePlan {
        let plan = try NetworkPlan(part, batch: batch, options: options)
        let options = options
        return FeaturePlan(
            graph: part.graph, batch: batch, byteCount: try byteCount(plan)
        ) { (tensors: [String: Tensor]) throws(PlanError) -> any FeatureExecutor in
            try FeatureSession(plan, of: part, tensors: tensors, options: options)
        }
    }

    func training(
        _ graph: Graph, batch: Int, seed: UInt64, scope: TrainingScope
    ) throws(PlanError) -> TrainingPlan {
        let plan = try NetworkPlan(training: graph, batch: batch, scope: scope, options: options)
        let options = options
        return TrainingPlan(graph: graph, batch: batch, byteCount: try byteCount(plan)) {
            (tensors: [String: Tensor]) throws(PlanError) -> any TrainingExecutor in
            try TrainingSession(plan, tensors: tensors, seed: seed, options: options)
        }
    }
}

extension PreparedWeights: SharedWeights {
    /// A session on these weights.
    package func executor(
        batch: Int, threads: Int?
    ) throws(PlanError) -> any InferenceExecutor {
        try InferenceSession(self, batch: batch, threads: threads)
    }

    /// The weights of a part of the network.
    package func weights(of part: NetworkPart) throws(PlanError) -> any SharedFeatureWeights {
        PreparedPart(part: part, weights: try PreparedWeights(part, of: self))
    }

    /// A parameter or running statistic by its name.
    package func tensor(named name: String) -> Tensor? { numbers.tensor(named: name) }
}

extension InferenceSession: InferenceExecutor {
    /// The weights, for further sessions.
    package var sharedWeights: any SharedWeights { weights }
}

/// The prepared weights of a part of a network.
private struct PreparedPart: SharedFeatureWeights {
    let part: NetworkPart
    let weights: PreparedWeights

    var byteCount: Int { weights.byteCount }

    func executor(batch: Int, threads: Int?) throws(PlanError) -> any FeatureExecutor {
        try FeatureSession(weights, batch: batch, threads: threads)
    }
}

extension FeatureSession: FeatureExecutor {
    /// The weights, for further sessions.
    package var sharedWeights: any SharedFeatureWeights {
        PreparedPart(part: part, weights: weights)
    }
}

extension TrainingSession: TrainingExecutor {}
