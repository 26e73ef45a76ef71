// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNGraph
import WRNZoo

/// Which network.
struct NetworkOptions: ParsableArguments {
    @Argument(help: "The network, for example wrn-28-10.")
    var name: String

    @Option(help: "The number of classes.")
    var classes = 10

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: 3x32x32)", valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input = InputShape(channels: 3, height: 32, width: 32)

    @Option(help: "The probability of dropout in each block.")
    var dropout = 0.0

    /// The network's lasting name, and its graph.
    ///
    /// - Throws: A `ValidationError` when there is no such network.
    func network() throws -> (name: String, graph: Graph) {
        do {
            let network = try WideResNet(
                name: name, classes: classes, dropout: dropout, inputChannels: input.channels)
            return (
                network.name, try network.graph(height: input.height, width: input.width)
            )
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
