// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
import WRNGraph
import WRNInspect
import WRNTensor
import WRNZoo

extension Identifier {
    /// What was found, in a form for people and programs.
    var identification: Identification {
        let used = match?.used ?? []
        let rest = archive.entries.filter { !used.contains($0.name) }
        // A map of a structure has no part; what it does not use is unrelated.
        let names = match.flatMap {
            $0.dialect == nil ? nil : TensorNames(archive, prefix: $0.prefix)
        }
        let ours = rest.filter { names?.contains($0) ?? false && !isOfOtherPart($0) }
        let dead = ours.filter(isDead)
        let isFolded = match?.isFolded ?? false
        return Identification(
            file: archive.file, format: archive.format, elementTypes: elementTypes,
            elements: archive.entries.map(\.shape.elementCount).reduce(0, +),
            parameters: parameterCount, network: match.map(network), dialect: match?.dialect,
            prefix: match?.prefix ?? "", otherParts: parts.filter { $0 != match?.prefix },
            normalization: match.map {
                isFolded ? .folded : $0.lacksStatistics ? .withoutStatistics : .present
            },
            hasConvolutionBiases: !isFolded && match?.biases.isEmpty == false,
            lacksHeadBias: match?.lacksHeadBias ?? false, dead: dead.map(\.name),
            extra: ours.filter { !isDead($0) }.map(\.name),
            unrelatedCount: rest.count - ours.count,
            missing: match?.trulyMissing.map(\.name) ?? [],
            differentlyShaped: match?.differentlyShaped.map {
                "\($0.parameter.name) expected \($0.parameter.shape) found \($0.found)"
            } ?? [], proposal: proposal)
    }

    private func isDead(_ entry: TensorArchive.Entry) -> Bool {
        let parts = entry.name.split(separator: ".")
        return parts.last == "num_batches_tracked" || parts.contains("sub_block1")
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

    /// What only the description of a network says, and what no tensor tells.
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
            let place =
                network.stridePlacement == .secondConvolution ? "3x3 convolutions" : "first ones"
            return (
                network.width == 1 ? "ResNet for ImageNet" : "Wide ResNet for ImageNet",
                network.depth, network.width,
                network.hasBottlenecks ? ["the stride is taken to be in the \(place)"] : []
            )
        case let network as ResNet:
            return ("ResNet for small images", network.depth, 1, [])
        default:
            return ("residual network", 0, 1, [])
        }
    }
}
