// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNTensor

/// The place of each parameter and running statistic of a graph in the engine's blocks, and how it
/// is stored there.
///
/// Trainable parameters share one block, so that one pass updates all; running statistics have
/// another. Vectors are padded to whole lanes and weights to whole lanes of inputs and outputs, all
/// with zeros, which training keeps zero.
struct ParameterLayout {
    /// One tensor's place.
    struct Slot {
        let parameter: Parameter
        let offset: Int
        /// The convolution whose weight it is; `nil` for a vector.
        let convolution: ConvolutionShape?

        var floatCount: Int {
            convolution?.weightCount ?? Kernels.padded(parameter.shape.elementCount)
        }
    }

    /// The slots of the trainable parameters and of the statistics, in the graph's order.
    let trainable: [Slot]
    let statistics: [Slot]
    /// The floats of the two blocks.
    let trainableFloats: Int
    let statisticsFloats: Int
    private let slots: [String: Slot]

    init(_ graph: Graph) {
        var trainable: [Slot] = []
        var statistics: [Slot] = []
        var trainableFloats = 0
        var statisticsFloats = 0
        for node in graph.nodes {
            for parameter in node.parameters {
                let slot = Slot(
                    parameter: parameter,
                    offset: parameter.isTrainable ? trainableFloats : statisticsFloats,
                    convolution: parameter.role == .weight ? graph.convolution(of: node) : nil)
                if parameter.isTrainable {
                    trainable.append(slot)
                    trainableFloats += slot.floatCount
                } else {
                    statistics.append(slot)
                    statisticsFloats += slot.floatCount
                }
            }
        }
        self.trainable = trainable
        self.statistics = statistics
        self.trainableFloats = trainableFloats
        self.statisticsFloats = statisticsFloats
        slots = Dictionary(
            (trainable + statistics).map { ($0.parameter.name, $0) },
            uniquingKeysWith: { a, _ in a })
    }

    /// The slot of a node's parameter of this role, which the builder has given it.
    func slot(_ node: Node, _ role: Parameter.Role) -> Slot {
        guard let parameter = node.parameters.first(where: { $0.role == role }),
            let slot = slots[parameter.name]
        else { preconditionFailure("\(node.name) has no \(role)") }
        return slot
    }
}

extension Graph {
    /// The convolution that a node is for the engine: a linear layer is a 1x1 convolution of 1x1
    /// features.
    func convolution(of node: Node) -> ConvolutionShape? {
        let convolution: Convolution
        switch node.operation {
        case .convolution(let operation): convolution = operation
        case .linear(let linear):
            convolution = Convolution(outputChannels: linear.outputs, kernelSize: 1)
        default: return nil
        }
        let input = self[node.inputs[0]].shape
        return ConvolutionShape(
            input: (input.channels, input.height, input.width),
            output: (node.shape.channels, node.shape.height, node.shape.width),
            kernelSize: convolution.kernelSize, stride: convolution.stride,
            padding: convolution.padding, endPadding: convolution.endPadding)
    }
}

extension ParameterLayout.Slot {
    /// Copies a tensor in PyTorch's order into the engine's block.
    func load(_ tensor: Tensor, into block: UnsafeMutablePointer<Float>) {
        let destination = block + offset
        tensor.elements.withUnsafeBufferPointer { elements in
            forEachElement { index, place in destination[place] = elements[index] }
        }
    }

    /// Copies what lies in the engine's block into a tensor in PyTorch's order.
    func tensor(from block: UnsafePointer<Float>) -> Tensor {
        let source = block + offset
        let elements = [Float](unsafeUninitializedCapacity: parameter.shape.elementCount) {
            buffer, count in
            forEachElement { index, place in buffer.initializeElement(at: index, to: source[place])
            }
            count = parameter.shape.elementCount
        }
        return Tensor(shape: parameter.shape, elements: elements)
    }

    /// Calls `body` with the index of each element in PyTorch's order and its place in the slot.
    @inline(__always)
    private func forEachElement(_ body: (_ index: Int, _ place: Int) -> Void) {
        guard let shape = convolution else {
            for index in 0..<parameter.shape.elementCount { body(index, index) }
            return
        }
        var index = 0
        for output in 0..<shape.outputChannels {
            for input in 0..<shape.inputChannels {
                for tap in 0..<shape.tapCount {
                    body(index, shape.weightIndex(output: output, input: input, tap: tap))
                    index += 1
                }
            }
        }
    }
}
