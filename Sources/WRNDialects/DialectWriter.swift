// SPDX-License-Identifier: Apache-2.0

public import WRNCheckpoint
import WRNGraph
public import WRNTensor
public import WRNZoo

/// Names a network's tensors as other programs expect them, so that these load them strictly.
public struct DialectWriter: Sendable {
    /// The names to write.
    public let dialect: Dialect
    /// The element type to write.
    public let elementType: ElementType

    /// Chooses names and element type.
    ///
    /// - Precondition: The type is one of floating-point numbers.
    public init(_ dialect: Dialect, as elementType: ElementType = .float32) {
        precondition(elementType.isFloatingPoint, "weights are floating-point numbers")
        self.dialect = dialect
        self.elementType = elementType
    }

    /// The tensors in the network's order, named in the dialect.
    ///
    /// Where the dialect's programs have biases in convolutions, there are some of zeros. Where they have this network with folded
    /// normalisations, these are multiplied into the convolutions:
    ///
    ///     w' = w · γ / sqrt(σ² + ε),  b' = β - μ · γ / sqrt(σ² + ε)
    ///
    /// - Parameters:
    ///   - tensors: All parameters and running statistics of the network's graph by their names.
    ///   - file: What messages call the result.
    /// - Throws: A ``WeightsError``: `inexpressible` when the dialect has no names for the network, `otherTensors` when one is
    ///   missing.
    public func tensors(
        _ tensors: [String: Tensor], of network: any Architecture, file: String
    ) throws -> [NamedTensor] {
        let size = network.usualImageSize
        let outline = NetworkOutline(try network.graph(height: size, width: size))
        var result: [NamedTensor] = []
        func add(_ tensor: Tensor, _ layer: NetworkOutline.Layer, _ role: Parameter.Role)
            throws(WeightsError)
        {
            let name = try name(of: layer, role, outline.form, network.name, file)
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
            if isFolded || dialect.hasConvolutionBiases(in: outline.form) {
                try add(bias, layer, .bias)
            }
        }
        return result
    }

    /// Whether the dialect's programs have this network without normalisations.
    private func folds(_ network: any Architecture, _ form: NetworkForm) -> Bool {
        guard let network = network as? ImageNetWideResNet, !form.isPreActivation else {
            return false
        }
        return dialect == .authors || dialect == .pytorchcv && network.width != 1
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

    /// A convolution with the normalisation behind it; `values` are its four tensors in the order of its parameters.
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
