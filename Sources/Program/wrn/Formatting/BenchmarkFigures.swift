// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNPlan

/// What was measured, and how fast it is: the figures that all outputs of `wrn bench` share.
struct BenchmarkFigures {
    let network: String
    let classes: Int
    /// The images of a run, by all workers.
    let batch: Int
    /// What one process computes at once: the batch, or a shard of it.
    let plan: PlanDescription
    let warmUpRuns: Int
    let runSeconds: [Double]
    let seconds: Spread

    var imagesPerSecond: Spread { seconds.quotient(of: Double(batch)) }
}

extension BenchmarkFigures: Encodable {
    private enum Key: String, CodingKey {
        case network, classes, batch, input, mode, threads, instructionSet, precision, repeats
        case warmUpRuns, runSeconds, seconds, imagesPerSecond, version
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
        try container.encode(runSeconds.count, forKey: .repeats)
        try container.encode(warmUpRuns, forKey: .warmUpRuns)
        try container.encode(runSeconds, forKey: .runSeconds)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try container.encode(Version.text, forKey: .version)
    }
}
