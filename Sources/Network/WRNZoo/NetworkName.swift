// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNText

/// The parts of a network's name: a family, its numbers, and endings for what the numbers leave
/// open.
///
///     [preact-]wrn-DEPTH-WIDTH[-ENDING]...    [preact-]resnet-DEPTH[-ENDING]...
struct NetworkName {
    /// The choices that the numbers leave open.
    enum Ending: Hashable {
        /// The network for small images, where the name alone would be that for ImageNet.
        case small
        /// The network for ImageNet, where the name alone would be that for small images.
        case imageNet
        /// The place of the stride, as the version of a bottleneck network.
        case version(NetworkVariant.StridePlacement)
        /// A block type.
        case block(BlockType)
        /// The rule of the paper's Table 2 for the depth.
        case twoPerBlock
        /// Option A or B of shortcuts.
        case shortcut(ResNet.Shortcut)
        /// The blocks of a ResNet.
        case residualBlock(ResNet.Block)
        /// The activation.
        case activation(Activation)
        /// The input of shortcuts.
        case shortcutInput(NetworkVariant.ShortcutInput)
        /// The place of the stride.
        case stride(NetworkVariant.StridePlacement)
        /// The place of the channels that shortcuts without parameters add.
        case padding(NetworkVariant.ChannelPadding)
        /// The place of the zeros around the input of a convolution with a stride.
        case stridedPadding(NetworkVariant.StridedPadding)
        /// The ε of normalisations.
        case epsilon(Double)

        /// Whether it is for a variant of a network, and not for the network.
        var isOfVariant: Bool {
            switch self {
            case .activation, .shortcutInput, .stride, .padding, .stridedPadding, .epsilon: true
            default: false
            }
        }
    }

    /// The whole name as it was given.
    let text: String
    /// Whether it is a `wrn`, with a width, or a `resnet`.
    let isWide: Bool
    let order: ActivationOrder
    let depth: Int
    /// 1 for a `resnet`.
    let width: Double
    let endings: [Ending]

    /// Reads a name in any case, and as other programs spell it, such as `wide_resnet50_2`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when it has not the form of a name.
    init(_ name: String) throws(GraphError) {
        text = name
        var parts = Self.canonical(name)
            .split(separator: "-", omittingEmptySubsequences: false)[...]
        let isPre = parts.first == "preact"
        if isPre { parts = parts.dropFirst() }
        order = isPre ? .pre : .post
        isWide = parts.first == "wrn"
        let count = isWide ? 3 : 2
        guard isWide || parts.first == "resnet", parts.count >= count,
            let depth = Self.wholeNumber(parts[parts.startIndex + 1]),
            let width = isWide ? Self.number(parts[parts.startIndex + 2]) : 1
        else {
            let near = Self.suggestions(for: name)
            guard near.isEmpty else {
                throw .invalidArchitecture(
                    "\"\(name)\" names no network; did you mean \(near.joined(separator: " or "))?")
            }
            throw .invalidArchitecture(
                "\"\(name)\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10, "
                    + "wrn-40-2-b131 or wrn-50-2, or resnet-DEPTH or preact-resnet-DEPTH, "
                    + "for example resnet-50")
        }
        (self.depth, self.width) = (depth, width)
        var endings: [Ending] = []
        for part in parts.dropFirst(count) { endings.append(try Self.ending(part, of: name)) }
        guard Set(endings).count == endings.count else {
            throw .invalidArchitecture("\"\(name)\" names no network: it has an ending twice")
        }
        self.endings = endings
        let variants = endings.count(where: \.isOfVariant)
        guard changes.parts.count == variants else {
            throw .invalidArchitecture(
                "\"\(name)\" names no network: two of its endings contradict each other")
        }
    }

    /// The changes of the variant that the endings stand for.
    var changes: NetworkVariant.Changes {
        var changes = NetworkVariant.Changes()
        for ending in endings {
            switch ending {
            case .activation(let activation): changes.activation = activation
            case .shortcutInput(let input): changes.shortcutInput = input
            case .stride(let placement): changes.stride = placement
            case .padding(let padding): changes.padding = padding
            case .stridedPadding(let padding): changes.stridedPadding = padding
            case .epsilon(let epsilon): changes.epsilon = epsilon
            case .small, .imageNet, .version, .block, .twoPerBlock, .shortcut, .residualBlock:
                continue
            }
        }
        return changes
    }

    private static func ending(_ part: Substring, of name: String) throws(GraphError) -> Ending {
        switch part {
        case "cifar": return .small
        case "imagenet": return .imageNet
        case "v1": return .version(.firstConvolution)
        case "v1.5": return .version(.secondConvolution)
        case "table2": return .twoPerBlock
        case "a": return .shortcut(.subsampling)
        case "b": return .shortcut(.convolution)
        case "basic": return .residualBlock(.basic)
        case "bottleneck": return .residualBlock(.bottleneck)
        case "same": return .stridedPadding(.same)
        case "stride1": return .stride(.firstConvolution)
        case "stride2": return .stride(.secondConvolution)
        case "padbehind": return .padding(.behind)
        case "padboth": return .padding(.both)
        default: break
        }
        if let activation = try Activation(ending: part) { return .activation(activation) }
        if let input = NetworkVariant.ShortcutInput.allCases.first(where: { $0.ending == part }) {
            return .shortcutInput(input)
        }
        if part.hasPrefix("eps"), let epsilon = DecimalText.number(part.dropFirst(3)) {
            return .epsilon(epsilon)
        }
        let digits = part.dropFirst()
        if part.first == "b", digits.allSatisfy({ "0123456789".contains($0) }) {
            return .block(try BlockType(digits.compactMap(\.wholeNumberValue)))
        }
        if part.first == "l", let factor = wholeNumber(digits) {
            return .block(try BlockType(deepeningFactor: factor))
        }
        throw .invalidArchitecture(
            "\"\(name)\" names no network: -\(part) is none of the endings, which are for a wrn "
                + "-b131 (kernel sizes of a block), -l3 (3x3 convolutions of a block), -table2, "
                + "for a resnet -a, -b, -basic, -bottleneck, -padboth, and for both -v1, -v1.5, "
                + "-cifar, -imagenet, -leaky0.1, -silu, -rawshortcut, -stride2, -same, -eps0.001")
    }

    /// Refuses endings other than these.
    func checkEndings(
        _ isKnown: (Ending) -> Bool, of network: String
    ) throws(GraphError) {
        let (parts, first) = (Self.canonical(text).split(separator: "-"), text.lowercased())
        for (ending, part) in zip(endings.reversed(), parts.reversed())
        where !isKnown(ending) && !ending.isOfVariant {
            throw .invalidArchitecture(
                "\"\(first)\" names no network: -\(part) has no meaning for \(network)")
        }
    }

    /// Whether the network is one for ImageNet: given by an ending, or by numbers that are those of
    /// the papers' networks for ImageNet.
    var isForImageNet: Bool {
        if endings.contains(.imageNet) { return true }
        for ending in endings {
            switch ending {
            case .small, .block, .twoPerBlock, .shortcut, .residualBlock: return false
            case .imageNet, .version, .activation, .shortcutInput, .stride, .padding,
                .stridedPadding, .epsilon:
                continue
            }
        }
        return Self.isForImageNet(isWide: isWide, depth: depth, width: width)
    }

    /// The images that a name without endings stands for.
    ///
    /// No depth of ``ImageNetWideResNet`` is 6N+4 but 34: of width 1, 1.5, 2 and 3 it is that of
    /// the paper's Table 7, of other widths the network for small images, such as WRN-34-10.
    static func isForImageNet(isWide: Bool, depth: Int, width: Double) -> Bool {
        guard ImageNetWideResNet.depths.contains(depth) else { return false }
        return !isWide || depth != 34 || [1, 1.5, 2, 3].contains(width)
    }

    /// A depth in decimal digits, without a sign.
    static func wholeNumber(_ text: Substring) -> Int? {
        text.allSatisfy { "0123456789".contains($0) } ? Int(text) : nil
    }

    /// A width in decimal digits and a dot, without a sign or an exponent.
    static func number(_ text: Substring) -> Double? {
        DecimalText.number(text)
    }
}

extension NetworkName {
    /// Other programs' spellings of the families, the longest first.
    private static let families = [
        ("wide-residual-network", "wrn"), ("wide-resnet", "wrn"), ("wideresnet", "wrn"),
        ("wide-res-net", "wrn"), ("wrn", "wrn"), ("resnet", "resnet"), ("res-net", "resnet"),
    ]

    /// The name in small letters with the separators of this package, from the spellings of others:
    /// `wide_resnet50_2`, `WRN_28_10`, `WideResNet-28x10`, `ResNet50`, `preactresnet164`; a text
    /// that is spelt in no such way, as it is.
    static func canonical(_ name: String) -> String {
        let whole = String(name.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 })
        var rest = whole[...]
        let isPre = ["preactivation", "pre-act", "preact"].contains { prefix in
            guard rest.hasPrefix(prefix) else { return false }
            rest = withoutSeparator(rest.dropFirst(prefix.count))
            return true
        }
        guard let (spelling, family) = families.first(where: { rest.hasPrefix($0.0) }) else {
            return whole
        }
        rest = withoutSeparator(rest.dropFirst(spelling.count))
        let depth = rest.prefix { "0123456789".contains($0) }
        guard !depth.isEmpty else { return whole }
        rest = rest.dropFirst(depth.count)
        if family == "wrn", rest.first == "x" || rest.first == "k" { rest = "-" + rest.dropFirst() }
        return (isPre ? "preact-" : "") + family + "-" + depth + rest
    }

    private static func withoutSeparator(_ text: Substring) -> Substring {
        text.first == "-" ? text.dropFirst() : text
    }

    /// Suggestions for a misspelt name, at most three; none for a name without numbers.
    static func suggestions(for name: String) -> [String] {
        guard name.utf8.contains(where: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            return []
        }
        let known = Set(Paper.rows.map(\.network)).union([
            "resnet-18", "resnet-34", "resnet-50", "resnet-101", "resnet-152", "wrn-50-2",
            "wrn-101-2", "preact-resnet-18", "preact-resnet-50",
        ])
        return Array(NameSuggestions.near(canonical(name), among: known.sorted()).prefix(3))
    }
}
