// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension ImageNetWideResNet {
    /// The network's name, for example `wrn-50-2`, or `resnet-50` for width 1; `-v1` or `-v1.5`
    /// follows where a bottleneck's stride has not its usual place, and the endings of a variant.
    public var name: String {
        var name = activationOrder == .pre ? "preact-" : ""
        name +=
            width == 1 ? "resnet-\(depth)" : "wrn-\(depth)-\(WideResNet.text(of: width))"
        if !NetworkName.isForImageNet(isWide: width != 1, depth: depth, width: width) {
            name += "-imagenet"
        }
        var usual = usualVariant
        if hasBottlenecks, variant.stride != usual.stride {
            name += variant.stride == .firstConvolution ? "-v1" : "-v1.5"
            usual.stride = variant.stride
        }
        return name + variant.endings(unlike: usual)
    }

    /// Reads a name such as `wrn-50-2`, `WRN-18-1.5`, `resnet-50`, `wrn-50-2-v1` or
    /// `preact-resnet-200`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are none of
    ///   these networks'.
    public init(
        name: String, classes: Int = usualClassCount, inputChannels: Int = 3
    ) throws(GraphError) {
        try self.init(NetworkName(name), classes: classes, inputChannels: inputChannels)
    }

    init(_ name: NetworkName, classes: Int, inputChannels: Int) throws(GraphError) {
        try name.checkEndings(
            { ending in
                switch ending {
                case .version, .imageNet: true
                default: false
                }
            }, of: "a network for ImageNet")
        var placement: StridePlacement?
        for case .version(let named) in name.endings { placement = named }
        guard placement == nil || name.changes.stride == nil else {
            throw .invalidArchitecture(
                "\"\(name.text)\" names no network: it says the place of the stride twice")
        }
        let network = try ImageNetWideResNet(
            depth: name.depth, width: name.width,
            stridePlacement: placement, activationOrder: name.order, classes: classes,
            inputChannels: inputChannels)
        self = try network.applying(name.changes)
    }
}
