// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension Architecture {
    /// The longest name that a file of a model can hold.
    static var maximumNameLength: Int { 64 }

    /// The same network with parts of its variant changed.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` where a change makes no sense for this network, such as a padding where no
    ///   shortcut is padded; what the network has already is no change.
    public func applying(_ changes: NetworkVariant.Changes) throws(GraphError) -> Self {
        try with(changes.applied(to: variant))
    }

    /// Refuses a variant that the network cannot have.
    func check(_ new: NetworkVariant) throws(GraphError) {
        if let problem = new.activation.problem { throw .invalidArchitecture(problem) }
        guard NetworkVariant.epsilons.contains(new.epsilon) else {
            throw .invalidArchitecture(
                "the epsilon of batch normalisation must be in 0.000000000001...1, not \(new.epsilon); "
                    + "nearly all networks have 0.00001")
        }
        // What has no choice has its own value.
        for part in NetworkVariant.Part.allCases
        where new.word(for: part) != variant.word(for: part) && !variantParts.contains(part) {
            throw .invalidArchitecture(
                "\(name) has no \(Self.reason(part)), so \(part.option) cannot be "
                    + "\(new.word(for: part)); leave it out")
        }
    }

    /// Refuses what only Wide ResNets for small images have, in another network.
    func checkHasNoFirstGroup(_ new: NetworkVariant) throws(GraphError) {
        guard new.shortcutInput.isOfFirstGroup else { return }
        throw .invalidArchitecture(
            "\(name) has no groups as a Wide ResNet for small images, so the shortcut's input cannot "
                + "be \(new.shortcutInput.rawValue); leave it out")
    }

    /// Refuses a name that a file of a model cannot hold.
    func checkName() throws(GraphError) {
        guard name.utf8.count <= Self.maximumNameLength else {
            throw .invalidArchitecture(
                "the name \(name) has \(name.utf8.count) characters, and a model's file holds "
                    + "\(Self.maximumNameLength); give epsilon and slope in fewer digits")
        }
    }

    private static func reason(_ part: NetworkVariant.Part) -> String {
        switch part {
        case .activation: "activation"
        case .shortcutInput: "activation before the first convolution of a block"
        case .stride: "second convolution in its blocks"
        case .padding: "shortcut that adds channels of zeros"
        case .stridedPadding: "padding by the rule of TensorFlow"
        case .epsilon: "normalisation"
        }
    }
}

extension NetworkVariant.Part {
    /// The command-line option's name, in words.
    var option: String {
        switch self {
        case .activation: "the activation"
        case .shortcutInput: "the shortcut's input"
        case .stride: "the place of the stride"
        case .padding: "the padding"
        case .stridedPadding: "the padding of convolutions with a stride"
        case .epsilon: "epsilon"
        }
    }
}
