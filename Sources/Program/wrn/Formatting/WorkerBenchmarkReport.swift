// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNPlan
import WRNText

/// The output of `wrn bench --train --shards`.
struct WorkerBenchmarkReport {
    let network: String
    let classes: Int
    /// The plan of a shard.
    let plan: PlanDescription
    let result: WorkerBenchmark.Result

    private var batch: Int { result.shards * plan.batch }

    private var imagesPerSecond: Spread { result.seconds.quotient(of: Double(batch)) }

    /// A line for each figure, none longer than 80 columns.
    var text: DisplayText {
        let (seconds, single) = (result.seconds, result.singleSeconds)
        return DisplayText(lines: [
            "\(network): \(plan.input) images, training in batches of \(Numbers.grouped(batch))",
            "\(plan.engine), \(Numbers.counted(result.workers, "worker")), "
                + "\(Numbers.counted(result.shards, "shard")) of "
                + Numbers.counted(plan.batch, "image"),
            "",
            "speed       \(Numbers.significant(imagesPerSecond.median)) images/s of all workers",
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
        case network, classes, batch, input, mode, threads, instructionSet, precision, workers
        case shards, repeats, warmUpRuns, runSeconds, seconds, singleRunSeconds, singleSeconds
        case imagesPerSecond
        case efficiency, sentByteCount, waitingSeconds, version
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(network, forKey: .network)
        try container.encode(classes, forKey: .classes)
        try container.encode(batch, forKey: .batch)
        try container.encode(plan.input, forKey: .input)
        try container.encode(plan.mode, forKey: .mode)
        try container.encode(plan.threads, forKey: .threads)
        try container.encode(plan.instructionSet, forKey: .instructionSet)
        try container.encode(plan.precision, forKey: .precision)
        try container.encode(result.workers, forKey: .workers)
        try container.encode(result.shards, forKey: .shards)
        try container.encode(result.runSeconds.count, forKey: .repeats)
        try container.encode(result.warmUpRuns, forKey: .warmUpRuns)
        try container.encode(result.runSeconds, forKey: .runSeconds)
        try container.encode(result.seconds, forKey: .seconds)
        try container.encode(result.singleRunSeconds, forKey: .singleRunSeconds)
        try container.encode(result.singleSeconds, forKey: .singleSeconds)
        try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try container.encode(result.efficiency, forKey: .efficiency)
        try container.encode(result.sentByteCount, forKey: .sentByteCount)
        try container.encode(result.waitingSeconds, forKey: .waitingSeconds)
        try container.encode(Version.text, forKey: .version)
    }
}
