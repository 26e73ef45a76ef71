// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor
import WRNTensorFiles
import WRNZoo

extension Identifier {
    /// The findings, in a form for people and programs.
    var identification: Identification {
        let used = match?.used ?? []
        let rest = archive.entries.filter { !used.contains($0.name) }
        let head = headTensors
        let buffers = match.map { NormalizationTensors.names(in: archive, beside: $0) } ?? []
        let known = Set(head).union(buffers)
        let byproducts = TrainingByproducts(archive)
        let ours = rest.filter {
            belongs($0) && !isOfOtherPart($0)
                && !byproducts.contains($0, behind: match?.prefix ?? "")
        }
        let unread = unreadNormalizations
        let dead = ours.filter { isDead($0, unread) }
        let extra = ours.filter { !isDead($0, unread) && !known.contains($0.name) }
        let isFolded = match?.isFolded ?? false
        return Identification(
            file: archive.file, format: archive.format, elementTypes: elementTypes,
            elements: archive.entries.map(\.shape.elementCount).reduce(0, +),
            parameters: parameterCount, network: match.map(network), dialect: match?.dialect,
            prefix: match?.prefix ?? "", otherParts: parts.filter { $0 != match?.prefix },
            isAverage: match.map { TensorNames.isAverage($0.prefix) } ?? false, function: function,
            functionSource: match.flatMap { $0.dialect?.function(for: $0.network)?.source },
            head: match.map { headKind($0.head) }, headTensors: head,
            computed: archive.computedTensors.keys.filter(used.contains).sorted(
                by: NaturalOrder.precedes),
            normalizationTensors: buffers,
            normalization: match.map {
                isFolded ? .folded : $0.lacksStatistics ? .withoutStatistics : .present
            },
            hasConvolutionBiases: !isFolded && match?.biases.isEmpty == false,
            lacksHeadBias: match?.lacksHeadBias ?? false, dead: dead.map(\.name),
            extra: extra.map(\.name), outside: outside(rest, known, byproducts),
            unrelatedCount: rest.count - ours.count
                - rest.count { known.contains($0.name) && !belongs($0) },
            missing: match?.trulyMissing.map(\.name) ?? [],
            differentlyShaped: match?.differentlyShaped.map {
                "\($0.parameter.name) expected \($0.parameter.shape) found \($0.found)"
            } ?? [], proposal: proposal, disputedName: disputedName)
    }

    private func headKind(_ head: FoundHead) -> Identification.Head {
        switch head {
        case .named, .linear: .linear
        case .layers: .layers
        case .absent: .absent
        }
    }

    private var headTensors: [String] {
        switch match?.head {
        case .linear(let weight, let bias): [weight.name, bias?.name].compactMap(\.self)
        case .layers(let names): names
        case .named, .absent, nil: []
        }
    }

    /// Whether a tensor is of the network's part.
    ///
    /// A map of a structure has no part: all that could be weights is of it.
    private func belongs(_ entry: TensorArchive.Entry) -> Bool {
        guard let match else { return false }
        guard match.dialect != nil else { return entry.elementType.isFloatingPoint }
        return TensorNames(archive, prefix: match.prefix).contains(entry)
    }

    /// The floating-point tensors beside the network's part that nothing explains: neither another
    /// part of such a network nor a training's state.
    ///
    /// They may be layers of the network.
    private func outside(
        _ rest: [TensorArchive.Entry], _ known: Set<String>, _ byproducts: TrainingByproducts
    ) -> [String] {
        guard let match else { return [] }
        let others = parts.filter { $0 != match.prefix }.map { TensorNames(archive, prefix: $0) }
        return rest.filter { entry in
            entry.elementType.isFloatingPoint && entry.shape.elementCount > 1 && !belongs(entry)
                && !known.contains(entry.name) && !others.contains { $0.contains(entry) }
                && !byproducts.contains(entry)
        }.map(\.name)
    }

    /// The tensors of first normalisations whose result the dialect's code does not use.
    private var unreadNormalizations: Set<String> {
        guard let match, let dialect = match.dialect else { return [] }
        let roles: [Parameter.Role] = [.scale, .shift, .runningMean, .runningVariance]
        return Set(
            match.outline.placesWithoutNode.flatMap { place in
                roles.flatMap { dialect.names(of: place, $0, in: match.outline.form) }
            }.map { match.prefix + $0 })
    }

    private func isDead(_ entry: TensorArchive.Entry, _ unread: Set<String>) -> Bool {
        let parts = entry.name.split(separator: ".")
        return parts.last == "num_batches_tracked" || parts.contains("sub_block1")
            || unread.contains(entry.name)
    }

    /// With an empty prefix everything begins with it, also what belongs to a wrapper beside.
    private func isOfOtherPart(_ entry: TensorArchive.Entry) -> Bool {
        parts.contains { part in
            part != match?.prefix && part.count > (match?.prefix.count ?? 0)
                && entry.name.hasPrefix(part)
        }
    }

    private var elementTypes: [String: Int] {
        Dictionary(
            archive.entries.map { ($0.elementType.rawValue, 1) }, uniquingKeysWith: +)
    }

    private var parameterCount: Int {
        guard let match else { return 0 }
        let trainable = match.outline.graph.parameters.filter(\.isTrainable)
        let names = trainable.compactMap { match.sources[$0.name] } + Array(match.biases.values)
        return names.compactMap { archive[$0]?.shape.elementCount }.reduce(0, +)
    }

    private var proposal: [Identification.Pair] {
        guard let match, match.dialect == nil else { return [] }
        return match.outline.graph.parameters.compactMap { parameter in
            match.sources[parameter.name].map {
                Identification.Pair(
                    name: parameter.name, source: $0, shape: parameter.shape.extents)
            }
        }
    }

    private func network(_ match: NameMatch) -> Identification.Network {
        let (network, graph) = (match.network, match.outline.graph)
        let kind = ResidualBlock.blocks(of: graph).first?.kind ?? ""
        let traits = Self.traits(of: network)
        return Identification.Network(
            name: network.name, family: traits.family,
            depth: traits.depth, width: traits.width, block: kind,
            classes: network.classes, inputChannels: network.inputChannels,
            imageSize: network.usualImageSize, parameters: graph.parameterCount,
            paper: Paper.rows.filter { $0.network == network.name }.compactMap { row in
                row.parameters.map { "Table \(row.table): \($0) with \(row.classes) classes" }
            }, assumptions: traits.assumptions)
    }

    /// What only the description of a network determines, and no tensor shows.
    private static func traits(
        of network: any Architecture
    ) -> (family: String, depth: Int, width: Double, assumptions: [String]) {
        switch network {
        case let network as WideResNet:
            return (
                "Wide ResNet for small images", network.depth, network.width,
                ["the dropout of its training is not in the file"]
            )
        case let network as ImageNetWideResNet:
            return (
                network.width == 1 ? "ResNet for ImageNet" : "Wide ResNet for ImageNet",
                network.depth, network.width, []
            )
        case let network as ResNet:
            return ("ResNet for small images", network.depth, 1, [])
        default:
            return ("residual network", 0, 1, [])
        }
    }
}
