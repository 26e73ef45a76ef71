// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNInspect
import WRNPlan

/// What `wrn summary` says about a network.
struct SummaryReport: Encodable {
    /// The bytes that the network takes for a batch.
    struct Memory: Encodable {
        let batch: Int
        let inferenceByteCount: Int
        let trainingByteCount: Int
        let inference: PlanDescription.Memory
        let training: PlanDescription.Memory

        init(_ estimate: MemoryEstimate, batch: Int) {
            self.batch = batch
            inferenceByteCount = estimate.inferenceByteCount
            trainingByteCount = estimate.trainingByteCount
            inference = estimate.inference
            training = estimate.training
        }
    }

    let name: String
    /// The model's file; nil where the network was named.
    let file: String?
    let classes: Int
    let dropout: Double
    /// The classes' names of a model that has them.
    let classNames: [String]
    let network: NetworkSummary
    let memory: Memory
    /// What was taken and assumed of another program's weights.
    var weights: WeightsReading?

    /// The table and the totals, no line longer than `width` where the numbers allow it.
    func text(_ table: SummaryTable, width: TextWidth) -> DisplayText {
        var title =
            "\(name): \(network.input) images, \(classes) classes"
            + (dropout > 0 ? ", dropout \(dropout)" : "")
        if let file { title += ", from \(file)" }
        var lines = wrapped(title, width: width.columns)
        if !classNames.isEmpty {
            lines += wrapped(
                classNames.joined(separator: ", "), width: width.columns, indentation: "  ")
        }
        lines += [""] + table.lines(width: width) + [""] + totals.lines(width: width)
        return DisplayText(lines: lines)
    }

    private var totals: Table {
        var table = Table([
            ("parameters", .left), (Numbers.grouped(network.parameters), .right),
            ("all trainable", .left),
        ])
        let images = memory.batch == 1 ? "1 image" : "\(Numbers.grouped(memory.batch)) images"
        func bytes(_ label: String, _ count: Int, _ remark: String) {
            table.add([label, Numbers.bytes(count), remark])
        }
        table.add([
            "running statistics", Numbers.grouped(network.runningStatistics), "not trained",
        ])
        table.add(["convolutions", Numbers.grouped(network.convolutions), ""])
        table.add([
            "batch normalisations", Numbers.grouped(network.batchNormalizations), "",
        ])
        table.add(["multiply-adds", Numbers.grouped(network.multiplyAdds), "for one image"])
        table.add(["FLOPs", Numbers.grouped(2 * network.multiplyAdds), "two each"])
        bytes("weights", network.weightByteCount, "as float32")
        bytes("memory to classify", memory.inferenceByteCount, "for \(images) at once, of it")
        bytes("  activations", memory.inference.arenaByteCount, "the planned arena")
        bytes(
            "  weights", memory.inference.weightByteCount + memory.inference.packedWeightByteCount,
            "theirs, and as kernels read them")
        bytes("memory to train", memory.trainingByteCount, "for \(images) at once, of it")
        bytes(
            "  activations", memory.training.arenaByteCount,
            "and their gradients, the planned arena")
        bytes("  gradients", memory.training.gradientByteCount, "of the weights")
        bytes("  optimizer", memory.training.velocityByteCount, "SGD's velocities")
        return table
    }
}
