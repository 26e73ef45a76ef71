// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension WideResNet {
    /// Builds the network for images of `height` x `width` pixels; any size from 1 x 1 fits.
    ///
    /// A block computes, with the shortcut convolution only where the channels or the stride change:
    ///
    ///     a = relu(bn0(x));  y = conv1(dropout(relu(bn1(conv0(a)))));  result = y + (shortcut(a) or x)
    ///
    /// Names follow the authors' PyTorch port: `conv0`, `group0.block0.bn0`, ..., `bn`, `fc`.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range.
    public func graph(height: Int = 32, width: Int = 32) throws(GraphError) -> Graph {
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
        features = try builder.batchNormalization(of: features, name: "bn")
        features = try builder.relu(of: features, name: "relu")
        features = try builder.globalAveragePooling(of: features, name: "pool")
        let logits = try builder.linear(Linear(outputs: classes), of: features, name: "fc")
        return builder.graph(output: logits)
    }

    private func addBlock(
        to builder: inout GraphBuilder, reading x: NodeID, name: String, channels: Int, stride: Int
    ) throws(GraphError) -> NodeID {
        var a = try builder.batchNormalization(of: x, name: name + ".bn0")
        a = try builder.relu(of: a, name: name + ".relu0")
        var shortcut = x
        if builder.shape(of: x).channels != channels || stride != 1 {
            shortcut = try builder.convolution(
                Convolution(outputChannels: channels, kernelSize: 1, stride: stride), of: a,
                name: name + ".shortcut")
        }
        var y = try builder.convolution(
            Convolution(outputChannels: channels, kernelSize: 3, stride: stride), of: a,
            name: name + ".conv0")
        y = try builder.batchNormalization(of: y, name: name + ".bn1")
        y = try builder.relu(of: y, name: name + ".relu1")
        if dropout > 0 {
            y = try builder.dropout(
                Dropout(probability: dropout), of: y, name: name + ".dropout")
        }
        y = try builder.convolution(
            Convolution(outputChannels: channels, kernelSize: 3), of: y, name: name + ".conv1")
        return try builder.add(y, shortcut, name: name)
    }
}
