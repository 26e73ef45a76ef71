// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNPlan
package import WRNTensor

/// The memory that a network will take, known before any is allocated.
///
/// Both numbers count weights, activations and, in training, gradients and velocities. A session
/// adds scratch memory for each of its threads, which depends on the processor: a few hundred
/// kilobytes, but more than all the rest for thin networks on images of very long lines.
package struct MemoryEstimate: Hashable, Sendable {
    /// The bytes of an ``InferenceSession``.
    package var inferenceByteCount: Int { inference.totalByteCount }
    /// The bytes of a ``TrainingSession``.
    package var trainingByteCount: Int { training.totalByteCount }
    /// The parts of an ``InferenceSession``'s memory.
    package let inference: PlanDescription.Memory
    /// The parts of a ``TrainingSession``'s memory.
    package let training: PlanDescription.Memory

    /// Lowers `graph` for `batch` images and adds up, with the fastest instructions of this
    /// processor.
    ///
    /// - Parameter precision: The type of activations and their gradients.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is out of range or the bytes are
    ///   more than can be counted.
    /// - Complexity: Grows with the square of the number of nodes; milliseconds for the paper's
    ///   networks.
    package init(
        graph: Graph, batch: Int, precision: Precision = .float32
    ) throws(PlanError) {
        let options = ExecutionOptions(threads: 1, precision: precision)
        inference = try NetworkPlan(graph, batch: batch, for: .inference, options: options).memory
        training = try NetworkPlan(graph, batch: batch, for: .training, options: options).memory
    }

    /// Refuses a request whose bytes might overflow an integer on the way to their sum.
    static func checkCountable(_ graph: Graph, batch: Int) throws(PlanError) {
        var values = 0.0
        for node in graph.nodes {
            // Channels are padded to whole vectors, and a buffer may be there several times.
            values += Double(node.shape.channels + 64) * Double(node.shape.pixelCount)
        }
        let bytes = 32 * (values * Double(batch) + 8 * Double(graph.parameterCount))
        guard bytes < Double(1 << 60) else {
            throw .invalidRequest(
                "a batch of \(batch) images of \(graph.inputShape) needs more memory than can be "
                    + "counted; choose a smaller batch or smaller images")
        }
    }
}

extension MemoryEstimate {
    /// The memory of this machine in bytes; nil where the system has no answer.
    package static var physicalByteCount: Int? {
        MemoryLimit.physicalByteCount
    }
}
