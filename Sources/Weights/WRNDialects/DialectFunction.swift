// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNZoo

/// The function of a dialect's programs, as far as names and shapes leave it open.
///
/// A dialect is more than names: the same tensors in the same names give other answers in a program
/// that has the stride elsewhere. Each entry of ``all`` states what one published code does with
/// one kind of network, and where that can be read.
package struct DialectFunction: Hashable, Sendable {
    /// A kind of network, by what dialects treat differently.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case wide = "Wide ResNets for small images"
        case smallPreBasic = "pre-activation ResNets for small images"
        case smallPreBottleneck = "pre-activation ResNets for small images, bottlenecks"
        case smallPostBasic = "ResNets for small images"
        case smallPostBottleneck = "ResNets for small images, bottlenecks"
        case largeBasic = "ResNets for ImageNet"
        case largeBottleneck = "ResNets for ImageNet, bottlenecks"
        case largeWide = "Wide ResNets for ImageNet"
        case largePreBasic = "pre-activation ResNets for ImageNet"
        case largePreBottleneck = "pre-activation ResNets for ImageNet, bottlenecks"
    }

    /// The convolutions that have biases.
    package enum Biases: String, Hashable, Sendable {
        case none
        case all
        /// All, in place of the normalisations.
        case folded
    }

    /// The dialect.
    package let dialect: Dialect
    /// The kinds of networks that the code has.
    package let kinds: [Kind]
    /// The convolution with the stride in a stage's first block.
    package let stride: NetworkVariant.StridePlacement
    /// The input of a shortcut where the shape changes.
    package let shortcutInput: NetworkVariant.ShortcutInput
    /// The place of the zeros of shortcuts without parameters; nil where the code has no such
    /// shortcuts.
    package let padding: NetworkVariant.ChannelPadding?
    /// The function between normalisations and convolutions.
    package let activation: Activation
    /// The place of the zeros around the input of a convolution with a stride.
    package let stridedPadding: NetworkVariant.StridedPadding
    /// The convolutions that have biases.
    package let biases: Biases
    /// The repository and file in which it can be read.
    package let source: String

    /// All that is known, each kind of a dialect at most once.
    ///
    /// Every code has PyTorch's epsilon, and all but one ReLU and PyTorch's padding.
    package static let all: [DialectFunction] = [
        DialectFunction(
            .canonical, [.wide, .smallPreBasic, .largePreBasic], .firstConvolution, .activated,
            "this package"),
        DialectFunction(
            .canonical, [.smallPreBottleneck, .largePreBottleneck], .firstConvolution, .activated,
            "this package, after the authors' Torch code"),
        DialectFunction(
            .canonical, [.smallPostBasic], .firstConvolution, .raw, padding: .behind,
            "this package, after the authors' Torch code"),
        DialectFunction(.canonical, [.largeBasic], .firstConvolution, .raw, "this package"),
        DialectFunction(
            .canonical, [.smallPostBottleneck, .largeBottleneck, .largeWide], .secondConvolution,
            .raw, "this package, after torchvision"),
        DialectFunction(
            .torchvision, [.largeBasic], .firstConvolution, .raw,
            "pytorch/vision, torchvision/models/resnet.py"),
        DialectFunction(
            .torchvision, [.largeBottleneck, .largeWide], .secondConvolution, .raw,
            "pytorch/vision, torchvision/models/resnet.py"),
        DialectFunction(
            .authors, [.wide], .firstConvolution, .activated,
            "szagoruyko/wide-residual-networks, pytorch/resnet.py"),
        DialectFunction(
            .authors, [.largeBasic], .firstConvolution, .raw, biases: .folded,
            "szagoruyko/wide-residual-networks, pretrained"),
        DialectFunction(
            .authors, [.largeBottleneck, .largeWide], .secondConvolution, .raw, biases: .folded,
            "szagoruyko/wide-residual-networks, pretrained"),
        DialectFunction(
            .xternalz, [.wide], .firstConvolution, .activated,
            "xternalz/WideResNet-pytorch, wideresnet.py"),
        DialectFunction(
            .akamaster, [.smallPostBasic], .firstConvolution, .raw, padding: .both,
            "akamaster/pytorch_resnet_cifar10, resnet.py"),
        DialectFunction(
            .bmsookim, [.wide], .secondConvolution, .raw, biases: .all,
            "bmsookim/wide-resnet.pytorch, networks/wide_resnet.py"),
        DialectFunction(
            .pytorchcv, [.wide, .smallPreBasic, .largePreBasic], .firstConvolution, .activated,
            "osmr/imgclsmob, pytorchcv/models/preresnet.py"),
        DialectFunction(
            .pytorchcv, [.smallPreBottleneck], .secondConvolution, .activated,
            "osmr/imgclsmob, pytorchcv/models/preresnet_cifar.py"),
        DialectFunction(
            .pytorchcv, [.largePreBottleneck], .firstConvolution, .activated,
            "osmr/imgclsmob, pytorchcv/models/preresnet.py"),
        DialectFunction(
            .pytorchcv, [.smallPostBasic, .largeBasic], .firstConvolution, .raw,
            "osmr/imgclsmob, pytorchcv/models/resnet.py"),
        DialectFunction(
            .pytorchcv, [.smallPostBottleneck], .secondConvolution, .raw,
            "osmr/imgclsmob, pytorchcv/models/resnet_cifar.py"),
        DialectFunction(
            .pytorchcv, [.largeBottleneck], .firstConvolution, .raw,
            "osmr/imgclsmob, pytorchcv/models/resnet.py, resnet50 (resnet50b has the second)"),
        DialectFunction(
            .pytorchcv, [.largeWide], .secondConvolution, .raw, biases: .folded,
            "osmr/imgclsmob, pytorchcv/models/wrn.py"),
        DialectFunction(
            .deepmind, [.wide], .firstConvolution, .activated, activation: .silu,
            stridedPadding: .same,
            "RobustBench/robustbench, robustbench/model_zoo/architectures/dm_wide_resnet.py"),
    ]

    private init(
        _ dialect: Dialect, _ kinds: [Kind], _ stride: NetworkVariant.StridePlacement,
        _ shortcutInput: NetworkVariant.ShortcutInput,
        padding: NetworkVariant.ChannelPadding? = nil, biases: Biases = .none,
        activation: Activation = .relu, stridedPadding: NetworkVariant.StridedPadding = .both,
        _ source: String
    ) {
        self.dialect = dialect
        self.kinds = kinds
        self.stride = stride
        self.shortcutInput = shortcutInput
        self.padding = padding
        self.biases = biases
        self.activation = activation
        self.stridedPadding = stridedPadding
        self.source = source
    }

    /// The function as a variant of a network.
    package var variant: NetworkVariant {
        NetworkVariant(
            activation: activation, shortcutInput: shortcutInput, stride: stride,
            padding: padding ?? .behind, stridedPadding: stridedPadding,
            epsilon: NetworkVariant.usualEpsilon)
    }

    /// The changes that give a network the function, where it has the choice.
    package func changes(for network: any Architecture) -> NetworkVariant.Changes {
        NetworkVariant.Changes(
            activation: variant.activation, shortcutInput: variant.shortcutInput,
            stride: variant.stride, padding: variant.padding,
            stridedPadding: variant.stridedPadding, epsilon: variant.epsilon
        ).limited(to: network.variantParts)
    }

    /// The row of the table in Documentation/FileFormats.md.
    package var documentationRow: String {
        let cells = [
            "`\(dialect.rawValue)`", kinds.map(\.rawValue).joined(separator: "; "),
            stride == .firstConvolution ? "first" : "second", shortcutInput.rawValue,
            variant.activation.title, variant.word(for: .epsilon),
            padding?.rawValue ?? "-", stridedPadding.rawValue,
            biases == .none ? "-" : biases.rawValue, source,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }
}

extension DialectFunction.Kind {
    /// The kind of a network.
    package init?(of network: any Architecture) {
        switch network {
        case is WideResNet: self = .wide
        case let network as ResNet:
            switch (network.activationOrder, network.block) {
            case (.pre, .basic): self = .smallPreBasic
            case (.pre, .bottleneck): self = .smallPreBottleneck
            case (.post, .basic): self = .smallPostBasic
            case (.post, .bottleneck): self = .smallPostBottleneck
            }
        case let network as ImageNetWideResNet:
            switch (network.activationOrder, network.hasBottlenecks) {
            case (.pre, false): self = .largePreBasic
            case (.pre, true): self = .largePreBottleneck
            case (.post, false): self = .largeBasic
            case (.post, true): self = network.width == 1 ? .largeBottleneck : .largeWide
            }
        default: return nil
        }
    }
}

extension Dialect {
    /// The function of the dialect's code for a network of this kind; nil where no code for such a
    /// network was published.
    package func function(for network: any Architecture) -> DialectFunction? {
        guard let kind = DialectFunction.Kind(of: network) else { return nil }
        return DialectFunction.all.first { $0.dialect == self && $0.kinds.contains(kind) }
    }
}
