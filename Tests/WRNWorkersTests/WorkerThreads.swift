// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNThreads
import WRNWorkers

/// Calls `body` once for each worker, each on a thread of its own.
func results<Result: Sendable>(
    of workers: [any WorkerGroup],
    _ body: @escaping @Sendable (any WorkerGroup) throws(WorkerError) -> Result
) throws -> [Swift.Result<Result, WorkerError>] {
    try outcomes(count: workers.count) { rank throws(WorkerError) in try body(workers[rank]) }
}

/// Calls `body` once for each number below `count`, each on a thread of its own.
func outcomes<Result: Sendable>(
    count: Int, _ body: @escaping @Sendable (Int) throws(WorkerError) -> Result
) throws -> [Swift.Result<Result, WorkerError>] {
    let results = Locked([Swift.Result<Result, WorkerError>?](repeating: nil, count: count))
    let threads = try (0..<count).map { rank in
        try #require(
            SystemThread {
                let result = Swift.Result { () throws(WorkerError) in try body(rank) }
                results.withLock { $0[rank] = result }
            })
    }
    for thread in threads { thread.join() }
    return try results.withLock { $0 }.map { try #require($0) }
}

/// Values whose sum depends on the order of the additions.
func values(of rank: Int, count: Int) -> [Float] {
    (0..<count).map { index in
        let value = Float((index * 7919 + rank * 104_729) % 1000) / 997
        return rank.isMultiple(of: 2) ? value : value * 1e-4
    }
}

/// The sum as the documentation defines it.
func tree<Element: FloatingPoint>(_ leaves: ArraySlice<Element>) -> Element {
    if leaves.count == 1 { return leaves[leaves.startIndex] }
    let middle = leaves.startIndex + leaves.count / 2
    return tree(leaves[..<middle]) + tree(leaves[middle...])
}

extension WorkerGroup {
    /// Sums values, and waits.
    func sumNow(_ values: inout [Float]) throws(WorkerError) {
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
        defer { memory.deallocate() }
        _ = memory.initialize(from: values)
        try beginSum(memory)
        try finishSums()
        values = Array(memory)
    }
}
