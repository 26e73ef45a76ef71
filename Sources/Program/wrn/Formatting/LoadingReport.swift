// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNPlan

/// What `wrn data bench` says.
struct LoadingReport: Encodable {
    let data: String
    let size: String
    let batch: Int
    let threads: Int
    let passes: [LoadingBenchmark.Pass]
    let imagesPerSecond: Spread?

    init(
        data: String, size: String, batch: Int, threads: Int, passes: [LoadingBenchmark.Pass]
    ) {
        self.data = data
        self.size = size
        self.batch = batch
        self.threads = threads
        self.passes = passes
        imagesPerSecond = Spread(passes.map(\.imagesPerSecond))
    }

    /// A line for each figure.
    var text: DisplayText {
        var lines = [
            "\(data): \(Numbers.grouped(passes.first?.images ?? 0)) images to \(size), batches of \(batch), "
                + Numbers.counted(threads, "thread")
        ]
        if let speed = imagesPerSecond {
            lines.append(
                "speed     \(Numbers.significant(speed.median)) images/s, "
                    + "\(Numbers.significant(speed.minimum)) to \(Numbers.significant(speed.maximum)) in "
                    + (passes.count == 1 ? "1 pass" : "\(passes.count) passes"))
        }
        let broken = passes.map(\.broken).max() ?? 0
        if broken > 0 {
            lines.append(
                "left out  \(Numbers.counted(broken, "broken file")); "
                    + "'wrn data inspect \(shellWord(data))' names \(broken == 1 ? "it" : "them")")
        }
        return DisplayText(lines: lines)
    }
}
