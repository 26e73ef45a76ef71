// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNGraph
import WRNZoo

/// Which network.
struct NetworkOptions: ParsableArguments {
    @Argument(help: "The network, for example wrn-28-10 or wrn-50-2.")
    var name: String

    @Option(help: "The number of classes. (default: the network's own, 10 or for ImageNet 1000)")
    var classes: Int?

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: the network's own, 3x32x32 or for ImageNet 3x224x224)",
            valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input: InputShape?

    // A negative number is a number, too, for the rule to refuse.
    @Option(parsing: .unconditional, help: "The probability of dropout in each block.")
    var dropout = 0.0

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    /// The network and its graph.
    ///
    /// - Throws: A `ValidationError` when there is no such network.
    func network() throws -> (architecture: any Architecture, graph: Graph) {
        do {
            let network = try Zoo.network(
                named: name, classes: classes, dropout: dropout,
                inputChannels: input?.channels ?? 3
            ).applying(variant.changes)
            let graph = try network.graph(
                height: input?.height ?? network.usualImageSize,
                width: input?.width ?? network.usualImageSize)
            return (network, graph)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
