// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// All networks by their names.
public enum Zoo {
    /// The network that a name such as `wrn-28-10`, `wrn-40-2-b131`, `wrn-50-2`, `resnet-110` or
    /// `preact-resnet-164` stands for.
    ///
    /// The depths 18, 50, 101, 152 and 200, 34 of width 1, 1.5, 2 and 3, and `resnet-34` are those
    /// of ``ImageNetWideResNet``, as in the paper's section 3.2; all others, and names that end in
    /// `-cifar`, are ``WideResNet`` or ``ResNet`` for small images. The ending `-imagenet` chooses
    /// the former.
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
