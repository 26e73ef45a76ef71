// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension ImageNetWideResNet {
    /// The network's name, for example `wrn-50-2`, or `resnet-50` for width 1; `-v1` follows where the stride is placed as in the
    /// original.
    public var name: String {
        let name =
            width == 1 ? "resnet-\(depth)" : "wrn-\(depth)-\(WideResNet.text(of: width))"
        return name + (stridePlacement == .firstConvolution ? "-v1" : "")
    }

    /// Reads a name such as `wrn-50-2`, `WRN-101-1.5`, `resnet-50` or `wrn-50-2-v1`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are none of these networks'.
    public init(
        name: String, classes: Int = usualClassCount, inputChannels: Int = 3
    ) throws(GraphError) {
        var parts = name.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        let isOriginal = parts.last == "v1"
        if isOriginal { parts.removeLast() }
        if parts.first == "resnet", parts.count == 2 { parts.append("1") }
        guard parts.count == 3, parts[0] == "wrn" || parts[0] == "resnet" && parts[2] == "1",
            let depth = WideResNet.wholeNumber(parts[1]), let width = WideResNet.number(parts[2])
        else {
            throw .invalidArchitecture(
                "\"\(name)\" names no network for ImageNet: expected wrn-DEPTH-WIDTH or resnet-DEPTH, "
                    + "for example wrn-50-2 or resnet-50, with -v1 for the original place of the stride"
            )
        }
        try self.init(
            depth: depth, width: width,
            stridePlacement: isOriginal ? .firstConvolution : .spatialConvolution,
            classes: classes, inputChannels: inputChannels)
    }

    /// Whether a name of these parts is meant for one of these networks.
    static func isNamed(by parts: [Substring]) -> Bool {
        switch parts.first {
        case "resnet": parts.count > 1
        case "wrn": parts.count > 2 && WideResNet.wholeNumber(parts[1]).map(depths.contains) == true
        default: false
        }
    }
}
