// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNFiles
import WRNGraph
import WRNInspect
import WRNTensorFiles
import WRNZoo

/// `wrn diagram`: draws networks.
struct Diagram: ParsableCommand {
    /// The kind of drawing.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case block
        case network
        case silhouette
        case all
    }

    static let configuration = CommandConfiguration(
        abstract: "Draw networks: their blocks, their stages and their silhouettes.",
        usage: "wrn diagram <name> ... [--kind <kind>] [--output <file>] [options]",
        discussion: """
            A block shows the order of normalisation, ReLU and convolution, the shortcut and \
            dropout; a network its stages with resolution and channels; a silhouette its width \
            over its depth to scale, with the isoperimetric quotient 4 x pi x area / perimeter^2: \
            for the same boundary a rectangle holds more than a pyramid. Silhouettes of several \
            networks are drawn on one scale.

            The picture is SVG, or PNG where the file's name ends in .png and rsvg-convert is \
            installed:

              wrn diagram wrn-28-10 -o wrn-28-10.svg
              wrn diagram wrn-28-10 resnet-101 --kind silhouette -o silhouettes.png
            """)

    @Argument(help: "The networks, for example wrn-28-10 resnet-101.")
    var names: [String]

    @Option(help: "What to draw.")
    var kind = Kind.all

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file to write, .svg or .png; - is the standard output.", valueName: "file"))
    var output = "-"

    @Option(help: "The number of classes. (default: each network's own)")
    var classes: Int?

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: each network's own)",
            valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input: InputShape?

    // The option's own rule refuses negative numbers.
    @Option(parsing: .unconditional, help: "The probability of dropout in each block.")
    var dropout = 0.0

    @OptionGroup(title: "Variant of the networks") var variant: VariantOptions

    func validate() throws {
        guard output == "-" || isPNG || output.lowercased().hasSuffix(".svg") else {
            throw ValidationError(
                "--output must end in .svg or .png, or be - for the standard output, not "
                    + "\"\(output)\""
            )
        }
    }

    func run() throws {
        let svg = try drawing(names.map(network)).svg
        if output == "-" { return try StandardOutput.write(DisplayText(document: svg)) }
        if isPNG {
            try AtomicFile<FileError>.write(try PNGConverter.find().convert(svg), to: output)
        } else {
            try AtomicFile<FileError>.write(svg, to: output)
        }
    }

    private var isPNG: Bool { output.lowercased().hasSuffix(".png") }

    private typealias Network = (name: String, graph: Graph)

    private func network(_ name: String) throws -> Network {
        do {
            let network = try Zoo.network(
                named: name, classes: classes, dropout: dropout,
                inputChannels: input?.channels ?? 3
            ).applying(variant.changes)
            let size = network.usualImageSize
            let graph = try network.graph(
                height: input?.height ?? size, width: input?.width ?? size)
            return (network.name, graph)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func drawing(_ networks: [Network]) -> Drawing {
        var drawings: [Drawing] = []
        for network in networks {
            if kind == .block || kind == .all {
                drawings.append(BlockDiagram(network.graph, name: network.name).drawing)
            }
            if kind == .network || kind == .all {
                drawings.append(NetworkDiagram(network.graph, name: network.name).drawing)
            }
        }
        if kind == .silhouette || kind == .all {
            drawings.append(SilhouetteDiagram(networks).drawing)
        }
        if drawings.count == 1 { return drawings[0] }
        return Drawing(title: networks.map(\.name).joined(separator: "; "), drawings)
    }
}
