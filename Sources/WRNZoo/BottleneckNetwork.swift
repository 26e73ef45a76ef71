// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// A post-activation network of bottleneck blocks with a stem for large images: what the ImageNet networks are cases of.
///
/// Stage s has the inner width ⌊c·2ˢ·k⌋ and 4·c·2ˢ outputs, where c is the stem's channels and k the widening factor; stages
/// after the first begin with stride 2.
package struct BottleneckNetwork: Hashable, Sendable {
    /// The blocks of each stage.
    package var stageBlocks: [Int]
    /// The channels of the stem, c.
    package var stemChannels: Int
    /// The widening factor, k.
    package var width: Double
    /// Which convolution of a stage's first block has the stride.
    package var stridePlacement: ImageNetWideResNet.StridePlacement
    /// The number of classes.
    package var classes: Int
    /// The channels of an image.
    package var inputChannels: Int

    /// Collects the numbers.
    package init(
        stageBlocks: [Int], stemChannels: Int, width: Double,
        stridePlacement: ImageNetWideResNet.StridePlacement, classes: Int, inputChannels: Int
    ) {
        self.stageBlocks = stageBlocks
        self.stemChannels = stemChannels
        self.width = width
        self.stridePlacement = stridePlacement
        self.classes = classes
        self.inputChannels = inputChannels
    }

    private struct Block {
        let inner: Int
        let output: Int
        let stride: Int
        let needsShortcut: Bool
    }

    /// The blocks of a stage, of which the first has the stride and a shortcut with a convolution.
    private func blocks(ofStage stage: Int) -> [Block] {
        let channels = stemChannels << stage
        return (0..<stageBlocks[stage]).map { block in
            Block(
                inner: Int(Double(channels) * width), output: 4 * channels,
                stride: stage > 0 && block == 0 ? 2 : 1, needsShortcut: block == 0)
        }
    }

    /// Builds the network.
    package func graph(height: Int, width: Int) throws(GraphError) -> Graph {
        var builder = try GraphBuilder(
            input: FeatureShape(channels: inputChannels, height: height, width: width))
        var features = try builder.convolution(
            Convolution(outputChannels: stemChannels, kernelSize: 7, stride: 2),
            of: builder.input, name: "conv1")
        features = try builder.batchNormalization(of: features, name: "bn1")
        features = try builder.relu(of: features, name: "relu")
        features = try builder.maxPooling(
            MaxPooling(kernelSize: 3, stride: 2, padding: 1), of: features, name: "maxpool")
        for stage in stageBlocks.indices {
            for (index, block) in blocks(ofStage: stage).enumerated() {
                features = try add(
                    block, to: &builder, reading: features, name: "layer\(stage + 1).\(index)")
            }
        }
        features = try builder.globalAveragePooling(of: features, name: "avgpool")
        let logits = try builder.linear(Linear(outputs: classes), of: features, name: "fc")
        return builder.graph(output: logits)
    }

    private func add(
        _ block: Block, to builder: inout GraphBuilder, reading x: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        let strides =
            stridePlacement == .firstConvolution ? [block.stride, 1, 1] : [1, block.stride, 1]
        let layers = zip([(block.inner, 1), (block.inner, 3), (block.output, 1)], strides)
        var y = x
        for (index, ((channels, kernelSize), stride)) in layers.enumerated() {
            if index > 0 { y = try builder.relu(of: y, name: "\(name).relu\(index)") }
            y = try builder.convolution(
                Convolution(outputChannels: channels, kernelSize: kernelSize, stride: stride),
                of: y, name: "\(name).conv\(index + 1)")
            y = try builder.batchNormalization(of: y, name: "\(name).bn\(index + 1)")
        }
        var shortcut = x
        if block.needsShortcut {
            shortcut = try builder.convolution(
                Convolution(outputChannels: block.output, kernelSize: 1, stride: block.stride),
                of: x, name: name + ".downsample.0")
            shortcut = try builder.batchNormalization(
                of: shortcut, name: name + ".downsample.1")
        }
        y = try builder.add(y, shortcut, name: name)
        return try builder.relu(of: y, name: name + ".relu3")
    }

    /// The number of trainable parameters by formula.
    package var closedFormParameterCount: Int {
        var count = 49 * inputChannels * stemChannels + 2 * stemChannels
        var input = stemChannels
        for stage in stageBlocks.indices {
            for block in blocks(ofStage: stage) {
                let (inner, output) = (block.inner, block.output)
                count += input * inner + 9 * inner * inner + inner * output + 4 * inner + 2 * output
                if block.needsShortcut { count += input * output + 2 * output }
                input = output
            }
        }
        return count + input * classes + classes
    }
}
