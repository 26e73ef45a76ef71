// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNPlan
import WRNTensor

/// The predicted times of a network in both precisions on this processor, by the plans of either.
package struct PrecisionPrediction: Hashable, Sendable {
    /// The seconds of a full batch in float32.
    package let float32Seconds: Double
    /// The seconds of a full batch in bfloat16.
    package let bfloat16Seconds: Double

    /// Creates a prediction from its times.
    package init(float32Seconds: Double, bfloat16Seconds: Double) {
        self.float32Seconds = float32Seconds
        self.bfloat16Seconds = bfloat16Seconds
    }

    /// Describes the network's plan in either precision.
    ///
    /// - Parameter options: The threads and the instructions; their precision is not looked at.
    /// - Throws: As ``PlanDescription/init(graph:batch:mode:options:)``.
    package init(
        graph: Graph, batch: Int, mode: PlanMode, options: ExecutionOptions
    ) throws(PlanError) {
        var options = options
        options.precision = .float32
        let float32 = try PlanDescription(graph: graph, batch: batch, mode: mode, options: options)
        options.precision = .bfloat16
        let bfloat16 = try PlanDescription(graph: graph, batch: batch, mode: mode, options: options)
        self.init(
            float32Seconds: float32.predictedSeconds, bfloat16Seconds: bfloat16.predictedSeconds)
    }

    /// The factor by which bfloat16 is faster; below 1 where it is slower.
    package var speedup: Double { float32Seconds / bfloat16Seconds }
}
