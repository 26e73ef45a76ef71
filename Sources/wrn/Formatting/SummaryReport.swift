// SPDX-License-Identifier: Apache-2.0

import WRNInspect
import WRNPlan

/// What `wrn summary` says about a network.
struct SummaryReport: Encodable {
    /// The bytes that the network takes for a batch.
    struct Memory: Encodable {
        let batch: Int
        let inferenceByteCount: Int
        let trainingByteCount: Int
    }

    let name: String
    let classes: Int
    let dropout: Double
    let network: NetworkSummary
    let memory: Memory

    /// The table and the totals, no line longer than `width` where the numbers allow it.
    func text(width: Int) -> String {
        let title =
            "\(name): \(network.input) images, \(classes) classes"
            + (dropout > 0 ? ", dropout \(dropout)" : "")
        return ([title, ""] + table.lines(width: width) + [""] + totals.lines(width: width))
            .map { $0 + "\n" }.joined()
    }

    private var table: Table {
        var table = Table([
            ("layer", .left), ("kernel", .left), ("output", .left), ("parameters", .right),
            ("multiply-adds", .right),
        ])
        let blocks = Dictionary(
            network.blocks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var current: String?
        for layer in network.layers {
            if layer.block != current, let block = layer.block.flatMap({ blocks[$0] }) {
                table.add([
                    block.name, block.kind, block.output, Numbers.grouped(block.parameters),
                    Numbers.grouped(block.multiplyAdds),
                ])
            }
            current = layer.block
            guard layer.isShown else { continue }
            table.add([
                (layer.block == nil ? "" : "  ") + layer.name, layer.kernel ?? "", layer.output,
                layer.parameters > 0 ? Numbers.grouped(layer.parameters) : "",
                layer.multiplyAdds > 0 ? Numbers.grouped(layer.multiplyAdds) : "",
            ])
        }
        return table
    }

    private var totals: Table {
        var table = Table([
            ("parameters", .left), (Numbers.grouped(network.parameters), .right),
            ("", .left),
        ])
        let images = memory.batch == 1 ? "1 image" : "\(Numbers.grouped(memory.batch)) images"
        table.add([
            "running statistics", Numbers.grouped(network.runningStatistics), "",
        ])
        table.add(["convolutions", Numbers.grouped(network.convolutions), ""])
        table.add([
            "batch normalisations", Numbers.grouped(network.batchNormalizations), "",
        ])
        table.add(["multiply-adds", Numbers.grouped(network.multiplyAdds), "for one image"])
        table.add(["weights", Numbers.bytes(network.weightByteCount), "as float32"])
        table.add([
            "memory to classify", Numbers.bytes(memory.inferenceByteCount), "for \(images) at once",
        ])
        table.add([
            "memory to train", Numbers.bytes(memory.trainingByteCount), "for \(images) at once",
        ])
        return table
    }
}

extension NetworkSummary.Layer {
    /// Whether the table has a row for it: what has parameters, and where the resolution falls or ends without.
    fileprivate var isShown: Bool {
        parameters > 0 || kind == .maxPooling || kind == .globalAveragePooling
    }
}
