// SPDX-License-Identifier: Apache-2.0

import WRNPlan

/// What `wrn bench` says about a network.
struct BenchmarkReport {
    let network: String
    let classes: Int
    let plan: PlanDescription
    let result: PlanBenchmark.Result
    let plannedByteCount: Int
    let peakResidentByteCount: Int?

    private var imagesPerSecond: Spread { result.seconds.quotient(of: Double(plan.batch)) }

    private var effectiveGigaflops: Double {
        plan.effectiveGigaflops(seconds: result.seconds.median)
    }

    /// A line for each figure, none longer than 80 columns.
    var text: DisplayText {
        let speed = imagesPerSecond
        let seconds = result.seconds
        let operations = Numbers.significant(2e-9 * Double(plan.multiplyAdds))
        var lines = [
            plan.title(network),
            plan.engine + ", " + Numbers.counted(result.runSeconds.count, "run") + " after "
                + "\(Numbers.grouped(result.warmUpRuns)) to warm up",
            "",
            "speed      \(Numbers.significant(speed.median)) images/s",
            "  middle   \(Numbers.significant(speed.firstQuartile)) to "
                + "\(Numbers.significant(speed.thirdQuartile)) images/s in half of the runs",
            "  all      \(Numbers.significant(speed.minimum)) to "
                + "\(Numbers.significant(speed.maximum)) images/s",
            "time       \(Numbers.time(seconds.median)) a batch, "
                + "\(Numbers.time(seconds.minimum)) to \(Numbers.time(seconds.maximum))",
            "effective  \(Numbers.significant(effectiveGigaflops)) GFLOP/s, "
                + "from \(operations) GFLOP a batch",
        ]
        if let peakResidentByteCount {
            lines.append(
                "memory     \(Numbers.bytes(peakResidentByteCount)) at the peak of the process")
        }
        lines.append("  planned  \(Numbers.bytes(plannedByteCount)) for the network")
        return DisplayText(lines: lines)
    }
}

extension BenchmarkReport: Encodable {
    private enum Key: String, CodingKey {
        case network, classes, batch, input, mode, threads, instructionSet, precision, repeats
        case warmUpRuns, runSeconds, seconds, imagesPerSecond, multiplyAdds
        case effectiveGigaflopsPerSecond, peakResidentByteCount, plannedByteCount, version
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(network, forKey: .network)
        try container.encode(classes, forKey: .classes)
        try container.encode(plan.batch, forKey: .batch)
        try container.encode(plan.input, forKey: .input)
        try container.encode(plan.mode, forKey: .mode)
        try container.encode(plan.threads, forKey: .threads)
        try container.encode(plan.instructionSet, forKey: .instructionSet)
        try container.encode(plan.precision, forKey: .precision)
        try container.encode(result.runSeconds.count, forKey: .repeats)
        try container.encode(result.warmUpRuns, forKey: .warmUpRuns)
        try container.encode(result.runSeconds, forKey: .runSeconds)
        try container.encode(result.seconds, forKey: .seconds)
        try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try container.encode(plan.multiplyAdds, forKey: .multiplyAdds)
        try container.encode(effectiveGigaflops, forKey: .effectiveGigaflopsPerSecond)
        try container.encode(peakResidentByteCount, forKey: .peakResidentByteCount)
        try container.encode(plannedByteCount, forKey: .plannedByteCount)
        try container.encode(Version.text, forKey: .version)
    }
}
