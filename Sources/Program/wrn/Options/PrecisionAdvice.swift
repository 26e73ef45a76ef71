// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNGraph
import WRNPlan
import WRNText

/// The line about `--precision bf16`, for work that would take much less time with it and whose
/// precision nobody chose.
struct PrecisionAdvice {
    /// The factor from which bfloat16 is worth a line.
    static let leastSpeedup = 1.5
    /// The time to be saved from which it is, in seconds.
    static let leastSavedSeconds = 10.0

    /// The work that is done, as the end of "is predicted to".
    enum Work: String {
        case train
        case evaluate
        case classify

        var mode: PlanMode { self == .train ? .training : .inference }
    }

    /// The predicted times of a network; it throws where this processor has no plan in bfloat16.
    typealias Predictor = (Graph, _ batch: Int, PlanMode, ExecutionOptions) throws(PlanError) ->
        PrecisionPrediction

    let work: Work
    /// Whether the precision is the default, which neither an option nor a recipe chose.
    let isOpen: Bool
    /// Whether the output is JSON, beside which nothing else is written.
    let writesJSON: Bool
    var predict: Predictor = { (graph, batch, mode, options) throws(PlanError) in
        try PrecisionPrediction(graph: graph, batch: batch, mode: mode, options: options)
    }

    /// The line, where bfloat16 is predicted to be faster by ``leastSpeedup`` and to save
    /// ``leastSavedSeconds``; nil elsewhere.
    ///
    /// - Parameter images: The images of all batches of the work.
    func line(
        for graph: Graph, batch: Int, images: Int, _ options: ExecutionOptions
    ) -> String? {
        // A network that has no plan is refused where it is used.
        guard isOpen, !writesJSON,
            let prediction = try? predict(graph, batch, work.mode, options),
            prediction.speedup.isFinite, prediction.speedup >= Self.leastSpeedup
        else { return nil }
        let saved = prediction.float32Seconds - prediction.bfloat16Seconds
        guard saved * Double(images) / Double(batch) >= Self.leastSavedSeconds else { return nil }
        // Rounded down, so that the line promises no more than the prediction.
        let factor = Numbers.fixed((10 * prediction.speedup).rounded(.down) / 10, decimals: 1)
        return "wrn: with --precision bf16 this processor is predicted to \(work.rawValue) "
            + "\(factor) times as fast as in float32, the default"
    }

    /// Writes the line, if there is one, to the standard error.
    func write(for graph: Graph, batch: Int, images: Int, _ options: ExecutionOptions) {
        guard let line = line(for: graph, batch: batch, images: images, options) else { return }
        StandardError.write("\(line)\n")
    }
}
