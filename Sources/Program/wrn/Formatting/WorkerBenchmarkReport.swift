// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNPlan
import WRNText

/// The output of `wrn bench --train --shards`.
struct WorkerBenchmarkReport {
    let figures: BenchmarkFigures
    let result: WorkerBenchmark.Result

    /// A line for each figure, none longer than 80 columns.
    var text: DisplayText {
        let (plan, seconds, single) = (figures.plan, result.seconds, result.singleSeconds)
        return DisplayText(lines: [
            "\(figures.network): \(plan.input) images, training in batches of "
                + Numbers.grouped(figures.batch),
            "\(plan.engine), \(Numbers.counted(result.workers, "worker")), "
                + "\(Numbers.counted(result.shards, "shard")) of "
                + Numbers.counted(plan.batch, "image"),
            "",
            "speed       \(Numbers.significant(figures.imagesPerSecond.median)) images/s of all "
                + "workers",
            "time        \(Numbers.time(seconds.median)) a step, "
                + "\(Numbers.time(seconds.minimum)) to \(Numbers.time(seconds.maximum)), "
                + Numbers.counted(result.runSeconds.count, "run") + " after "
                + "\(Numbers.grouped(result.warmUpRuns)) to warm up",
            "one worker  \(Numbers.time(single.median)) for the same step, "
                + "\(Numbers.time(single.minimum)) to \(Numbers.time(single.maximum))",
            "efficiency  \(Numbers.percent(result.efficiency, decimals: 1))",
            "sent        \(Numbers.bytes(result.sentByteCount)) a step by worker 0, and received",
            "waited      \(Numbers.time(result.waitingSeconds)) a step for the other workers",
        ])
    }
}

extension WorkerBenchmarkReport: Encodable {
    private enum Key: String, CodingKey {
        case workers, shards, singleRunSeconds, singleSeconds, efficiency, sentByteCount
        case waitingSeconds
    }

    func encode(to encoder: any Encoder) throws {
        try figures.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(result.workers, forKey: .workers)
        try container.encode(result.shards, forKey: .shards)
        try container.encode(result.singleRunSeconds, forKey: .singleRunSeconds)
        try container.encode(result.singleSeconds, forKey: .singleSeconds)
        try container.encode(result.efficiency, forKey: .efficiency)
        try container.encode(result.sentByteCount, forKey: .sentByteCount)
        try container.encode(result.waitingSeconds, forKey: .waitingSeconds)
    }
}
