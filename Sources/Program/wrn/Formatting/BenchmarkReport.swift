// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNPlan
import WRNText

/// The output of `wrn bench`.
struct BenchmarkReport {
    let figures: BenchmarkFigures
    let plannedByteCount: Int
    let peakResidentByteCount: Int?

    private var effectiveGigaflops: Double {
        figures.plan.effectiveGigaflops(seconds: figures.seconds.median)
    }

    /// A line for each figure, none longer than 80 columns.
    var text: DisplayText {
        let speed = figures.imagesPerSecond
        let seconds = figures.seconds
        let operations = Numbers.significant(2e-9 * Double(figures.plan.multiplyAdds))
        var lines = [
            figures.plan.title(figures.network),
            figures.plan.engine + ", " + Numbers.counted(figures.runSeconds.count, "run")
                + " after \(Numbers.grouped(figures.warmUpRuns)) to warm up",
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
        case multiplyAdds, effectiveGigaflopsPerSecond, peakResidentByteCount, plannedByteCount
    }

    func encode(to encoder: any Encoder) throws {
        try figures.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(figures.plan.multiplyAdds, forKey: .multiplyAdds)
        try container.encode(effectiveGigaflops, forKey: .effectiveGigaflopsPerSecond)
        try container.encode(peakResidentByteCount, forKey: .peakResidentByteCount)
        try container.encode(plannedByteCount, forKey: .plannedByteCount)
    }
}
