// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNInspect

/// A drawing of the network.
struct NetworkSection {
    let name: String
    let graph: Graph

    var section: Markup {
        .section(
            "The network",
            [
                .scrolled(
                    "Drawing of the network", [.trusted(NetworkDiagram(graph, name: name).svg)],
                    class: "drawing")
            ])
    }
}
