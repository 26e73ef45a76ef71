// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// All networks by their names.
public enum Zoo {
    /// The network that a name such as `wrn-28-10`, `wrn-50-2` or `resnet-50` stands for.
    ///
    /// The depths 50, 101 and 152 are those of ``ImageNetWideResNet``, as in the paper's section 3.2; none of them is 6N+4, so
    /// no ``WideResNet`` has them.
    ///
    /// - Parameter classes: Nil for the number that the network was made for: 10 for small images, 1000 for ImageNet.
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name is no network's, or a number does not fit it.
    public static func network(
        named name: String, classes: Int? = nil, dropout: Double = 0, inputChannels: Int = 3
    ) throws(GraphError) -> any Architecture {
        let parts = name.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        if ImageNetWideResNet.isNamed(by: parts) {
            guard dropout == 0 else {
                throw .invalidArchitecture(
                    "\(name) has no dropout in its blocks, so dropout must be 0, not \(dropout)")
            }
            return try ImageNetWideResNet(
                name: name, classes: classes ?? ImageNetWideResNet.usualClassCount,
                inputChannels: inputChannels)
        }
        guard parts.first == "wrn", parts.count == 3 else {
            throw .invalidArchitecture(
                "\"\(name)\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10 or "
                    + "wrn-50-2, or resnet-DEPTH, for example resnet-50")
        }
        return try WideResNet(
            name: name, classes: classes ?? 10, dropout: dropout, inputChannels: inputChannels)
    }
}
