// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNTensor

/// The outline of a step of a program, for every device: its kind, what is fused into it and what
/// it writes.
package struct StepOutline: Sendable {
    /// The kind of the operation.
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// The images are copied to where the program reads them.
        case input
        /// A convolution; in training its weights, which the last step changed, are packed first,
        /// as those of an input's gradient are.
        case convolution
        /// A fully connected layer.
        case linear
        /// The moments of a buffer that no convolution took as it writes its result.
        case moments
        /// A normalisation's map is made from moments; its running statistics move.
        case normalization
        /// The values that a dropout keeps are drawn.
        case dropoutMask = "dropout_mask"
        /// A view, or the sum of two buffers, is written.
        case map
        /// A shortcut without parameters: every few pixels, and channels of zeros.
        case subsampling
        /// The gradient of what such a shortcut read.
        case subsamplingGradient = "subsampling_gradient"
        /// The largest value of each window.
        case maxPooling = "max_pooling"
        /// The gradient of what max pooling read.
        case maxPoolingGradient = "max_pooling_gradient"
        /// The mean over all pixels.
        case mean
        /// The loss, and the gradient of the logits.
        case loss
        /// The gradient of a weight.
        case weightGradient = "weight_gradient"
        /// The gradient of a bias.
        case biasGradient = "bias_gradient"
        /// The gradient of a convolution's input.
        case inputGradient = "input_gradient"
        /// A gradient is propagated through normalisation, activation and dropout.
        case viewGradient = "view_gradient"
        /// The gradients of γ and β, and the map of a normalisation's gradient.
        case normalizationGradient = "normalization_gradient"
        /// The gradient of the mean.
        case spread
        /// Every parameter is updated.
        case update
    }

    /// An operation that is fused into a step, so that it needs no step of its own.
    package struct Fusion: Codable, Hashable, Sendable {
        /// The kind of the fused operation.
        package enum Kind: Codable, Hashable, Sendable {
            /// A normalisation's affine map.
            case normalization
            /// The affine map of a normalisation's gradient.
            case normalizationGradient
            /// Dropout's constant factor, where there is no normalisation to contain it.
            case factor
            /// A function of each value by itself.
            case activation(Activation.Kind)
            /// Dropout.
            case dropout
            /// A bias.
            case bias
            /// A normalisation folded into weights and bias.
            case foldedNormalization
            /// The other branch of a residual sum.
            case residual
            /// The result is added to the values that are there.
            case accumulation
            /// The moments for the normalisation that follows.
            case moments
            /// The gradient through normalisation, activation and dropout.
            case viewGradient
        }

        /// The kind of the operation.
        package let kind: Kind
        /// The node that it stems from, where that is known.
        package let node: String?

        init(_ kind: Kind, _ node: String? = nil) {
            self.kind = kind
            self.node = node
        }
    }

    /// The result of a step.
    package enum Destination: Sendable {
        case buffer(BufferID)
        /// The gradient of the node's parameter of this role.
        case gradient(NodeID, Parameter.Role)
        /// The vectors of a normalisation.
        case coefficients(channels: Int)
        /// The parameters.
        case parameters
    }

    package let kind: Kind
    /// The name of the node that it belongs to; empty for steps of all nodes.
    package let node: String
    /// A convolution's kernel, `3x3`, with the stride behind a slash where it is not 1: `3x3/2`.
    package var kernel: String?
    /// The operations that are computed as values are loaded and never stored, in their order.
    package var readsThrough: [Fusion] = []
    /// The operations on the result while it is still in the cache, in their order.
    package var finishesWith: [Fusion] = []
    /// The extents of what it writes, joined by `x`: `CxHxW` for one image's features, `OxCxKxK`
    /// for a weight.
    package let shape: String
    package let writes: Destination
    /// The multiply-adds of an image, had every convolution been a direct one.
    package var multiplyAdds = 0
}

extension Program {
    /// The outline before the steps: the images are loaded.
    package var loading: StepOutline {
        StepOutline(
            kind: .input, node: self[input].name, shape: graph.inputShape.description,
            writes: .buffer(input))
    }

    /// The outline after the steps of a training program: `count` stored parameters are updated.
    package func update(of count: Int) -> StepOutline {
        StepOutline(kind: .update, node: "", shape: "\(count)", writes: .parameters)
    }

    /// The outline of a step; a new kind of step is described here and nowhere else.
    package func outline(of step: Step) -> StepOutline {
        switch step {
        case .convolution(let step): outline(of: step)
        case .moments(let source, let sums):
            StepOutline(
                kind: .moments, node: node(source), shape: shapeText(source),
                writes: .buffer(sums))
        case .normalize(let index, _): outline(ofVectors: index, .normalization)
        case .dropoutMask(let index):
            StepOutline(
                kind: .dropoutMask, node: graph[dropouts[index].node].name,
                shape: dropouts[index].shape.description, writes: .buffer(dropouts[index].bits))
        case .map(let source, let addend, let destination):
            StepOutline(
                kind: .map, node: node(destination),
                readsThrough: fusions(source) + (addend.map { fusions($0) } ?? []),
                finishesWith: addition(of: addend?.source, to: destination),
                shape: shapeText(destination), writes: .buffer(destination))
        case .subsampling(let subsampling, let source, let destination):
            StepOutline(
                kind: .subsampling, node: node(destination),
                kernel: kernel(1, stride: subsampling.stride), readsThrough: fusions(source),
                shape: shapeText(destination), writes: .buffer(destination))
        case .subsamplingGradient(let subsampling, _, let destination, let accumulates):
            StepOutline(
                kind: .subsamplingGradient, node: node(destination),
                kernel: kernel(1, stride: subsampling.stride),
                finishesWith: accumulation(accumulates), shape: shapeText(destination),
                writes: .buffer(destination))
        case .maxPooling(let pooling, let source, let destination):
            StepOutline(
                kind: .maxPooling, node: node(destination),
                kernel: kernel(pooling.kernelSize, stride: pooling.stride),
                readsThrough: fusions(source), shape: shapeText(destination),
                writes: .buffer(destination))
        case .maxPoolingGradient(let step):
            StepOutline(
                kind: .maxPoolingGradient, node: node(step.destination),
                kernel: kernel(step.pooling.kernelSize, stride: step.pooling.stride),
                readsThrough: fusions(step.source),
                finishesWith: accumulation(step.accumulates)
                    + (step.viewGradient == nil ? [] : [StepOutline.Fusion(.viewGradient)]),
                shape: shapeText(step.destination), writes: .buffer(step.destination))
        case .mean(let source, let destination):
            StepOutline(
                kind: .mean, node: node(destination), readsThrough: fusions(source),
                shape: shapeText(destination), writes: .buffer(destination))
        case .loss(_, let gradient):
            StepOutline(
                kind: .loss, node: node(gradient), shape: shapeText(gradient),
                writes: .buffer(gradient))
        case .weightGradient(let step): outline(of: step)
        case .biasGradient(let id, let gradient):
            StepOutline(
                kind: .biasGradient, node: graph[id].name,
                shape: "\(shape(of: gradient).channels)", writes: .gradient(id, .bias))
        case .inputGradient(let step): outline(of: step)
        case .viewGradient(let step):
            StepOutline(
                kind: .viewGradient, node: node(step.gradient), readsThrough: fusions(step.view),
                shape: shapeText(step.gradient), writes: .buffer(step.gradient))
        case .normalizeGradient(let index, _):
            outline(ofVectors: index, .normalizationGradient)
        case .spread(_, let destination, let accumulates):
            StepOutline(
                kind: .spread, node: node(destination), finishesWith: accumulation(accumulates),
                shape: shapeText(destination), writes: .buffer(destination))
        }
    }

    private func outline(of step: ConvolutionStep) -> StepOutline {
        var finishes: [StepOutline.Fusion] = []
        if let folded = step.folded {
            finishes.append(.init(.foldedNormalization, name(ofNormalization: folded)))
        }
        if step.hasBias { finishes.append(.init(.bias, graph[step.node].name)) }
        finishes += addition(of: step.addend, to: step.destination)
        if let activation = step.activation { finishes.append(.init(.activation(activation.kind))) }
        if step.moments != nil { finishes.append(.init(.moments)) }
        var kind = StepOutline.Kind.convolution
        if case .linear = graph[step.node].operation { kind = .linear }
        return StepOutline(
            kind: kind, node: graph[step.node].name, kernel: kernel(step.node),
            readsThrough: fusions(step.source), finishesWith: finishes,
            shape: shapeText(step.destination), writes: .buffer(step.destination),
            multiplyAdds: graph[step.node].multiplyAdds)
    }

    private func outline(of step: InputGradientStep) -> StepOutline {
        var finishes = accumulation(step.accumulates)
        if let back = step.viewGradient {
            finishes.append(
                .init(.viewGradient, back.view.normalization.map(name(ofNormalization:))))
        }
        return StepOutline(
            kind: .inputGradient, node: graph[step.node].name, kernel: kernel(step.node),
            readsThrough: fusions(step.gradient), finishesWith: finishes,
            shape: shapeText(step.destination), writes: .buffer(step.destination),
            multiplyAdds: graph[step.node].multiplyAdds)
    }

    private func outline(of step: WeightGradientStep) -> StepOutline {
        let weight = graph[step.node].parameters.first { $0.role == .weight }
        return StepOutline(
            kind: .weightGradient, node: graph[step.node].name, kernel: kernel(step.node),
            readsThrough: fusions(step.source) + fusions(step.gradient),
            shape: (weight?.shape.extents ?? []).map { "\($0)" }.joined(separator: "x"),
            writes: .gradient(step.node, .weight), multiplyAdds: graph[step.node].multiplyAdds)
    }

    private func outline(ofVectors normalization: Int, _ kind: StepOutline.Kind) -> StepOutline {
        let channels = normalizations[normalization].channels
        return StepOutline(
            kind: kind, node: name(ofNormalization: normalization), shape: "\(channels)",
            writes: .coefficients(channels: channels))
    }

    // MARK: Words

    /// The operations of a view on loaded values.
    private func fusions(_ view: BufferView) -> [StepOutline.Fusion] {
        var fusions: [StepOutline.Fusion] = []
        switch view.affine {
        case nil: break
        case .normalization(let index):
            fusions.append(.init(.normalization, name(ofNormalization: index)))
        case .normalizationGradient(let index):
            fusions.append(.init(.normalizationGradient, name(ofNormalization: index)))
        case .factor: fusions.append(.init(.factor))
        }
        if let activation = view.activation { fusions.append(.init(.activation(activation.kind))) }
        if let dropout = view.dropout {
            fusions.append(.init(.dropout, graph[dropouts[dropout].node].name))
        }
        return fusions
    }

    private func addition(
        of addend: BufferID?, to destination: BufferID
    ) -> [StepOutline.Fusion] {
        guard let addend else { return [] }
        return addend == destination ? accumulation(true) : [.init(.residual, node(addend))]
    }

    private func accumulation(_ accumulates: Bool) -> [StepOutline.Fusion] {
        accumulates ? [.init(.accumulation)] : []
    }

    private func kernel(_ node: NodeID) -> String {
        guard case .convolution(let convolution) = graph[node].operation else {
            return kernel(1, stride: 1)
        }
        return kernel(convolution.kernelSize, stride: convolution.stride)
    }

    private func kernel(_ size: Int, stride: Int) -> String {
        stride == 1 ? "\(size)x\(size)" : "\(size)x\(size)/\(stride)"
    }

    private func name(ofNormalization index: Int) -> String {
        graph[normalizations[index].node].name
    }

    /// The node whose result, or its gradient, a buffer holds.
    private func node(_ buffer: BufferID) -> String {
        let (name, suffix) = (self[buffer].name, ".gradient")
        return name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name
    }

    private func shapeText(_ buffer: BufferID) -> String { shape(of: buffer).description }
}

extension StepOutline.Fusion.Kind: RawRepresentable {
    /// Every kind that is no activation.
    private static let others: [Self] = [
        .normalization, .normalizationGradient, .factor, .dropout, .bias, .foldedNormalization,
        .residual, .accumulation, .moments, .viewGradient,
    ]

    /// Finds the kind with this name in JSON.
    package init?(rawValue: String) {
        let activation = Activation.Kind(rawValue: rawValue).map(Self.activation)
        guard let kind = activation ?? Self.others.first(where: { $0.rawValue == rawValue })
        else { return nil }
        self = kind
    }

    /// The name in JSON; activations have their own, such as `relu`.
    package var rawValue: String {
        switch self {
        case .normalization: "normalization"
        case .normalizationGradient: "normalization_gradient"
        case .factor: "factor"
        case .activation(let kind): kind.rawValue
        case .dropout: "dropout"
        case .bias: "bias"
        case .foldedNormalization: "folded_normalization"
        case .residual: "residual"
        case .accumulation: "accumulation"
        case .moments: "moments"
        case .viewGradient: "view_gradient"
        }
    }
}
