// SPDX-License-Identifier: Apache-2.0

import WRNData
public import WRNEngine
public import WRNEngine
public import WRNGraph
public import WRNModel
public import WRNPlan
public import WRNTensor
import WRNZoo

/// A model ready to answer: its network planned, its images normalised as in training.
///
///     let classifier = try Classifier(contentsOf: "runs/first")
///     let evaluation = try classifier.evaluate(DataSource("fashion-mnist").load(.test))
///
/// Answers do not depend on the number of threads. A classifier is used by one thread at a time.
public final class Classifier {
    /// Which network it is and what images it expects.
    public let description: ModelDescription
    /// The most images that go through the network at once.
    public var batch: Int { executor.batch }

    /// What was taken and assumed of somebody's weights; nil for a model, which says all itself.
    public let reading: WeightsReading?

    let executor: any InferenceExecutor
    let normalization: Normalization

    /// Plans the described network for `batch` images at a time and loads its weights.
    ///
    /// - Throws: A `GraphError` when the description is no network's, a `DataError` when its normalisation does not suit its channels,
    ///   a `PlanError` when a tensor is missing or has another shape, the batch is out of range, or the device is not to be had.
    public convenience init(
        description: ModelDescription, tensors: [String: Tensor], batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        try self.init(
            description: description, tensors: tensors, graph: Self.graph(for: description),
            batch: batch, device: device)
    }

    init(
        description: ModelDescription, tensors: [String: Tensor], graph: Graph,
        reading: WeightsReading? = nil, batch: Int, device: Device
    ) throws {
        normalization = try Normalization(
            mean: description.mean, standardDeviation: description.standardDeviation)
        executor = try device.inference(graph, batch: batch).executor(tensors)
        self.description = description
        self.reading = reading
    }

    /// Loads weights into a network that is planned already.
    ///
    /// - Throws: As ``init(description:tensors:batch:device:)``.
    package init(
        description: ModelDescription, tensors: [String: Tensor], plan: InferencePlan
    ) throws {
        normalization = try Normalization(
            mean: description.mean, standardDeviation: description.standardDeviation)
        executor = try plan.executor(tensors)
        self.description = description
        reading = nil
    }

    /// The network that a description names, for its images' size.
    ///
    /// - Throws: A `GraphError` when the name is no network's or a number is out of range.
    public static func graph(for description: ModelDescription) throws(GraphError) -> Graph {
        try Zoo.network(
            named: description.architecture, classes: description.classes,
            dropout: description.dropout, inputChannels: description.inputChannels
        ).graph(height: description.inputHeight, width: description.inputWidth)
    }

    /// Replaces all weights and running statistics.
    ///
    /// - Throws: A `PlanError` when a tensor is missing or has another shape; then nothing has changed.
    public func load(_ tensors: [String: Tensor]) throws(PlanError) {
        try executor.load(tensors)
    }

    /// The network.
    public var graph: Graph { executor.graph }

    /// The bytes of all memory that the planned network holds.
    public var plannedByteCount: Int { executor.plannedByteCount }

    /// What a class is called: its number where the model has no names.
    public func className(_ index: Int) -> String {
        description.classNames.indices.contains(index)
            ? description.classNames[index] : "\(index)"
    }
}
