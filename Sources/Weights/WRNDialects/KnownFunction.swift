// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor
import WRNZoo

/// What determines a network's function besides names and shapes: the caller's choices, the file's
/// metadata, and the dialect's code.
struct KnownFunction {
    /// The caller's choices, which take precedence.
    let changes: NetworkVariant.Changes
    /// The network that the file itself names.
    let stated: (any Architecture)?

    /// Whether a network is the one that the file names, whatever its function, by this name or by
    /// another: `wrn-40-2-b131-table2` has the tensors of `wrn-58-2-b131`.
    func isStated(_ network: any Architecture) -> Bool {
        guard let stated else { return false }
        let same = Self.changed(network, Self.all(of: stated.variant))
        if same.name == stated.name { return true }
        guard
            let other = try? Zoo.network(
                named: stated.name, classes: network.classes, inputChannels: network.inputChannels),
            // Without building networks that a file may name, but has no tensors of.
            other.closedFormParameterCount == same.closedFormParameterCount,
            let shapes = Self.shapes(of: other), let found = Self.shapes(of: same)
        else { return false }
        return shapes == found
    }

    /// The shapes of a network's parameters by their names.
    private static func shapes(of network: any Architecture) -> [String: TensorShape]? {
        let size = network.usualImageSize
        guard let graph = try? network.graph(height: size, width: size) else { return nil }
        return Dictionary(
            graph.parameters.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    }

    /// The network with the function that is known, or else assumed.
    ///
    /// What the file says of another network is not about this one.
    func applied(to network: any Architecture, _ dialect: Dialect?) -> any Architecture {
        var network = network
        if let stated, isStated(network) {
            network = Self.changed(network, Self.all(of: stated.variant))
        } else if let function = dialect?.function(for: network) {
            network = Self.changed(network, function.changes(for: network))
        }
        return Self.changed(network, changes)
    }

    /// The source of each part of the network's function.
    func parts(of network: any Architecture, _ dialect: Dialect?) -> [Identification.FunctionPart] {
        let isStated = isStated(network)
        return NetworkVariant.Part.allCases.filter(network.variantParts.contains).map { part in
            Identification.FunctionPart(
                part: part, value: network.variant.word(for: part),
                basis: changes.parts.contains(part) ? .given : isStated ? .stated : .assumed,
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
