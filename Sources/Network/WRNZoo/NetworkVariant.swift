// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension NetworkVariant {
    /// The input of a block's shortcut where the shape changes.
    public enum ShortcutInput: String, Hashable, Sendable, Codable, CaseIterable {
        /// The block's input behind the first normalisation and activation, which the branch reads,
        /// too: the paper's authors' code.
        case activated
        /// The block's own input.
        case raw
        /// What is activated in the first group, and the block's own input in the others:
        /// FixMatch's code for TensorFlow, and MixMatch's before.
        case first
        /// The same, and the branch reads the block's own input, too, without the first
        /// normalisation and activation of these blocks: widespread code of FixMatch for PyTorch.
        case firstBlock = "first-block"

        /// The name after a `-` in names of networks.
        var ending: String { self == .firstBlock ? "firstblock" : rawValue + "shortcut" }

        /// Whether it is a choice of Wide ResNets for small images alone.
        var isOfFirstGroup: Bool { self == .first || self == .firstBlock }
    }
}

extension NetworkVariant {
    /// The place of the zeros around the input of a convolution with a stride.
    public enum StridedPadding: String, Hashable, Sendable, Codable, CaseIterable {
        /// As many on each side: PyTorch's padding.
        case both
        /// The odd one of an odd number below and to the right: the padding `SAME` of TensorFlow.
        case same
    }
}

extension NetworkVariant {
    /// The place of the channels of zeros that a shortcut without parameters adds.
    public enum ChannelPadding: String, Hashable, Sendable, Codable, CaseIterable {
        /// Behind the others, as in the Torch code of the ResNets' authors.
        case behind
        /// One half before the others, the other half behind them, as in widespread PyTorch code
        /// for CIFAR.
        case both
    }
}

/// The choices of a network's function that layers and shapes leave open: weights of the same names
/// and shapes fit all variants, and are right for one.
///
/// Every ``Architecture`` has its variant, the usual one unless its name or
/// ``Architecture/applying(_:)`` sets another value:
///
///     let network = try Zoo.network(named: "wrn-28-10")
///     let changes = NetworkVariant.Changes(shortcutInput: .raw, stride: .secondConvolution)
///     try network.applying(changes).name      // wrn-28-10-rawshortcut-stride2
public struct NetworkVariant: Hashable, Sendable, Codable {
    /// The function between normalisations and convolutions.
    public var activation: Activation
    /// The input of a shortcut where the shape changes; ``NetworkVariant/ShortcutInput/raw`` in
    /// post-activation networks, which have nothing else.
    public var shortcutInput: ShortcutInput
    /// The convolution with the stride in a stage's first block.
    public var stride: StridePlacement
    /// The place of the zeros of a shortcut without parameters.
    public var padding: ChannelPadding
    /// The place of the zeros around the input of a convolution with a stride.
    public var stridedPadding: StridedPadding
    /// The ε that normalisations add to the variance, in ``epsilons``.
    public var epsilon: Double

    /// The ε that a network may have.
    public static let epsilons = 1e-12...1.0
    /// The ε of nearly all programs.
    public static let usualEpsilon = 1e-5

    /// Collects the parts; those left out are as in the paper's own network.
    public init(
        activation: Activation = .relu, shortcutInput: ShortcutInput = .activated,
        stride: StridePlacement = .firstConvolution, padding: ChannelPadding = .behind,
        stridedPadding: StridedPadding = .both, epsilon: Double = usualEpsilon
    ) {
        self.activation = activation
        self.shortcutInput = shortcutInput
        self.stride = stride
        self.padding = padding
        self.stridedPadding = stridedPadding
        self.epsilon = epsilon
    }

    /// One part of a variant.
    public enum Part: String, Hashable, Sendable, Codable, CaseIterable {
        /// ``NetworkVariant/activation``.
        case activation
        /// ``NetworkVariant/shortcutInput``.
        case shortcutInput = "shortcut_input"
        /// ``NetworkVariant/stride``.
        case stride
        /// ``NetworkVariant/padding``.
        case padding
        /// ``NetworkVariant/stridedPadding``.
        case stridedPadding = "strided_padding"
        /// ``NetworkVariant/epsilon``.
        case epsilon
    }

    /// The word for a part's value, as command-line options have it: `relu`, `raw`, `second`,
    /// `both`, `0.00001`.
    public func word(for part: Part) -> String {
        switch part {
        case .activation: activation.name
        case .shortcutInput: shortcutInput.rawValue
        case .stride: stride.rawValue
        case .padding: padding.rawValue
        case .stridedPadding: stridedPadding.rawValue
        case .epsilon: DecimalText.text(of: epsilon)
        }
    }

    /// The ending of a network's name for each part that differs from the usual: `-leaky0.1`,
    /// `-rawshortcut`, `-same`.
    func endings(unlike usual: NetworkVariant) -> String {
        var endings = ""
        if activation != usual.activation { endings += "-" + activation.ending }
        if shortcutInput != usual.shortcutInput { endings += "-" + shortcutInput.ending }
        if stride != usual.stride {
            endings += stride == .firstConvolution ? "-stride1" : "-stride2"
        }
        if padding != usual.padding { endings += "-pad\(padding)" }
        // Nothing has it as the usual one, so that the other needs no ending.
        if stridedPadding == .same { endings += "-same" }
        if epsilon != usual.epsilon { endings += "-eps" + DecimalText.text(of: epsilon) }
        return endings
    }
}

extension NetworkVariant {
    /// Parts of a variant that are to differ from those that a network or a format of weights has
    /// by itself; nil leaves a part as it is.
    public struct Changes: Hashable, Sendable, Codable {
        /// The function between normalisations and convolutions.
        public var activation: Activation?
        /// The input of a shortcut where the shape changes.
        public var shortcutInput: ShortcutInput?
        /// The convolution with the stride in a stage's first block.
        public var stride: StridePlacement?
        /// The place of the zeros of a shortcut without parameters.
        public var padding: ChannelPadding?
        /// The place of the zeros around the input of a convolution with a stride.
        public var stridedPadding: StridedPadding?
        /// The ε of normalisations.
        public var epsilon: Double?

        /// Collects the changes.
        public init(
            activation: Activation? = nil, shortcutInput: ShortcutInput? = nil,
            stride: StridePlacement? = nil, padding: ChannelPadding? = nil,
            stridedPadding: StridedPadding? = nil, epsilon: Double? = nil
        ) {
            self.activation = activation
            self.shortcutInput = shortcutInput
            self.stride = stride
            self.padding = padding
            self.stridedPadding = stridedPadding
            self.epsilon = epsilon
        }

        /// The parts that are changed.
        public var parts: Set<Part> {
            var parts: Set<Part> = []
            if activation != nil { parts.insert(.activation) }
            if shortcutInput != nil { parts.insert(.shortcutInput) }
            if stride != nil { parts.insert(.stride) }
            if padding != nil { parts.insert(.padding) }
            if stridedPadding != nil { parts.insert(.stridedPadding) }
            if epsilon != nil { parts.insert(.epsilon) }
            return parts
        }

        /// Whether nothing is changed.
        public var isEmpty: Bool { parts.isEmpty }

        /// The variant with the changes.
        public func applied(to variant: NetworkVariant) -> NetworkVariant {
            NetworkVariant(
                activation: activation ?? variant.activation,
                shortcutInput: shortcutInput ?? variant.shortcutInput,
                stride: stride ?? variant.stride, padding: padding ?? variant.padding,
                stridedPadding: stridedPadding ?? variant.stridedPadding,
                epsilon: epsilon ?? variant.epsilon)
        }

        /// These changes, and those of `others` where these leave a part as it is.
        public func over(_ others: Changes) -> Changes {
            Changes(
                activation: activation ?? others.activation,
                shortcutInput: shortcutInput ?? others.shortcutInput,
                stride: stride ?? others.stride, padding: padding ?? others.padding,
                stridedPadding: stridedPadding ?? others.stridedPadding,
                epsilon: epsilon ?? others.epsilon)
        }

        /// The changes of these parts alone.
        public func limited(to parts: Set<Part>) -> Changes {
            Changes(
                activation: parts.contains(.activation) ? activation : nil,
                shortcutInput: parts.contains(.shortcutInput) ? shortcutInput : nil,
                stride: parts.contains(.stride) ? stride : nil,
                padding: parts.contains(.padding) ? padding : nil,
                stridedPadding: parts.contains(.stridedPadding) ? stridedPadding : nil,
                epsilon: parts.contains(.epsilon) ? epsilon : nil)
        }
    }
}

extension NetworkVariant {
    /// The place of the stride 2 in a stage's first block.
    public enum StridePlacement: String, Hashable, Sendable, Codable, CaseIterable {
        /// The first one: usual in basic blocks; in bottlenecks the 1x1 convolution, as in the
        /// original ResNet.
        case firstConvolution = "first"
        /// The second one: in bottlenecks the 3x3 convolution, which skips nothing: the version 1.5
        /// of torchvision and of today's weights.
        case secondConvolution = "second"
    }
}

extension Architecture {
    /// The longest name that a file of a model can hold.
    static var maximumNameLength: Int { 64 }

    /// The same network with parts of its variant changed.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` where a change makes no sense for this
    ///   network, such as a padding where no shortcut is padded; what the network has already is no
    ///   change.
    public func applying(_ changes: NetworkVariant.Changes) throws(GraphError) -> Self {
        try with(changes.applied(to: variant))
    }

    /// Refuses a variant that the network cannot have.
    func check(_ new: NetworkVariant) throws(GraphError) {
        if let problem = new.activation.problem { throw .invalidArchitecture(problem) }
        guard NetworkVariant.epsilons.contains(new.epsilon) else {
            throw .invalidArchitecture(
                "the epsilon of batch normalisation must be in 0.000000000001...1, not "
                    + "\(new.epsilon); nearly all networks have 0.00001")
        }
        // A network without a choice has its only value.
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
            "\(name) has no groups as a Wide ResNet for small images, so the shortcut's input "
                + "cannot be \(new.shortcutInput.rawValue); leave it out")
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
