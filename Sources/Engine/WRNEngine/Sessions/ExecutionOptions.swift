// SPDX-License-Identifier: Apache-2.0

package import WRNKernels
package import WRNPlan
package import WRNTensor

/// The options of a network on the processor.
///
/// The number of threads does not change a bit of the results.
package struct ExecutionOptions: Hashable, Sendable {
    /// The number of threads, the caller's included.
    package var threads: Int

    /// The instructions to use, or `nil` for the fastest that the processor has.
    ///
    /// Different sets may round differently.
    package var instructionSet: InstructionSet?

    /// The type of activations and their gradients in memory.
    package var precision: Precision

    /// Kernels of tiles that replace the processor's, for tests; nil for the processor's, where it
    /// has some.
    package var tiles: TileKernels?

    /// The processors that this process may use: those switched on, less where it is tied to some
    /// or a container grants less time.
    package static var availableProcessors: Int { Processors.available }

    /// Collects options; by default all available processors, the fastest instructions and float32.
    package init(
        threads: Int? = nil, instructionSet: InstructionSet? = nil, precision: Precision = .float32
    ) {
        self.threads = threads ?? Self.availableProcessors
        self.instructionSet = instructionSet
        self.precision = precision
    }

    /// The kernels and threads, or why there are none.
    func workspaceParts() throws(PlanError) -> (kernels: Kernels, pool: ThreadPool) {
        (try kernels(), try pool())
    }

    /// The threads, or why there are none.
    func pool() throws(PlanError) -> ThreadPool {
        try checkThreads()
        return ThreadPool(threadCount: threads, processors: Self.availableProcessors)
    }

    private func checkThreads() throws(PlanError) {
        guard (1...1024).contains(threads) else {
            throw .invalidRequest("threads must be in 1...1024, not \(threads)")
        }
    }

    /// The kernels, or why the options cannot be met.
    func kernels() throws(PlanError) -> Kernels {
        try checkThreads()
        guard let kernels = Kernels(instructionSet, tiles: tiles) else {
            throw .unusableInstructionSet(
                instructionSet ?? .scalar, usable: InstructionSet.usable)
        }
        return kernels
    }

    /// The name of the instructions that these options lead to; nil when the processor has not got
    /// the requested ones.
    package var instructionSetName: String? { (try? kernels())?.instructionSet.rawValue }

    /// How fast these options' kernels multiply numbers of bfloat16; not at all where the processor
    /// has not got the requested instructions.
    var bfloat16Rates: BFloat16Rates { (try? kernels())?.bfloat16Rates ?? .none }
}

extension PlanError {
    /// The error for a processor that lacks the requested instructions.
    package static func unusableInstructionSet(
        _ set: InstructionSet, usable: [InstructionSet]
    ) -> PlanError {
        .unavailable(
            "this processor cannot run \(set.rawValue) kernels; it can run "
                + usable.map(\.rawValue).joined(separator: ", "))
    }
}
