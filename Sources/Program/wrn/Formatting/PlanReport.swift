// SPDX-License-Identifier: Apache-2.0

import WRNPlan

/// What `wrn plan` says about a network.
struct PlanReport {
    let network: String
    let classes: Int
    let plan: PlanDescription

    /// The table, what its words mean, and the totals; no line of the table longer than `width` where the numbers allow it.
    func text(width: TextWidth) -> DisplayText {
        let table = PlanTable(plan, width: width)
        return DisplayText(
            lines: [plan.title(network), plan.engine, ""] + table.lines(width: width) + [""]
                + notes(hidden: table.hidden) + [""] + totals.lines(width: width))
    }

    private func notes(hidden: [String]) -> [String] {
        let model = plan.costModel
        var notes = [
            "fused: at the load > on the way out; F4, F2: Winograd's algorithm",
            "predicted: multiply-adds at "
                + "\(Numbers.significant(model.gigaflopsPerThread)) GFLOP/s a thread, or traffic at "
                + "\(Numbers.significant(model.gigabytesPerSecond)) GB/s",
        ]
        if !hidden.isEmpty {
            notes.append("wider terminals also show " + hidden.joined(separator: ", "))
        }
        return notes
    }

    private var totals: Table {
        let memory = plan.memory
        var table = Table([
            ("steps", .left), (Numbers.grouped(plan.steps.count), .right), ("", .left),
        ])
        table.add(["multiply-adds", Numbers.grouped(plan.multiplyAdds), "of the batch"])
        table.add(times("predicted", plan.predictedSeconds))
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
        case effectiveGigaflopsPerSecond, version
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(network, forKey: .network)
        try container.encode(classes, forKey: .classes)
        try container.encode(plan, forKey: .plan)
        try container.encode(plan.multiplyAdds, forKey: .multiplyAdds)
        try container.encode(plan.predictedSeconds, forKey: .predictedSeconds)
        try container.encodeIfPresent(plan.measuredSeconds, forKey: .measuredSeconds)
        if let seconds = plan.measuredSeconds {
            try container.encode(
                plan.effectiveGigaflops(seconds: seconds), forKey: .effectiveGigaflopsPerSecond)
        }
        try container.encode(Version.text, forKey: .version)
    }
}
