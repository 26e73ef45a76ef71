// SPDX-License-Identifier: Apache-2.0

public import WRNKernels

/// What predicted times assume: a yardstick that is the same everywhere, to be compared with what is measured.
///
///     seconds = max(2 · cost / (gigaflopsPerThread · 10⁹ · threads), touched bytes / (gigabytesPerSecond · 10⁹))
///
/// The cost of a convolution or of one of its gradients is what the rule that chose its algorithm counts, in multiply-adds: products,
/// transforms, and the reading of weights. All else costs only its traffic. The yardstick assumes that each thread has a core of its own
/// and shares the work evenly, that a kernel is equally fast whatever the shape, and that nothing stays in a cache between steps. So a
/// step that takes less than predicted finds its data in the cache, and one that takes much longer is worth a look.
public struct CostModel: Codable, Hashable, Sendable {
    /// The arithmetic of a thread, in 10⁹ floating-point operations a second.
    public let gigaflopsPerThread: Double
    /// What all threads together move between the memory and the processor, in 10⁹ bytes a second.
    public let gigabytesPerSecond: Double

    /// The constants for a set of instructions: about what a server's core of the early 2020s reaches in a good kernel.
    public init(for instructionSet: InstructionSet) {
        gigaflopsPerThread =
            switch instructionSet {
            case .avx512: 100
            case .avx2: 50
            case .neon: 25
            case .scalar: 3
            }
        gigabytesPerSecond = 10
    }

    func seconds(_ work: Work, threads: Int) -> Double {
        let arithmetic = 2 * work.cost / (gigaflopsPerThread * Double(threads))
        let traffic = Double(work.touchedByteCount) / gigabytesPerSecond
        return 1e-9 * max(arithmetic, traffic)
    }

    /// What a step costs, whatever it is.
    struct Work {
        /// In multiply-adds.
        let cost: Double
        let touchedByteCount: Int
    }
}
