// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

extension ResidualNetwork {
    /// Builds the network, with torchvision's names: `conv1`, `bn1`, `layer1.0.conv1`,
    /// `layer1.0.downsample.0`, `fc`.
    ///
    /// In pre-activation networks `layer1.0.downsample` is the shortcut's convolution itself, which
    /// has no normalisation, and `bn` is the normalisation after the last stage. Where shortcuts
    /// have no parameters `downsample` is one of these.
    package func graph(height: Int, width: Int) throws(GraphError) -> Graph {
        var builder = try GraphBuilder(
            input: FeatureShape(channels: inputChannels, height: height, width: width))
        var features = try addStem(to: &builder)
        for stage in stageBlocks.indices {
            for (index, layers) in blocks(ofStage: stage).enumerated() {
                let name = "layer\(stage + 1).\(index)"
                switch order {
                case .post: features = try addPost(layers, to: &builder, features, name)
                case .pre: features = try addPre(layers, to: &builder, features, name)
                }
            }
        }
        if order == .pre {
            features = try builder.batchNormalization(normalization, of: features, name: "bn")
            features = try builder.activation(
                variant.activation, of: features, name: stem == .large ? "relu2" : "relu")
        }
        features = try builder.globalAveragePooling(of: features, name: "avgpool")
        let logits = try builder.linear(Linear(outputs: classes), of: features, name: "fc")
        return builder.graph(output: logits)
    }

    private var normalization: BatchNormalization { BatchNormalization(epsilon: variant.epsilon) }

    private func addStem(to builder: inout GraphBuilder) throws(GraphError) -> NodeID {
        let convolution =
            stem == .large
            ? Convolution(outputChannels: stemChannels, kernelSize: 7, stride: 2)
            : Convolution(outputChannels: stemChannels, kernelSize: 3)
        var features = try builder.convolution(convolution, of: builder.input, name: "conv1")
        // A small stem's first normalisation is that of the first pre-activation block.
        if stem == .large || order == .post {
            features = try builder.batchNormalization(normalization, of: features, name: "bn1")
            features = try builder.activation(variant.activation, of: features, name: "relu")
        }
        guard stem == .large else { return features }
        return try builder.maxPooling(
            MaxPooling(kernelSize: 3, stride: 2, padding: 1), of: features, name: "maxpool")
    }

    private func addPost(
        _ layers: [Layer], to builder: inout GraphBuilder, _ x: NodeID, _ name: String
    ) throws(GraphError) -> NodeID {
        var y = x
        for (index, layer) in layers.enumerated() {
            if index > 0 {
                y = try builder.activation(variant.activation, of: y, name: "\(name).relu\(index)")
            }
            y = try add(layer, to: &builder, y, "\(name).conv\(index + 1)")
            y = try builder.batchNormalization(normalization, of: y, name: "\(name).bn\(index + 1)")
        }
        var shortcut = x
        if let projection = projection(layers, from: builder.shape(of: x)) {
            switch self.shortcut {
            case .subsampling:
                shortcut = try addSubsampling(projection, to: &builder, x, name)
            case .convolution:
                shortcut = try add(projection, to: &builder, x, name + ".downsample.0")
                shortcut = try builder.batchNormalization(
                    normalization, of: shortcut, name: name + ".downsample.1")
            }
        }
        y = try builder.add(y, shortcut, name: name)
        return try builder.activation(
            variant.activation, of: y, name: "\(name).relu\(layers.count)")
    }

    private func addPre(
        _ layers: [Layer], to builder: inout GraphBuilder, _ x: NodeID, _ name: String
    ) throws(GraphError) -> NodeID {
        var (y, shortcut) = (x, x)
        for (index, layer) in layers.enumerated() {
            y = try builder.batchNormalization(normalization, of: y, name: "\(name).bn\(index + 1)")
            y = try builder.activation(variant.activation, of: y, name: "\(name).relu\(index + 1)")
            if index == 0, let projection = projection(layers, from: builder.shape(of: x)) {
                let source = variant.shortcutInput == .raw ? x : y
                switch self.shortcut {
                case .subsampling:
                    shortcut = try addSubsampling(projection, to: &builder, source, name)
                case .convolution:
                    shortcut = try add(projection, to: &builder, source, name + ".downsample")
                }
            }
            y = try add(layer, to: &builder, y, "\(name).conv\(index + 1)")
        }
        return try builder.add(y, shortcut, name: name)
    }

    /// The shortcut's change of channels and stride; nil for the identity.
    private func projection(_ layers: [Layer], from input: FeatureShape) -> Layer? {
        let channels = layers.last?.channels ?? input.channels
        let stride = layers.map(\.stride).reduce(1, *)
        guard channels != input.channels || stride != 1 else { return nil }
        return Layer(channels: channels, kernelSize: 1, stride: stride)
    }

    private func add(
        _ layer: Layer, to builder: inout GraphBuilder, _ source: NodeID, _ name: String
    ) throws(GraphError) -> NodeID {
        try builder.convolution(
            Convolution(
                outputChannels: layer.channels, kernelSize: layer.kernelSize, stride: layer.stride),
            of: source, name: name)
    }

    private func addSubsampling(
        _ layer: Layer, to builder: inout GraphBuilder, _ source: NodeID, _ name: String
    ) throws(GraphError) -> NodeID {
        let added = layer.channels - builder.shape(of: source).channels
        return try builder.subsampling(
            Subsampling(
                stride: layer.stride, outputChannels: layer.channels,
                channelOffset: variant.padding == .both ? added / 2 : 0), of: source,
            name: name + ".downsample")
    }
}
