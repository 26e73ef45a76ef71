// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension WideResNet {
    /// Builds the network for images of `height` x `width` pixels, at least 3x3.
    ///
    /// A block B(3,3) computes, with the shortcut convolution only where the channels or the stride change:
    ///
    ///     a = relu(bn0(x));  y = conv1(dropout(relu(bn1(conv0(a)))));  result = y + (shortcut(a) or x)
    ///
    /// The ``variant`` may have the shortcut read x, the stride in conv1, and another function than ReLU. Blocks of more convolutions go on in the same way, with dropout before each but the first. Names follow the authors' PyTorch port: `conv0`, `group0.block0.bn0`, ..., `bn`, `fc`.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range.
    public func graph(height: Int = 32, width: Int = 32) throws(GraphError) -> Graph {
        try checkImage(height: height, width: width)
        var builder = try GraphBuilder(
            input: FeatureShape(channels: inputChannels, height: height, width: width))
        var features = try builder.convolution(
            Convolution(outputChannels: 16, kernelSize: 3), of: builder.input, name: "conv0")
        for (group, channels) in groupChannels.enumerated() {
            for block in 0..<blocksPerGroup {
                features = try addBlock(
                    to: &builder, reading: features, name: "group\(group).block\(block)",
                    channels: channels, stride: group > 0 && block == 0 ? 2 : 1)
            }
        }
        features = try builder.batchNormalization(normalization, of: features, name: "bn")
        features = try builder.activation(variant.activation, of: features, name: "relu")
        features = try builder.globalAveragePooling(of: features, name: "pool")
        let logits = try builder.linear(Linear(outputs: classes), of: features, name: "fc")
        return builder.graph(output: logits)
    }

    private var normalization: BatchNormalization { BatchNormalization(epsilon: variant.epsilon) }

    private func addBlock(
        to builder: inout GraphBuilder, reading x: NodeID, name: String, channels: Int, stride: Int
    ) throws(GraphError) -> NodeID {
        var (y, shortcut) = (x, x)
        let strided = variant.stride == .firstConvolution ? 0 : 1
        for (index, kernelSize) in block.kernelSizes.enumerated() {
            y = try builder.batchNormalization(
                normalization, of: y, name: "\(name).bn\(index)")
            y = try builder.activation(variant.activation, of: y, name: "\(name).relu\(index)")
            let isFirst = index == 0
            if isFirst, builder.shape(of: x).channels != channels || stride != 1 {
                shortcut = try builder.convolution(
                    Convolution(outputChannels: channels, kernelSize: 1, stride: stride),
                    of: variant.shortcutInput == .raw ? x : y, name: name + ".shortcut")
            }
            if !isFirst, dropout > 0 {
                let number = block.deepeningFactor == 2 ? "" : "\(index)"
                y = try builder.dropout(
                    Dropout(probability: dropout), of: y, name: name + ".dropout" + number)
            }
            y = try builder.convolution(
                Convolution(
                    outputChannels: channels, kernelSize: kernelSize,
                    stride: index == strided ? stride : 1),
                of: y, name: "\(name).conv\(index)")
        }
        return try builder.add(y, shortcut, name: name)
    }
}
