// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor
import WRNText

/// The output of `wrn plan`.
struct PlanReport {
    let network: String
    let classes: Int
    let plan: PlanDescription
    /// The predicted times in both precisions.
    let prediction: PrecisionPrediction
    /// The predicted step of several workers, of which the plan is that of one shard; nil where
    /// none was asked for.
    let workers: WorkerPrediction?

    /// The table with its legend, and the totals; the table is at most `width` wide where the
    /// numbers allow it.
    func text(width: TextWidth) -> DisplayText {
        let table = PlanTable(plan, width: width)
        return DisplayText(
            lines: [plan.title(network), plan.engine, ""] + table.lines(width: width) + [""]
                + notes(hidden: table.hidden) + [""] + totals.lines(width: width)
                + (workers.map(lines) ?? []))
    }

    /// What several workers make of the step, none longer than 80 columns.
    private func lines(_ workers: WorkerPrediction) -> [String] {
        let images = Double(workers.shards * plan.batch)
        let speed = Numbers.significant(images / workers.seconds)
        return [
            "",
            "\(Numbers.counted(workers.workers, "worker")), "
                + "\(Numbers.counted(workers.shards, "shard")) of "
                + "\(Numbers.counted(plan.batch, "image")), "
                + "\(NetworkRate.text(workers.bitsPerSecond)) in each direction, "
                + (workers.isMeasured ? "from measured times" : "from predicted times"),
            "step        \(Numbers.time(workers.seconds)), "
                + "\(Numbers.time(workers.waitingSeconds)) of it waiting for the network, "
                + "\(Numbers.time(workers.messageSeconds)) for messages",
            "one worker  \(Numbers.time(workers.singleSeconds)) for the same step",
            "sent        \(Numbers.bytes(workers.sentByteCount)) by each worker, and received",
            "efficiency  \(Numbers.percent(workers.efficiency, decimals: 1)), \(speed) images/s",
        ]
    }

    private func notes(hidden: [String]) -> [String] {
        let model = plan.costModel
        var notes = [
            "fused: at the load > on the way out; F4, F2: Winograd's algorithm",
            "predicted: multiply-adds at \(Numbers.significant(model.gigaflopsPerThread)) GFLOP/s "
                + "a thread, or traffic at \(Numbers.significant(model.gigabytesPerSecond)) GB/s",
        ]
        if plan.precision == Precision.bfloat16.rawValue {
            notes += ["bf16, tiles: products of bfloat16", vectorNote, plan.tiles.note]
        }
        if !hidden.isEmpty {
            notes.append("wider terminals also show " + hidden.joined(separator: ", "))
        }
        return notes
    }

    /// The vector instructions for bfloat16, in words.
    private var vectorNote: String {
        plan.bfloat16PairRate > 0
            ? "vectors: VDPBF16PS, counted as \(Numbers.significant(plan.bfloat16PairRate)) times "
                + "the speed of float32" : "vectors: no products of bfloat16"
    }

    private var totals: Table {
        let memory = plan.memory
        var table = Table([
            ("steps", .left), (Numbers.grouped(plan.steps.count), .right), ("", .left),
        ])
        table.add(["multiply-adds", Numbers.grouped(plan.multiplyAdds), "of the batch"])
        table.add(times("predicted", plan.predictedSeconds))
        let isHalved = plan.precision == Precision.bfloat16.rawValue
        table.add(
            times(
                isHalved ? "in float32" : "in bfloat16",
                isHalved ? prediction.float32Seconds : prediction.bfloat16Seconds))
        if let seconds = plan.measuredSeconds, let runs = plan.measuredRuns {
            table.add(times("measured", seconds))
            table.add(["runs", Numbers.grouped(runs), ""])
        }
        for (name, count) in [
            ("arena", memory.arenaByteCount), ("weights", memory.weightByteCount),
            ("gradients", memory.gradientByteCount), ("velocities", memory.velocityByteCount),
            ("running statistics", memory.statisticsByteCount),
            ("packed weights", memory.packedWeightByteCount),
            ("coefficients", memory.coefficientByteCount),
            ("workspaces", memory.workspaceByteCount), ("memory", memory.totalByteCount),
        ] where count > 0 {
            table.add([name, Numbers.grouped(count), "bytes"])
        }
        return table
    }

    private func times(_ name: String, _ seconds: Double) -> [String] {
        let gigaflops = Numbers.significant(plan.effectiveGigaflops(seconds: seconds))
        let speed = Numbers.significant(Double(plan.batch) / seconds)
        return [
            name, Numbers.fixed(1e3 * seconds, decimals: 3),
            "ms, \(speed) images/s, \(gigaflops) GFLOP/s",
        ]
    }
}

extension PlanReport: Encodable {
    private enum Key: String, CodingKey {
        case network, classes, plan, multiplyAdds, predictedSeconds, measuredSeconds
        case effectiveGigaflopsPerSecond, predictedSecondsInFloat32, predictedSecondsInBfloat16
        case workers, workerEfficiency, version
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(network, forKey: .network)
        try container.encode(classes, forKey: .classes)
        try container.encode(plan, forKey: .plan)
        try container.encodeIfPresent(workers, forKey: .workers)
        try container.encodeIfPresent(workers?.efficiency, forKey: .workerEfficiency)
        try container.encode(plan.multiplyAdds, forKey: .multiplyAdds)
        try container.encode(plan.predictedSeconds, forKey: .predictedSeconds)
        try container.encode(prediction.float32Seconds, forKey: .predictedSecondsInFloat32)
        try container.encode(prediction.bfloat16Seconds, forKey: .predictedSecondsInBfloat16)
        try container.encodeIfPresent(plan.measuredSeconds, forKey: .measuredSeconds)
        if let seconds = plan.measuredSeconds {
            try container.encode(
                plan.effectiveGigaflops(seconds: seconds), forKey: .effectiveGigaflopsPerSecond)
        }
        try container.encode(Version.text, forKey: .version)
    }
}

/// The steps of a plan in as many columns as fit the width.
struct PlanTable {
    private struct Column {
        let header: String
        let alignment: Table.Alignment
        /// Nil for columns that are always shown; of the others, those of lower rank are shown
        /// first.
        let rank: Int?
        let cells: [String]

        var width: Int { (cells + [header]).map(\.count).max() ?? 0 }
    }

    /// The width down to which the nodes' names are cut for other columns.
    private static let namesWidth = 16
    private static let namesColumn = 1

    private let columns: [Column]
    /// The headers of the columns that do not fit.
    let hidden: [String]

    init(_ plan: PlanDescription, width: TextWidth) {
        let all = Self.columns(plan)
        var shown = Set(all.indices.filter { all[$0].rank == nil })
        let names = all[Self.namesColumn].width
        var room = width.columns - shown.map { all[$0].width + 2 }.reduce(-2, +)
        room += names - min(names, Self.namesWidth)
        let others = all.indices.compactMap { index in all[index].rank.map { (index, $0) } }
        for (index, _) in others.sorted(by: { $0.1 < $1.1 }) {
            guard all[index].width + 2 <= room || !width.isFixed else { continue }
            room -= all[index].width + 2
            shown.insert(index)
        }
        columns = all.indices.filter { shown.contains($0) }.map { all[$0] }
        hidden = all.indices.filter { !shown.contains($0) }.map { all[$0].header }
    }

    func lines(width: TextWidth) -> [String] {
        var table = Table(columns.map { ($0.header, $0.alignment) }, yielding: [Self.namesColumn])
        for row in columns.first?.cells.indices ?? [].indices {
            table.add(columns.map { $0.cells[row] })
        }
        return table.lines(width: width)
    }

    private static func columns(_ plan: PlanDescription) -> [Column] {
        let total = plan.measuredSeconds ?? 0
        func column(
            _ header: String, _ alignment: Table.Alignment, rank: Int? = nil,
            _ cell: (PlanDescription.Step) -> String
        ) -> Column {
            Column(
                header: header, alignment: alignment, rank: rank, cells: plan.steps.map(cell))
        }
        func milliseconds(_ seconds: Double) -> String {
            Numbers.fixed(1e3 * seconds, decimals: 3)
        }
        var columns = [
            column("#", .right) { "\($0.number)" },
            column("node", .left) { $0.node.isEmpty ? "all" : $0.node },
            column("work", .left) { $0.word },
            column("kernel", .left, rank: 3) { $0.kernel ?? "" },
            column("fused", .left, rank: 1) { $0.fusedWords },
            column("algorithm", .left, rank: 5) { $0.algorithm?.name ?? "" },
            column("cut", .left, rank: 7) { $0.cut },
            column("shape", .left, rank: plan.measuredRuns == nil ? nil : 0) { $0.shape },
            column("offset", .right, rank: 6) { $0.arenaOffset.map(Numbers.grouped) ?? "" },
            column("bytes", .right, rank: 4) { Numbers.grouped($0.byteCount) },
            column("GMAC", .right, rank: 2) { step in
                step.multiplyAdds == 0
                    ? "" : Numbers.fixed(1e-9 * Double(step.multiplyAdds), decimals: 3)
            },
            column("pred ms", .right) { milliseconds($0.predictedSeconds) },
        ]
        guard plan.measuredRuns != nil else { return columns }
        columns += [
            column("ms", .right) { milliseconds($0.measuredSeconds ?? 0) },
            column("%", .right) { step in
                Numbers.fixed(
                    100 * (step.measuredSeconds ?? 0) / max(total, 1e-12), decimals: 1)
            },
            column("GFLOP/s", .right) { step in
                step.effectiveGigaflops.map { Numbers.fixed($0, decimals: 0) } ?? ""
            },
        ]
        return columns
    }
}

extension PlanDescription {
    /// The network and its use: `wrn-16-4: 3x32x32 images, training in batches of 64`.
    func title(_ network: String) -> String {
        "\(network): \(input) images, \(mode.rawValue) in batches of \(Numbers.grouped(batch))"
    }

    /// The engine's settings: `float32 on avx512, 2 threads`.
    var engine: String {
        "\(precision) on \(instructionSet), \(Numbers.counted(threads, "thread"))"
    }
}

extension StepOutline.Kind {
    /// The kind in a few letters, for a column.
    var word: String {
        switch self {
        case .input: "input"
        case .convolution: "conv"
        case .linear: "linear"
        case .moments: "moments"
        case .normalization: "bn"
        case .dropoutMask: "mask"
        case .map: "map"
        case .subsampling: "subsample"
        case .subsamplingGradient: "d subsample"
        case .maxPooling: "max"
        case .maxPoolingGradient: "d max"
        case .mean: "mean"
        case .loss: "loss"
        case .weightGradient: "d weight"
        case .biasGradient: "d bias"
        case .inputGradient: "d input"
        case .viewGradient: "d view"
        case .normalizationGradient: "d bn"
        case .spread: "d mean"
        case .update: "update"
        }
    }
}

extension TileAccess {
    /// The answer in words, for a plan in bfloat16.
    fileprivate var note: String {
        switch self {
        case .usable: "tile unit: AMX-BF16"
        case .missing: "tile unit: none, as the processor has none for bfloat16"
        case .notKept: "tile unit: none, as the system does not keep its state"
        case .refused: "tile unit: none, as the system refuses this process the permission"
        case .excluded: "tile unit: none, as these instructions exclude it"
        }
    }
}

extension PlanDescription.Algorithm {
    /// The algorithm's usual name.
    var name: String {
        switch self {
        case .direct: "direct"
        case .directBFloat16: "direct, bfloat16"
        case .tiles: "tiles, bfloat16"
        case .winograd2: "Winograd F(2x2, 3x3)"
        case .winograd4: "Winograd F(4x4, 3x3)"
        }
    }

    /// The mark after a step's kind; none for the direct algorithm.
    fileprivate var mark: String {
        switch self {
        case .direct: ""
        case .directBFloat16: " bf16"
        case .tiles: " tiles"
        case .winograd2: " F2"
        case .winograd4: " F4"
        }
    }
}

extension StepOutline.Fusion.Kind {
    /// The kind in a few letters, for a column.
    var word: String {
        switch self {
        case .normalization, .foldedNormalization: "bn"
        case .normalizationGradient: "dbn"
        case .factor: "factor"
        // `leaky_relu` is `leaky`.
        case .activation(let activation): String(activation.rawValue.prefix { $0 != "_" })
        case .dropout: "drop"
        case .bias: "bias"
        case .residual: "add"
        case .accumulation: "acc"
        case .moments: "sums"
        case .viewGradient: "dview"
        }
    }
}

extension PlanDescription.Step {
    /// The kind, and the algorithm if it is not the direct one: `conv F4`.
    var word: String { kind.word + (algorithm?.mark ?? "") }

    /// The fused operations before and after the kernel, around a `>`: `bn+relu > add`.
    var fusedWords: String {
        func words(_ fusions: [StepOutline.Fusion]) -> String {
            fusions.map(\.kind.word).joined(separator: "+")
        }
        let (reads, finishes) = (words(readsThrough), words(finishesWith))
        if finishes.isEmpty { return reads }
        return reads.isEmpty ? "> " + finishes : reads + " > " + finishes
    }
}
