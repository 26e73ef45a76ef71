// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// A naming of the tensors of residual networks: one for each family of programs that people have
/// weights from.
///
/// With the names comes what those programs compute. A dialect does not depend on a network. It
/// names places, and the graph determines which places there are:
///
///     Dialect.xternalz: conv1, block2.layer.0.bn1, block2.layer.0.convShortcut, bn1, fc
public enum Dialect: String, Hashable, Sendable, Codable, CaseIterable {
    /// This package's names: `group1.block0.conv1.weight`, and torchvision's for networks that
    /// torchvision has.
    case canonical
    /// torchvision's, which timm shares: `layer2.0.downsample.0.weight`.
    case torchvision
    /// The authors' PyTorch code: `group1.block0.convdim`, convolutions without a suffix.
    case authors
    /// xternalz's, which RobustBench and many others share: `block2.layer.0.convShortcut.weight`.
    case xternalz
    /// akamaster's, which many CIFAR ResNets share: `layer2.0.conv1.weight`, `linear.weight`,
    /// shortcuts without parameters.
    case akamaster
    /// bmsookim's: `layer2.0.shortcut.0.weight`, `linear.weight`, convolutions with biases.
    case bmsookim
    /// pytorchcv's: `features.stage2.unit1.identity_conv.weight`.
    case pytorchcv
    /// DeepMind's code of robust networks, which RobustBench keeps:
    /// `layer.1.block.0.conv_0.weight`, `logits.weight`.
    case deepmind

    /// The name for people.
    public var title: String {
        switch self {
        case .canonical: "this package's names"
        case .torchvision: "torchvision's names, which timm shares"
        case .authors: "the names of the authors' PyTorch code"
        case .xternalz: "xternalz's names, which RobustBench shares"
        case .akamaster: "akamaster's names, which many CIFAR ResNets share"
        case .bmsookim: "bmsookim's names"
        case .pytorchcv: "pytorchcv's names"
        case .deepmind: "the names of DeepMind's robust networks, which RobustBench has"
        }
    }

    /// The names of a tensor: the one that is written first, then others that are read; empty where
    /// the dialect has no such place.
    package func names(
        of place: LayerPlace, _ role: Parameter.Role, in form: NetworkForm
    ) -> [String] {
        let layers = layerNames(of: place, in: form)
        let suffixed = layers.map { $0 + "." + Self.suffix(of: role) }
        guard self == .authors, role == .weight, place != .head else { return suffixed }
        // Convolutions are bare tensors in the code for small images; the folded ImageNet networks
        // have a weight and a bias.
        return form.isPreActivation ? layers + suffixed : suffixed + layers
    }

    private static func suffix(of role: Parameter.Role) -> String {
        switch role {
        case .weight, .scale: "weight"
        case .bias, .shift: "bias"
        case .runningMean: "running_mean"
        case .runningVariance: "running_var"
        }
    }

    private func layerNames(of place: LayerPlace, in form: NetworkForm) -> [String] {
        switch self {
        case .canonical: Self.groupNames(of: place, shortcut: ["shortcut"])
        case .authors:
            Self.groupNames(
                of: place,
                shortcut: form.isPreActivation ? ["convdim", "conv_dim"] : ["conv_dim", "convdim"])
        case .torchvision: Self.torchvisionNames(of: place, in: form)
        case .xternalz: Self.xternalzNames(of: place)
        case .akamaster:
            form.isPreActivation || form.isLarge ? [] : Self.bmsookimNames(of: place, in: form)
        // Names of ResNets for small images are akamaster's as well, and are read as its.
        case .bmsookim:
            form.isPreActivation || form.isLarge ? Self.bmsookimNames(of: place, in: form) : []
        case .pytorchcv: Self.pytorchcvNames(of: place, in: form)
        case .deepmind:
            form.isPreActivation && !form.isLarge ? Self.deepmindNames(of: place) : []
        }
    }
}
