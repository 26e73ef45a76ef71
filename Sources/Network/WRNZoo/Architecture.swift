// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// A network for images as the paper describes it: a few numbers from which a graph is built.
///
/// ``Zoo/network(named:classes:dropout:inputChannels:)`` finds one by its name.
public protocol Architecture: Hashable, Sendable {
    /// The name, from which the zoo makes the same network.
    var name: String { get }
    /// The number of classes.
    var classes: Int { get }
    /// The probability of dropout in each block; 0 where there is none.
    var dropout: Double { get }
    /// The channels of an image: 3 for colour, 1 for grey.
    var inputChannels: Int { get }
    /// The rows and columns of the images that the network was made for; others fit too.
    var usualImageSize: Int { get }
    /// The factor between an image's rows and those of the last feature map.
    var totalStride: Int { get }
    /// The number of trainable parameters by formula, without building the network.
    var closedFormParameterCount: Int { get }
    /// The parts of the network's function that names and shapes leave open.
    var variant: NetworkVariant { get }
    /// The parts of the variant that can differ in this network.
    var variantParts: Set<NetworkVariant.Part> { get }

    /// The same network in another variant; ``applying(_:)`` changes some parts of one.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for a variant that the network cannot have.
    func with(_ variant: NetworkVariant) throws(GraphError) -> Self

    /// Builds the network for images of `height` x `width` pixels.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range: too large, or below
    ///   ``minimumImageSize``.
    func graph(height: Int, width: Int) throws(GraphError) -> Graph
}

extension Architecture {
    /// The smallest image side for which every stride has input: one more than half the total
    /// stride.
    public var minimumImageSize: Int { totalStride / 2 + 1 }

    /// Refuses images that are too small for the strides.
    func checkImage(height: Int, width: Int) throws(GraphError) {
        let least = minimumImageSize
        // The builder refuses extents below 1.
        guard height > 0, width > 0, height < least || width < least else { return }
        throw .invalidArchitecture(
            "images of \(height)x\(width) are too small for \(name), whose strides halve them "
                + "\(totalStride.trailingZeroBitCount) times, which takes \(least)x\(least) "
                + "pixels; the nearest size is \(max(height, least))x\(max(width, least))")
    }
}

/// All networks by their names.
public enum Zoo {
    /// The network that a name such as `wrn-28-10`, `wrn-40-2-b131`, `wrn-50-2`, `resnet-110` or
    /// `preact-resnet-164` stands for.
    ///
    /// The depths 18, 50, 101, 152 and 200, 34 of width 1, 1.5, 2 and 3, and `resnet-34` are
    /// networks for ImageNet, as in the paper's section 3.2; all others, and names that end in
    /// `-cifar`, are networks for small images: a ``WideResNet`` or a ResNet. The ending
    /// `-imagenet` chooses the former.
    ///
    /// - Parameter classes: Nil for the number that the network was made for: 10 for small images,
    ///   1000 for ImageNet.
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name is no network's, or a number
    ///   does not fit it.
    public static func network(
        named name: String, classes: Int? = nil, dropout: Double = 0, inputChannels: Int = 3
    ) throws(GraphError) -> any Architecture {
        let parsed = try NetworkName(name)
        if !parsed.isForImageNet, parsed.isWide {
            return try WideResNet(
                parsed, classes: classes ?? 10, dropout: dropout, inputChannels: inputChannels)
        }
        guard dropout == 0 else {
            throw .invalidArchitecture(
                "\(name) has no dropout in its blocks, so dropout must be 0, not \(dropout)")
        }
        if parsed.isForImageNet {
            return try ImageNetWideResNet(
                parsed, classes: classes ?? ImageNetWideResNet.usualClassCount,
                inputChannels: inputChannels)
        }
        return try ResNet(parsed, classes: classes ?? 10, inputChannels: inputChannels)
    }
}
