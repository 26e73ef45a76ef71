// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// The resources of operators: kernels, threads, and scratch memory of which each thread has its
/// own part.
package final class Workspace: Sendable {
    /// The kernels.
    package let kernels: Kernels
    /// The threads.
    package let pool: ThreadPool
    private let scratch: AlignedMemory
    private let floatsPerWorker: Int

    /// The scratch memory that an operator needs.
    package struct Scratch {
        /// The floats of each thread's own part.
        package var floatsPerThread: Int
        /// The floats of the part that all threads share.
        package var sharedFloats: Int

        /// Collects the numbers.
        package init(floatsPerThread: Int = 0, sharedFloats: Int = 0) {
            self.floatsPerThread = floatsPerThread
            self.sharedFloats = sharedFloats
        }

        /// Enlarges the numbers for another operator that runs before or after.
        package mutating func include(_ other: Scratch) {
            floatsPerThread = max(floatsPerThread, other.floatsPerThread)
            sharedFloats = max(sharedFloats, other.sharedFloats)
        }

        /// The bytes that it takes with so many threads.
        package func byteCount(threads: Int) -> Int {
            (paddedFloatsPerThread * threads + sharedFloats) * MemoryLayout<Float>.stride
        }

        var paddedFloatsPerThread: Int {
            // An extra line keeps the parts of neighbours off each other's cache sets.
            (floatsPerThread / Kernels.lanes + 3) * Kernels.lanes
        }
    }

    /// Allocates scratch memory for every thread of the pool.
    package init(kernels: Kernels, pool: ThreadPool, scratch: Scratch) {
        self.kernels = kernels
        self.pool = pool
        floatsPerWorker = scratch.paddedFloatsPerThread
        self.scratch = AlignedMemory(byteCount: scratch.byteCount(threads: pool.threadCount))
    }

    /// The size of the scratch memory in bytes.
    package var byteCount: Int { scratch.byteCount }

    func scratch(of worker: Int) -> UnsafeMutablePointer<Float> {
        scratch.floats + worker * floatsPerWorker
    }

    var sharedScratch: UnsafeMutablePointer<Float> {
        scratch.floats + pool.threadCount * floatsPerWorker
    }
}
