// SPDX-License-Identifier: Apache-2.0

import WideResNets

/// The weights that all contenders load.
enum Weights {
    static func read(_ arguments: Arguments) throws -> Model {
        try Model(readingFrom: arguments.string("weights")) { try $0.graph() }
    }

    /// Writes a network's first weights, with running statistics as if it had been trained.
    ///
    /// A fresh batch normalisation computes the identity, which would hide mistakes in it: the
    /// statistics, scales and shifts are spread evenly around the fresh values instead.
    static func write(_ arguments: Arguments) throws {
        guard let name = arguments.name else { throw Complaint("expected the name of a network") }
        let input = try arguments.inputShape()
        let description = try ModelDescription(
            architecture: name, classes: arguments.integer("classes"),
            inputChannels: input.channels, inputHeight: input.height, inputWidth: input.width,
            mean: Array(repeating: 0, count: input.channels),
            standardDeviation: Array(repeating: 1, count: input.channels))
        let graph = try description.graph()
        var tensors = Model.initialTensors(for: graph, seed: 1)
        for (index, parameter) in graph.parameters.enumerated() {
            guard let range = range(for: parameter.role) else { continue }
            tensors[parameter.name] = Tensor(
                shape: parameter.shape,
                elements: (0..<parameter.shape.elementCount).map { element in
                    range.lowerBound + (range.upperBound - range.lowerBound)
                        * evenlySpread(element + 31 * index)
                })
        }
        try Model(description: description, tensors: tensors).write(to: arguments.string("output"))
    }

    private static func range(for role: Parameter.Role) -> ClosedRange<Float>? {
        switch role {
        case .weight, .bias: nil
        case .scale, .runningVariance: 0.75...1.25
        case .shift, .runningMean: -0.1...0.1
        }
    }

    /// Multiples of the golden ratio modulo 1: no two near each other, no random numbers needed.
    private static func evenlySpread(_ index: Int) -> Float {
        let product = Double(index) * 0.618_033_988_749_894_9
        return Float(product - product.rounded(.down))
    }
}
