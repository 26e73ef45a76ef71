// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNGraph
import WRNModel
import WRNPlan
import WRNTensor

/// A network in training mode without training: the gradients of a logit at a layer.
final class GradientExecutor {
    private let executor: any TrainingExecutor
    private let shift: String
    private let positions: Int
    private let outputs: Int

    init(_ network: TrainedNetwork, at layer: NodeID, device: Device) throws {
        guard let probe = GradientProbe(in: network.graph, behind: layer) else {
            throw InferenceError.noActivationMap(network: network.description.architecture)
        }
        var tensors = network.tensors
        for parameter in probe.parameters {
            guard case .constant(let value) = parameter.initializer else { continue }
            tensors[parameter.name] = Tensor(
                shape: parameter.shape,
                elements: [Float](repeating: value, count: parameter.shape.elementCount))
        }
        for parameter in probe.headParameters {
            let elements = tensors[parameter.name]?.elements ?? []
            let missing = parameter.shape.elementCount - elements.count
            tensors[parameter.name] = Tensor(
                shape: parameter.shape,
                elements: elements + [Float](repeating: 0, count: max(missing, 0)))
        }
        shift = probe.parameters.first { $0.role == .shift }?.name ?? ""
        positions = network.graph[layer].shape.pixelCount
        outputs = probe.graph.outputShape.channels
        let trainable = Set(probe.graph.parameters.filter(\.isTrainable).map(\.name))
        executor = try device.training(
            probe.graph, batch: 1, seed: 0,
            scope: TrainingScope(frozen: trainable.subtracting([shift]), frozenStatistics: true)
        ).executor(tensors)
    }

    /// The mean over positions of the gradient of a logit at the layer, for each channel.
    func meanGradient(of class: Int, for input: [Float]) throws(PlanError) -> [Double] {
        func gradient(_ label: Int) throws(PlanError) -> [Float] {
            _ = try executor.computeGradients(images: input[...], labels: [label], stepIndex: 0)
            return executor.gradients()[shift]?.elements ?? []
        }
        let (zero, own) = (try gradient(outputs - 1), try gradient(`class`))
        return zip(zero, own).map { (Double($0) - Double($1)) / Double(positions) }
    }
}
