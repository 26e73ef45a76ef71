// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNZoo

/// What determines a network's function besides names and shapes: the caller's choices, the file's
/// metadata, and the dialect's code.
struct KnownFunction {
    /// The caller's choices, which take precedence.
    let changes: NetworkVariant.Changes
    /// The file's own metadata.
    let stated: NetworkVariant?

    /// The network with the function that is known, or else assumed.
    func applied(to network: any Architecture, _ dialect: Dialect?) -> any Architecture {
        var network = network
        if let stated {
            network = Self.changed(network, Self.all(of: stated))
        } else if let function = dialect?.function(for: network) {
            network = Self.changed(network, function.changes(for: network))
        }
        return Self.changed(network, changes)
    }

    /// The source of each part of the network's function.
    func parts(of network: any Architecture, _ dialect: Dialect?) -> [Identification.FunctionPart] {
        NetworkVariant.Part.allCases.filter(network.variantParts.contains).map { part in
            Identification.FunctionPart(
                part: part, value: network.variant.word(for: part),
                basis: changes.parts.contains(part) ? .given : stated != nil ? .stated : .assumed,
                words: Self.words(for: part, of: network.variant))
        }
    }

    /// Why the caller's choices do not fit this network.
    func problem(of network: any Architecture) -> String? {
        do {
            _ = try Self.strictlyChanged(network, changes)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func strictlyChanged(
        _ network: any Architecture, _ changes: NetworkVariant.Changes
    ) throws -> any Architecture {
        try network.applying(changes)
    }

    private static func changed(
        _ network: any Architecture, _ changes: NetworkVariant.Changes
    ) -> any Architecture {
        (try? strictlyChanged(network, changes.limited(to: network.variantParts))) ?? network
    }

    private static func all(of variant: NetworkVariant) -> NetworkVariant.Changes {
        NetworkVariant.Changes(
            activation: variant.activation, shortcutInput: variant.shortcutInput,
            stride: variant.stride, padding: variant.padding,
            stridedPadding: variant.stridedPadding, epsilon: variant.epsilon)
    }

    /// A part of a variant in words, as a list of assumptions has it.
    static func words(for part: NetworkVariant.Part, of variant: NetworkVariant) -> String {
        switch part {
        case .activation: variant.activation.title
        case .shortcutInput:
            switch variant.shortcutInput {
            case .activated: "shortcuts that read the activated input"
            case .raw: "shortcuts that read the block's raw input"
            case .first: "shortcuts that read the activated input in the first group alone"
            case .firstBlock:
                "blocks that change the shape and read the activated input in the first group alone"
            }
        case .stride:
            variant.stride == .firstConvolution
                ? "the stride in a block's first convolution"
                : "the stride in a block's second convolution"
        case .padding:
            variant.padding == .behind
                ? "channels of zeros behind the shortcut's"
                : "channels of zeros on both sides of the shortcut's"
        case .stridedPadding:
            variant.stridedPadding == .both
                ? "as many zeros on each side of convolutions with a stride"
                : "TensorFlow's padding SAME of convolutions with a stride"
        case .epsilon: "epsilon \(variant.word(for: .epsilon))"
        }
    }
}
