// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension WideResNet {
    /// Builds the network for images of `height` x `width` pixels, at least 3x3.
    ///
    /// A block B(3,3) computes, with the shortcut convolution only where the channels or the stride
    /// change:
    ///
    ///     a = relu(bn0(x))
    ///     y = conv1(dropout(relu(bn1(conv0(a)))))
    ///     result = y + (shortcut(a) or x)
    ///
    /// The ``variant`` may have the shortcut, and the first convolution, read x, the stride in
    /// conv1, another padding where there is a stride, and another function than ReLU. Blocks of
    /// more convolutions go on in the same way, with dropout before each but the first. Names
    /// follow the authors' PyTorch port: `conv0`, `group0.block0.bn0`, ..., `bn`, `fc`.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range.
    public func graph(height: Int = 32, width: Int = 32) throws(GraphError) -> Graph {
        try checkImage(height: height, width: width)
        if variant.stridedPadding == .same, height % totalStride != 0 || width % totalStride != 0 {
            throw .invalidArchitecture(
                "images of \(height)x\(width) do not fit \(name), whose padding is TensorFlow's "
                    + "SAME for rows and columns that \(totalStride) divides; the nearest size is "
                    + "\(wholeStrides(height))x\(wholeStrides(width))")
        }
        var builder = try GraphBuilder(
            input: FeatureShape(channels: inputChannels, height: height, width: width))
        var features = try builder.convolution(
            Convolution(outputChannels: 16, kernelSize: 3), of: builder.input, name: "conv0")
        for (group, channels) in groupChannels.enumerated() {
            for block in 0..<blocksPerGroup {
                features = try addBlock(
                    to: &builder, reading: features, group: group,
                    name: "group\(group).block\(block)", channels: channels,
                    stride: group > 0 && block == 0 ? 2 : 1)
            }
        }
        features = try builder.batchNormalization(normalization, of: features, name: "bn")
        features = try builder.activation(variant.activation, of: features, name: "relu")
        features = try builder.globalAveragePooling(of: features, name: "pool")
        let logits = try builder.linear(Linear(outputs: classes), of: features, name: "fc")
        return builder.graph(output: logits)
    }

    /// The nearest number that the total stride divides, and at least that.
    private func wholeStrides(_ extent: Int) -> Int {
        max((extent + totalStride / 2) / totalStride, 1) * totalStride
    }

    private var normalization: BatchNormalization { BatchNormalization(epsilon: variant.epsilon) }

    private func addBlock(
        to builder: inout GraphBuilder, reading x: NodeID, group: Int, name: String, channels: Int,
        stride: Int
    ) throws(GraphError) -> NodeID {
        var (y, shortcut) = (x, x)
        let changesShape = builder.shape(of: x).channels != channels || stride != 1
        let strided = variant.stride == .firstConvolution ? 0 : 1
        for (index, kernelSize) in block.kernelSizes.enumerated() {
            let isFirst = index == 0
            if !isFirst || !changesShape || !hasRawBlocks(in: group) {
                y = try builder.batchNormalization(
                    normalization, of: y, name: "\(name).bn\(index)")
                y = try builder.activation(
                    variant.activation, of: y, name: "\(name).relu\(index)")
            }
            if isFirst, changesShape {
                shortcut = try builder.convolution(
                    convolution(channels, kernelSize: 1, stride: stride),
                    of: hasRawShortcuts(in: group) ? x : y, name: name + ".shortcut")
            }
            if !isFirst, dropout > 0 {
                let number = block.deepeningFactor == 2 ? "" : "\(index)"
                y = try builder.dropout(
                    Dropout(probability: dropout), of: y, name: name + ".dropout" + number)
            }
            y = try builder.convolution(
                convolution(
                    channels, kernelSize: kernelSize, stride: index == strided ? stride : 1),
                of: y, name: "\(name).conv\(index)")
        }
        return try builder.add(y, shortcut, name: name)
    }

    private func hasRawShortcuts(in group: Int) -> Bool {
        switch variant.shortcutInput {
        case .activated: false
        case .raw: true
        case .first, .firstBlock: group > 0
        }
    }

    /// Whether blocks that change the shape have no first normalisation and activation.
    func hasRawBlocks(in group: Int) -> Bool {
        variant.shortcutInput == .firstBlock && group > 0
    }

    private func convolution(_ channels: Int, kernelSize k: Int, stride: Int) -> Convolution {
        guard variant.stridedPadding == .same, stride > 1 else {
            return Convolution(outputChannels: channels, kernelSize: k, stride: stride)
        }
        // The stride divides the input's extents, so this much makes the output's their quotient.
        let total = max(k - stride, 0)
        return Convolution(
            outputChannels: channels, kernelSize: k, stride: stride, padding: total / 2,
            endPadding: total - total / 2)
    }
}
