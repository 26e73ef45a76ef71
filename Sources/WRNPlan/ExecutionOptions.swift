// SPDX-License-Identifier: Apache-2.0

public import WRNKernels

/// What a network runs on.
///
/// The number of threads does not change a bit of the results.
public struct ExecutionOptions: Hashable, Sendable {
    /// The number of threads, the caller's included.
    public var threads: Int

    /// The instructions to use, or `nil` for the fastest that the processor has.
    ///
    /// Different sets may round differently.
    public var instructionSet: InstructionSet?

    /// The processors that this process may use: those switched on, less where it is tied to some or a container grants less time.
    public static var availableProcessors: Int { Processors.available }

    /// Collects options; by default all available processors and the fastest instructions.
    public init(threads: Int? = nil, instructionSet: InstructionSet? = nil) {
        self.threads = threads ?? Self.availableProcessors
        self.instructionSet = instructionSet
    }

    /// The kernels and threads, or why there are none.
    func workspaceParts() throws(PlanError) -> (kernels: Kernels, pool: ThreadPool) {
        let kernels = try kernels()
        return (kernels, ThreadPool(threadCount: threads))
    }

    /// The kernels, or why the options cannot be met.
    func kernels() throws(PlanError) -> Kernels {
        guard (1...1024).contains(threads) else {
            throw .invalidRequest("threads must be in 1...1024, not \(threads)")
        }
        guard let kernels = Kernels(instructionSet) else {
            throw .unusableInstructionSet(
                instructionSet ?? .scalar, usable: InstructionSet.usable)
        }
        return kernels
    }
}
