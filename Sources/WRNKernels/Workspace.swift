// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// What operators run on: kernels, threads, and scratch memory of which each thread has its own part.
package final class Workspace: Sendable {
    /// The kernels.
    package let kernels: Kernels
    /// The threads.
    package let pool: ThreadPool
    private let scratch: AlignedMemory
    private let floatsPerWorker: Int

    /// Allocates scratch memory for every thread of the pool.
    package init(kernels: Kernels, pool: ThreadPool, scratchFloats: Int) {
        self.kernels = kernels
        self.pool = pool
        // An extra line keeps the parts of neighbours off each other's cache sets.
        floatsPerWorker = (scratchFloats / Kernels.lanes + 3) * Kernels.lanes
        scratch = AlignedMemory(floatCount: floatsPerWorker * pool.threadCount)
    }

    /// The size of the scratch memory in bytes.
    package var byteCount: Int { scratch.byteCount }

    func scratch(of worker: Int) -> UnsafeMutablePointer<Float> {
        scratch.floats + worker * floatsPerWorker
    }
}
