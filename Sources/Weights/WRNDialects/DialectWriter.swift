// SPDX-License-Identifier: Apache-2.0

import WRNGraph
package import WRNTensor
package import WRNTensorFiles
package import WRNZoo

/// A writer of a network's tensors under other programs' names, which load them strictly.
package struct DialectWriter: Sendable {
    /// The names to write.
    package let dialect: Dialect
    /// The element type to write.
    package let elementType: ElementType

    /// Chooses names and element type.
    ///
    /// - Precondition: The type is one of floating-point numbers.
    package init(_ dialect: Dialect, as elementType: ElementType = .float32) {
        precondition(elementType.isFloatingPoint, "weights are floating-point numbers")
        self.dialect = dialect
        self.elementType = elementType
    }

    /// The key of a safetensors file's metadata under which the network's name stands, where the
    /// tensors alone could be another's.
    package static let networkKey = "wide-resnet-network"

    /// The metadata that keep a network's function in a file of its tensors.
    package func metadata(for network: any Architecture) -> [String: String] {
        dialect == .canonical ? [Self.networkKey: network.name] : [:]
    }

    /// The tensors in the network's order, named in the dialect.
    ///
    /// Where the dialect's programs have biases in convolutions, there are some of zeros. Where
    /// they have this network with folded normalisations, these are multiplied into the
    /// convolutions:
    ///
    ///     w' = w · γ / sqrt(σ² + ε),  b' = β - μ · γ / sqrt(σ² + ε)
    ///
    /// - Parameters:
    ///   - tensors: All parameters and running statistics of the network's graph by their names.
    ///   - file: The result's name in messages.
    /// - Throws: A ``WeightsError``: `otherFunction` when the dialect's programs compute something
    ///   else, `inexpressible` when it has no names for the network, `otherTensors` when one is
    ///   missing. A `CheckpointError`, `invalidContent`, when a finite number would be infinite in
    ///   the element type.
    package func tensors(
        _ tensors: [String: Tensor], of network: any Architecture, file: String
    ) throws -> [NamedTensor] {
        try checkFunction(of: network, file)
        let size = network.usualImageSize
        let outline = NetworkOutline(try network.graph(height: size, width: size))
        var result: [NamedTensor] = []
        func add(
            _ tensor: Tensor, _ layer: NetworkOutline.Layer, _ role: Parameter.Role
        ) throws {
            let name = try name(of: layer, role, outline.form, network.name, file)
            try NamedTensor.checkRange(of: tensor, named: name, as: elementType, file: file)
            result.append(NamedTensor(name: name, tensor: tensor, as: elementType))
        }
        func tensor(_ parameter: Parameter) throws(WeightsError) -> Tensor {
            if let tensor = tensors[parameter.name], tensor.shape == parameter.shape {
                return tensor
            }
            throw WeightsError(
                .otherTensors, file: file, "expected a tensor \(parameter.name), found none",
                advice: "give all tensors of \(network.name)")
        }
        let isFolded = folds(network, outline.form)
        for layer in outline.layers where !(isFolded && layer.node.isNormalization) {
            guard layer.node.isConvolution else {
                for parameter in layer.node.parameters {
                    try add(tensor(parameter), layer, parameter.role)
                }
                continue
            }
            var weight = try tensor(layer.node.parameters[0])
            var bias = Tensor(shape: [layer.node.shape.channels], repeating: 0)
            if isFolded, let normalization = outline.normalization(behind: layer.node) {
                let values = try normalization.parameters.map { (parameter) throws(WeightsError) in
                    try tensor(parameter)
                }
                (weight, bias) = Self.fold(weight, values, normalization)
            }
            try add(weight, layer, .weight)
            if isFolded || dialect.function(for: network)?.biases == .all {
                try add(bias, layer, .bias)
            }
        }
        return result
    }

    /// Refuses a network for which the dialect's programs, or readers of the file, would compute
    /// another function.
    private func checkFunction(
        of network: any Architecture, _ file: String
    ) throws(WeightsError) {
        // Without published code, the names are read as the zoo's own network.
        let own = dialect.function(for: network)
        guard let function = own ?? Dialect.canonical.function(for: network) else { return }
        let changes = function.changes(for: network)
        let other = changes.applied(to: network.variant)
        let differences = NetworkVariant.Part.allCases.filter {
            network.variantParts.contains($0)
                && other.word(for: $0) != network.variant.word(for: $0)
        }
        guard !differences.isEmpty else { return }
        if dialect == .canonical {
            // The file's metadata name the network, if the format has metadata.
            guard !file.hasSuffix(".safetensors") else { return }
            throw WeightsError(
                .otherFunction, file: file,
                "only a .safetensors file can name the network \(network.name), and "
                    + "without that the tensors would be read as another's",
                advice: "name a file that ends in .safetensors")
        }
        let list = differences.map {
            "\(KnownFunction.words(for: $0, of: other)) instead of "
                + "\(KnownFunction.words(for: $0, of: network.variant))"
        }
        let problem =
            if let own {
                "the code with \(dialect.title) (\(own.source)) computes another function than "
                    + "\(network.name): it has \(list.joined(separator: ", "))"
            } else {
                "no code with \(dialect.title) was published for such a network, so that they "
                    + "would be read as another's than \(network.name): with "
                    + "\(list.joined(separator: ", "))"
            }
        throw WeightsError(
            .otherFunction, file: file, problem,
            advice: "choose another dialect, for example canonical")
    }

    /// Whether the dialect's programs have this network without normalisations.
    private func folds(_ network: any Architecture, _ form: NetworkForm) -> Bool {
        dialect.function(for: network)?.biases == .folded
    }

    private func name(
        of layer: NetworkOutline.Layer, _ role: Parameter.Role, _ form: NetworkForm,
        _ network: String, _ file: String
    ) throws(WeightsError) -> String {
        if dialect == .canonical, let own = layer.node.parameters.first(where: { $0.role == role })
        {
            return own.name
        }
        if let name = dialect.names(of: layer.place, role, in: form).first { return name }
        throw WeightsError(
            .inexpressible, file: file,
            "\(network) has \(layer.node.name), for which there is no name in \(dialect.title)",
            advice: "choose another dialect, for example torchvision")
    }

    /// A convolution with the normalisation behind it; `values` are its four tensors in the order
    /// of its parameters.
    private static func fold(
        _ weight: Tensor, _ values: [Tensor], _ node: Node
    ) -> (weight: Tensor, bias: Tensor) {
        var epsilon = 0.0
        if case .batchNormalization(let normalization) = node.operation {
            epsilon = normalization.epsilon
        }
        let channels = node.shape.channels
        var vectors: [Parameter.Role: [Float]] = [:]
        for (parameter, tensor) in zip(node.parameters, values) {
            vectors[parameter.role] = tensor.elements
        }
        var weight = weight
        var bias = [Float](repeating: 0, count: channels)
        guard let scales = vectors[.scale], let shifts = vectors[.shift],
            let means = vectors[.runningMean], let variances = vectors[.runningVariance]
        else { return (weight, Tensor(shape: [channels], elements: bias)) }
        let count = weight.shape.elementCount / channels
        weight.withUnsafeMutableElements { elements in
            for channel in 0..<channels {
                let factor =
                    Double(scales[channel]) / (Double(variances[channel]) + epsilon).squareRoot()
                bias[channel] = Float(Double(shifts[channel]) - Double(means[channel]) * factor)
                for place in channel * count..<(channel + 1) * count {
                    elements[place] = Float(Double(elements[place]) * factor)
                }
            }
        }
        return (weight, Tensor(shape: [channels], elements: bias))
    }
}
